// Package operate is what people do with runs, through Temporal alone: start, watch, decide. The command line and the
// local stack share it.
package operate

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"tieout/workflows"
)

// Start starts the run of a pipeline for a business date, or joins the one that is on. With once, a run of that date
// that has reached a verdict is joined as well instead of a new one being started; one that failed is started again.
func Start(ctx context.Context, c client.Client, in workflows.ExtractInput, once bool) (client.WorkflowRun, error) {
	options := client.StartWorkflowOptions{
		ID:                       workflows.ExtractID(in.Pipeline, in.BusinessDate),
		TaskQueue:                workflows.TaskQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:            fmt.Sprintf("%s of %s", in.Pipeline, in.BusinessDate),
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
