package workflows

import (
	"errors"
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// failure is a run's error in its stable form: the code as the type, a sentence for people as the message.
func failure(code, message string, details ...any) error {
	return temporal.NewNonRetryableApplicationError(message, code, nil, details...)
}

// coded brings the code that an activity or a child failed with to the outside of the error: a failed run's type is
// a stable code, not "ActivityError". A result in the error's details stays there.
func coded(err error) error {
	var application *temporal.ApplicationError
	if !errors.As(err, &application) || temporal.IsCanceledError(err) || error(application) == err {
		return err
	}
	options := temporal.ApplicationErrorOptions{NonRetryable: true, Cause: err}
	var result ExtractResult
	if application.HasDetails() && application.Details(&result) == nil {
		options.Details = []any{result}
	}
	return temporal.NewApplicationErrorWithOptions(application.Message(), application.Type(), options)
}

// codeOf is the code and message of an error, for the run's record.
func codeOf(err error) (code, message string) {
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		return application.Type(), application.Message()
	}
	if temporal.IsCanceledError(err) {
		return "Canceled", "The run was cancelled. A job that it started is taken up by the pipeline's next run."
	}
	return "Failed", err.Error()
}

// outOfTime tells whether an activity ended because its bound in all was reached: as a timeout, or as its last
// failure when the next attempt would have come too late.
func outOfTime(err error) bool {
	var activity *temporal.ActivityError
	if !errors.As(err, &activity) {
		return false
	}
	return temporal.IsTimeoutError(err) || activity.RetryState().String() == "Timeout"
}

// hasCode tells whether the error carries one of the stable codes.
func hasCode(err error) bool {
	code, _ := codeOf(err)
	return slices.Contains(Codes(), code)
}

// isStopped tells that a person ended the run rather than decide on its start.
func isStopped(err error) bool {
	var application *temporal.ApplicationError
	return errors.As(err, &application) && application.Type() == CodeStartAmbiguous
}

// Changed marks a LandingConflict over an object that was changed since it was written: a tie-out under another number
// would meet it too.
const Changed = "changed"

// isTaken reports whether objects of a tie-out are there already with other bytes.
func isTaken(err error) bool {
	var application *temporal.ApplicationError
	return errors.As(err, &application) && application.Type() == CodeLandingConflict && !application.HasDetails()
}

// died tells whether an activity with a single attempt ended without an answer of its own: its worker was killed,
// cut off, or too slow.
func died(err error) bool {
	var activity *temporal.ActivityError
	return errors.As(err, &activity) && !temporal.IsCanceledError(err)
}

// execute runs an activity and decodes its result.
func execute[R any](ctx workflow.Context, options workflow.ActivityOptions, name string, params any) (R, error) {
	var result R
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), name, params).Get(ctx, &result)
	return result, err
}
