// Package operate is what people do with runs, through Temporal alone: start, watch, decide. The command line and the
// local stack share it.
package operate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"tieout/internal/landing"
	"tieout/workflows"
)

// Start starts the run of a pipeline for a business date, or joins the one that is on. With once, a run of that date
// that has reached a verdict is joined as well instead of a new one being started; one that failed is started again.
// A run on a given job has the id that recovery would give it, so that the two never meet on one job.
func Start(ctx context.Context, c client.Client, in workflows.ExtractInput, once bool) (client.WorkflowRun, error) {
	options := client.StartWorkflowOptions{
		ID:                       workflows.ExtractID(in.Pipeline, in.BusinessDate),
		TaskQueue:                workflows.TaskQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:            fmt.Sprintf("%s of %s", in.Pipeline, in.BusinessDate),
	}
	if in.JobID != "" {
		options.ID = workflows.RecoveredID(in.Pipeline, in.BusinessDate, landing.JobKey(in.JobID))
		options.StaticSummary += ", a given job"
	}
	if once {
		options.WorkflowIDReusePolicy = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY
		options.WorkflowExecutionErrorWhenAlreadyStarted = true
	}
	run, err := c.ExecuteWorkflow(ctx, options, workflows.TypeConcurExtract, in)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &already) {
		return c.GetWorkflow(ctx, options.ID, already.RunId), nil
	}
	if err != nil {
		return nil, fmt.Errorf("starting the run %s: %w", options.ID, err)
	}
	return run, nil
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
