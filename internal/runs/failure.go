package runs

import (
	"errors"
	"fmt"
	"tieout/internal/contract"

	"go.temporal.io/sdk/temporal"
)

// Failure is how a run ended without a verdict.
type Failure struct {
	// Code is a stable code of DESIGN §3, or Canceled, Terminated, TimedOut.
	Code    string `json:"code"`
	Message string `json:"message"`
	// Result is what the run had come to: a run that fails for its control totals or its findings has its reports.
	Result *contract.ExtractResult `json:"result,omitempty"`
}

func (f Failure) String() string { return f.Code + ": " + f.Message }

// FailureOf reads the error that a run ended with; false means that the error is not a run's end.
func FailureOf(err error) (Failure, bool) {
	var ended *temporal.WorkflowExecutionError
	if !errors.As(err, &ended) {
		return Failure{}, false
	}
	var (
		application *temporal.ApplicationError
		canceled    *temporal.CanceledError
		terminated  *temporal.TerminatedError
		timeout     *temporal.TimeoutError
	)
	cause := ended.Unwrap()
	switch {
	case errors.As(cause, &application):
		f := Failure{Code: application.Type(), Message: application.Message()}
		var result contract.ExtractResult
		if application.HasDetails() && application.Details(&result) == nil && result.Outcome != "" {
			f.Result = &result
		}
		return f, true
	case errors.As(cause, &canceled):
		return Failure{Code: "Canceled", Message: "the run was cancelled; a job that it started is taken up by the pipeline's next run"}, true
	case errors.As(cause, &terminated):
		return Failure{Code: "Terminated", Message: "the run was terminated; a job that it started is taken up by the pipeline's next run"}, true
	case errors.As(cause, &timeout):
		return Failure{Code: "TimedOut", Message: fmt.Sprintf("the run took longer than it was allowed to: %v", timeout)}, true
	}
	return Failure{Code: "Failed", Message: cause.Error()}, true
}
