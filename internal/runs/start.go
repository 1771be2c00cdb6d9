// Package runs is what people do with runs, through Temporal alone: start, watch, decide. The command line and the
// local stack share it.
package runs

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// Started is what Start came to: a run, or a front that stands before one.
type Started struct {
	client.WorkflowRun
	// Joined is true for a run that was running before.
	Joined bool
	// Front is true for a workflow that stands before the run: it starts or joins it, or answers with its verdict.
	Front bool
}

// Start starts the run that an input asks for, or joins the one that is running. A date that has its verdict, and a
// further extract, are for a front: only a worker knows what lies in the bucket.
func Start(ctx context.Context, c client.Client, in contract.ExtractInput) (Started, error) {
	run := contract.Run{Pipeline: in.Pipeline}
	slot, ok := contract.ParseSlot(in.BusinessDate)
	switch {
	case in.JobID != "":
		run.JobKey = contract.JobKey(in.JobID)
	case ok && !in.Again:
		run.Slot = slot
	default:
		return front(ctx, c, in)
	}
	before, err := c.DescribeWorkflowExecution(ctx, run.ID(), "")
	var unknown *serviceerror.NotFound
	if err != nil && !errors.As(err, &unknown) {
		return Started{}, fmt.Errorf("asking for the run %s: %w", run.ID(), err)
	}
	started, err := c.ExecuteWorkflow(ctx, Options(run), contract.TypeConcurExtract, in)
	var completed *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &completed) {
		return front(ctx, c, in)
	}
	if err != nil {
		return Started{}, fmt.Errorf("starting the run %s: %w", run.ID(), err)
	}
	return Started{WorkflowRun: started, Joined: before.GetWorkflowExecutionInfo().GetExecution().GetRunId() == started.GetRunID()}, nil
}

// front starts a workflow that stands before the run.
func front(ctx context.Context, c client.Client, in contract.ExtractInput) (Started, error) {
	id := path.Join("front", in.Pipeline, in.BusinessDate, uuid.NewString())
	started, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: contract.TaskQueue,
		StaticSummary: fmt.Sprintf("Front of %s of %s", in.Pipeline, in.BusinessDate)}, contract.TypeConcurExtract, in)
	if err != nil {
		return Started{}, fmt.Errorf("starting %s: %w", id, err)
	}
	return Started{WorkflowRun: started, Front: true}, nil
}

// Behind waits until a front waits for its run, and returns the run's id. It returns the front's own id where the front
// has ended before: with the verdict that its date has, or because it could not start the run.
func Behind(ctx context.Context, c client.Client, front client.WorkflowRun) (string, error) {
	for {
		described, err := c.DescribeWorkflowExecution(ctx, front.GetID(), front.GetRunID())
		switch {
		case err != nil && !unreachable(err):
			return "", fmt.Errorf("asking for the front %s: %w", front.GetID(), err)
		case described.GetWorkflowExecutionInfo().GetCloseTime() != nil:
			return front.GetID(), nil
		case isWaiting(described):
			if progress, err := askProgress(ctx, c, front.GetID(), front.GetRunID()); err == nil && progress.Run != "" {
				return progress.Run, nil
			}
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(look / 5):
		}
	}
}

// isWaiting reports whether a front waits for the end of its run.
func isWaiting(described *workflowservice.DescribeWorkflowExecutionResponse) bool {
	return slices.ContainsFunc(described.GetPendingActivities(), func(a *workflow.PendingActivityInfo) bool {
		return a.GetActivityType().GetName() == string(contract.WaitForRun)
	})
}

// Reconcile starts the tie-out of a landed job again, or joins the one that is running.
func Reconcile(ctx context.Context, c client.Client, in contract.ReconcileInput) (client.WorkflowRun, error) {
	key, inS3 := strings.CutPrefix(in.Manifest, "s3://")
	place, ok := evidence.LandingOf(key)
	if !inS3 || !ok || !contract.IsJobKey(place.JobKey) {
		return nil, fmt.Errorf("%q %w", in.Manifest, ErrNoManifest)
	}
	options := client.StartWorkflowOptions{
		ID:                       contract.TieOutID("extract/"+in.Pipeline, place.JobKey),
		TaskQueue:                contract.TaskQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:            fmt.Sprintf("Tie out a landed job of %s again", in.Pipeline),
	}
	run, err := c.ExecuteWorkflow(ctx, options, contract.TypeReconcile, in)
	if err != nil {
		return nil, fmt.Errorf("starting the tie-out %s: %w", options.ID, err)
	}
	return run, nil
}

// ErrNoManifest is what starting a tie-out again says to a place that cannot be a manifest's.
var ErrNoManifest = errors.New("is not a manifest: name it as s3://bucket/…/jobs/<job>/manifest.json, as `tieout report` prints it")
