package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"tieout/internal/contract"
)

// Runs knows the workflows of a namespace.
type Runs interface {
	// IsRunning reports whether the run is running; runID is its original id, which a reset keeps, or "" for any run
	// of the workflow.
	IsRunning(ctx context.Context, workflowID, runID string) (bool, error)
	// Start starts a run; it returns a WorkflowExecutionAlreadyStarted where the options refuse another one.
	Start(ctx context.Context, options client.StartWorkflowOptions, in contract.ExtractInput) error
	// End returns how the newest run under a workflow id ended; nil while it is running. The result is read where it is
	// wanted.
	End(ctx context.Context, workflowID string, result bool) (*contract.WaitForRunResult, error)
}

// TemporalRuns asks the Temporal server of the activity's worker. It implements Runs.
type TemporalRuns struct{}

// IsRunning describes the newest execution under the workflow id: the run, the run after a reset, or another one.
func (TemporalRuns) IsRunning(ctx context.Context, workflowID, runID string) (bool, error) {
	info, err := describeRun(ctx, workflowID)
	return info != nil && isRunning(info, runID), err
}

// Start starts the workflow ConcurExtract.
func (TemporalRuns) Start(ctx context.Context, options client.StartWorkflowOptions, in contract.ExtractInput) error {
	_, err := activity.GetClient(ctx).ExecuteWorkflow(ctx, options, contract.TypeConcurExtract, in)
	return err
}

// End looks at the newest execution, so that a reset or another start of the workflow is followed.
func (TemporalRuns) End(ctx context.Context, workflowID string, wanted bool) (*contract.WaitForRunResult, error) {
	info, err := describeRun(ctx, workflowID)
	switch {
	case err != nil:
		return nil, err
	case info == nil:
		return &contract.WaitForRunResult{Status: contract.RunGone}, nil
	case info.GetCloseTime() == nil:
		return nil, nil
	}
	end := &contract.WaitForRunResult{Status: endWord(info.GetStatus())}
	if end.Status != contract.RunFailed && (end.Status != contract.RunCompleted || !wanted) {
		return end, nil
	}
	var result contract.ExtractResult
	err = activity.GetClient(ctx).GetWorkflow(ctx, workflowID, info.GetExecution().GetRunId()).Get(ctx, &result)
	if err == nil {
		end.Result = &result
		return end, nil
	}
	ended, ok := errors.AsType[*temporal.WorkflowExecutionError](err)
	if !ok {
		return nil, fmt.Errorf("reading how %s ended: %w", workflowID, err)
	}
	end.Code, end.Message, end.Result = failureIn(ended.Unwrap())
	return end, nil
}

// failureIn returns the code and the message of a workflow's failure, and the result where it holds one.
func failureIn(err error) (code, message string, result *contract.ExtractResult) {
	application, ok := errors.AsType[*temporal.ApplicationError](err)
	if !ok {
		return "", err.Error(), nil
	}
	var details contract.ExtractResult
	if application.HasDetails() && application.Details(&details) == nil && details.Outcome != "" {
		result = &details
	}
	return application.Type(), application.Message(), result
}

// describeRun returns the newest execution under a workflow id; nil where Temporal knows none.
func describeRun(ctx context.Context, workflowID string) (*workflow.WorkflowExecutionInfo, error) {
	described, err := activity.GetClient(ctx).DescribeWorkflowExecution(ctx, workflowID, "")
	if _, unknown := errors.AsType[*serviceerror.NotFound](err); unknown {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("asking Temporal about %s: %w", workflowID, err)
	}
	return described.GetWorkflowExecutionInfo(), nil
}

// isRunning looks at the close time, because a paused run is running too. A run that was reset continues under another
// run id, and its first run id distinguishes it from a later run.
func isRunning(info *workflow.WorkflowExecutionInfo, runID string) bool {
	same := runID == "" || info.GetExecution().GetRunId() == runID || info.GetFirstRunId() == runID
	return info != nil && same && info.GetCloseTime() == nil
}

func endWord(status enums.WorkflowExecutionStatus) contract.RunStatus {
	switch status {
	case enums.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return contract.RunCompleted
	case enums.WORKFLOW_EXECUTION_STATUS_CANCELED:
		return contract.RunCanceled
	case enums.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return contract.RunTerminated
	case enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return contract.RunTimedOut
	}
	return contract.RunFailed
}
