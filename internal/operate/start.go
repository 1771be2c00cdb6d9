// Package operate is what people do with runs, through Temporal alone: start, watch, decide. The command line and the
// local stack share it.
package operate

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"tieout/internal/contract"
	"tieout/internal/landing"
	"tieout/workflows"
)

// Start starts the run that an input asks for, or joins the one that is running. A date that has its verdict, and a
// further extract, are for a front: only a worker knows what lies in the bucket.
func Start(ctx context.Context, c client.Client, in workflows.ExtractInput) (_ client.WorkflowRun, joined bool, err error) {
	run := contract.Run{Pipeline: in.Pipeline}
	slot, ok := contract.ParseSlot(in.BusinessDate)
	switch {
	case in.JobID != "":
		run.JobKey = contract.JobKey(in.JobID)
	case ok:
		run.Slot = slot
	}
	if in.Again || run.JobKey == "" && !ok {
		front, err := front(ctx, c, in)
		return front, false, err
	}
	before, err := c.DescribeWorkflowExecution(ctx, run.ID(), "")
	var unknown *serviceerror.NotFound
	if err != nil && !errors.As(err, &unknown) {
		return nil, false, fmt.Errorf("asking for the run %s: %w", run.ID(), err)
	}
	started, err := c.ExecuteWorkflow(ctx, workflows.RunOptions(run), workflows.TypeConcurExtract, in)
	var completed *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &completed) {
		front, err := front(ctx, c, in)
		return front, false, err
	}
	if err != nil {
		return nil, false, fmt.Errorf("starting the run %s: %w", run.ID(), err)
	}
	return started, before.GetWorkflowExecutionInfo().GetExecution().GetRunId() == started.GetRunID(), nil
}

// front starts a workflow that stands before the run.
func front(ctx context.Context, c client.Client, in workflows.ExtractInput) (client.WorkflowRun, error) {
	id := path.Join("front", in.Pipeline, in.BusinessDate, uuid.NewString())
	started, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: workflows.TaskQueue,
		StaticSummary: fmt.Sprintf("Front of %s of %s", in.Pipeline, in.BusinessDate)}, workflows.TypeConcurExtract, in)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", id, err)
	}
	return started, nil
}

// Reconcile starts the tie-out of a landed job again, or joins the one that is on.
func Reconcile(ctx context.Context, c client.Client, in workflows.ReconcileInput) (client.WorkflowRun, error) {
	key, inS3 := strings.CutPrefix(in.Manifest, "s3://")
	place, ok := landing.LandingOf(key)
	if !inS3 || !ok || len(place.JobKey) != 16 {
		return nil, fmt.Errorf("%q %w", in.Manifest, ErrNoManifest)
	}
	options := client.StartWorkflowOptions{
		ID:                       workflows.ReconcileID(idPrefix+in.Pipeline, place.JobKey),
		TaskQueue:                workflows.TaskQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:            fmt.Sprintf("Tie out a landed job of %s again", in.Pipeline),
	}
	run, err := c.ExecuteWorkflow(ctx, options, workflows.TypeReconcile, in)
	if err != nil {
		return nil, fmt.Errorf("starting the tie-out %s: %w", options.ID, err)
	}
	return run, nil
}

// ErrNoManifest is what starting a tie-out again says to a place that cannot be a manifest's.
var ErrNoManifest = errors.New("is not a manifest: name it as s3://bucket/…/jobs/<job>/manifest.json, as `starter report` prints it")
