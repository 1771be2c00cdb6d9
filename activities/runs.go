package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/activity"
)

// Runs knows which runs are running.
type Runs interface {
	// IsOn reports whether the run is running; runID is its original id, which a reset keeps, or "" for any run of the workflow.
	IsOn(ctx context.Context, workflowID, runID string) (bool, error)
}

// TemporalRuns asks the Temporal server that the activity's worker works for.
type TemporalRuns struct{}

// IsOn describes the newest execution under the workflow id: the run, the run after a reset, or another one.
func (TemporalRuns) IsOn(ctx context.Context, workflowID, runID string) (bool, error) {
	described, err := activity.GetClient(ctx).DescribeWorkflowExecution(ctx, workflowID, "")
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("asking Temporal about the run %s: %w", workflowID, err)
	}
	return isOn(described.GetWorkflowExecutionInfo(), runID), nil
}

// isOn reports whether the described execution is the run and has not closed, because one that is paused still counts.
// A run that was reset goes on under another run id, and its first one tells it from a run that came later.
func isOn(info *workflow.WorkflowExecutionInfo, runID string) bool {
	same := runID == "" || info.GetExecution().GetRunId() == runID || info.GetFirstRunId() == runID
	return info != nil && same && info.GetCloseTime() == nil
}
