package runs

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"

	"tieout/internal/contract"
)

// Failure is the end of a run that has no verdict.
type Failure struct {
	// Code is one of docs/runbook.md, or Canceled, Terminated, TimedOut or Failed.
	Code    string `json:"code"`
	Message string `json:"message"`
	// Result is set where the run has reports all the same, as after differing control totals.
	Result *contract.ExtractResult `json:"result,omitempty"`
}

func (f Failure) String() string { return f.Code + ": " + f.Message }

// FailureOf returns the failure that an error of a run says. It returns false for an error that is not the end of a run.
func FailureOf(err error) (Failure, bool) {
	ended, ok := errors.AsType[*temporal.WorkflowExecutionError](err)
	if !ok {
		return Failure{}, false
	}
	cause := ended.Unwrap()
	if application, ok := errors.AsType[*temporal.ApplicationError](cause); ok {
		f := Failure{Code: application.Type(), Message: application.Message()}
		var result contract.ExtractResult
		if application.HasDetails() && application.Details(&result) == nil && result.Outcome != "" {
			f.Result = &result
		}
		return f, true
	}
	if _, ok := errors.AsType[*temporal.CanceledError](cause); ok {
		return Failure{Code: "Canceled", Message: "the run was cancelled; a job that it started is taken up by the pipeline's next run"}, true
	}
	if _, ok := errors.AsType[*temporal.TerminatedError](cause); ok {
		return Failure{Code: "Terminated", Message: "the run was terminated; a job that it started is taken up by the pipeline's next run"}, true
	}
	if timeout, ok := errors.AsType[*temporal.TimeoutError](cause); ok {
		return Failure{Code: "TimedOut", Message: fmt.Sprintf("the run took longer than it was allowed to: %v", timeout)}, true
	}
	return Failure{Code: "Failed", Message: cause.Error()}, true
}
