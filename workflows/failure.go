package workflows

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"tieout/internal/contract"
)

// failure is a run's error in its stable form: the code as the type, a sentence for people as the message.
func failure(code, message string, details ...any) error {
	return temporal.NewNonRetryableApplicationError(message, code, nil, details...)
}

// coded returns the failure that a workflow ends with: its type is one of the codes, its message a sentence for people.
// It brings the code that an activity or a child failed with to the outside, and a result in the details stays there.
// What carries no code is Temporary, and a cancelled workflow stays cancelled.
func coded(err error) error {
	if err == nil || temporal.IsCanceledError(err) {
		return err
	}
	var application *temporal.ApplicationError
	coded := errors.As(err, &application)
	if coded && error(application) == err {
		return err // the workflow's own word: a code of ours, or that of a next workflow which was waited for
	}
	if !coded || !slices.Contains(contract.Codes(), application.Type()) {
		return temporal.NewApplicationErrorWithOptions(uncoded(err), contract.CodeTemporary, temporal.ApplicationErrorOptions{NonRetryable: true, Cause: err})
	}
	options := temporal.ApplicationErrorOptions{NonRetryable: true, Cause: err}
	var result contract.ExtractResult
	if application.HasDetails() && application.Details(&result) == nil {
		options.Details = []any{result}
	}
	return temporal.NewApplicationErrorWithOptions(application.Message(), application.Type(), options)
}

// codeOf returns the code and message of an error, for the run's record.
func codeOf(err error) (code, message string) {
	var application *temporal.ApplicationError
	if errors.As(coded(err), &application) {
		return application.Type(), application.Message()
	}
	return "Canceled", "The run was cancelled. A job that it started is taken up by the pipeline's next run."
}

// uncoded says of an error without a code what was going on, how it ended, and what to do.
func uncoded(err error) string {
	return fmt.Sprintf("%s %s. See that a worker is running and reaches Concur, S3 and Temporal, then run this again; if it ends so again, the worker's log says more.",
		goingOn(err), ending(err))
}

// goingOn names the activity or the child that an error came from, by its type in words.
func goingOn(err error) string {
	var activity *temporal.ActivityError
	var child *temporal.ChildWorkflowExecutionError
	switch {
	case errors.As(err, &activity):
		return fmt.Sprintf("The activity %q", inWords(activity.ActivityType().GetName()))
	case errors.As(err, &child):
		return fmt.Sprintf("The child workflow %q", inWords(child.WorkflowType()))
	}
	return "The workflow"
}

// ending says how it ended: a timeout by what it means, anything else in its own words.
func ending(err error) string {
	var (
		application *temporal.ApplicationError
		timeout     *temporal.TimeoutError
		terminated  *temporal.TerminatedError
		last        string
	)
	if errors.As(err, &application) {
		last = strings.TrimRight(application.Message(), ". ")
	}
	switch {
	case errors.As(err, &timeout):
		if last != "" {
			last = "; it said last: " + last
		}
		return timedOut(timeout.TimeoutType()) + last
	case errors.As(err, &terminated):
		return "was terminated"
	case last != "":
		return "failed: " + last
	}
	return "failed: " + strings.TrimRight(err.Error(), ". ")
}

func timedOut(kind enums.TimeoutType) string {
	switch kind {
	case enums.TIMEOUT_TYPE_SCHEDULE_TO_START:
		return "was taken up by no worker in time"
	case enums.TIMEOUT_TYPE_HEARTBEAT:
		return "lost its worker"
	}
	return "did not end in time"
}

// inWords turns a type such as ReadLists into the words that it is made of.
func inWords(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
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

// hasCode reports whether the error carries a stable code that asks for a person: Temporary asks for another attempt.
func hasCode(err error) bool {
	code, _ := codeOf(err)
	return code != contract.CodeTemporary && slices.Contains(contract.Codes(), code)
}

// isTaken reports whether objects of a tie-out are there already with other bytes.
func isTaken(err error) bool {
	var application *temporal.ApplicationError
	return errors.As(err, &application) && application.Type() == contract.CodeLandingConflict && !application.HasDetails()
}

// died tells whether an activity with a single attempt ended without an answer of its own: its worker was killed,
// cut off, or too slow.
func died(err error) bool {
	var activity *temporal.ActivityError
	return errors.As(err, &activity) && !temporal.IsCanceledError(err)
}
