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

// failure returns an error with a code as its type and a sentence for people as its message.
func failure(code, message string, details ...any) error {
	return temporal.NewNonRetryableApplicationError(message, code, nil, details...)
}

// coded returns the failure that a workflow ends with: its type is a code, and its message a sentence for people. It takes
// both from the activity or child that failed, with the result in the details. An error without a code becomes Temporary,
// and a cancelled workflow stays cancelled.
func coded(err error) error {
	if err == nil || temporal.IsCanceledError(err) {
		return err
	}
	application, coded := errors.AsType[*temporal.ApplicationError](err)
	if coded && error(application) == err {
		return err // the workflow's own failure, which may have the code of a next workflow that it waited for
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
	if application, ok := errors.AsType[*temporal.ApplicationError](coded(err)); ok {
		return application.Type(), application.Message()
	}
	return "Canceled", "The run was cancelled. A job that it started is taken up by the pipeline's next run."
}

// uncoded returns the sentence for an error without a code: what was running, how it ended, and what to do.
func uncoded(err error) string {
	return fmt.Sprintf("%s %s. See that a worker is running and reaches Concur, S3 and Temporal, then run this again; if it ends so again, the worker's log says more.",
		goingOn(err), ending(err))
}

// goingOn names the activity or the child that an error came from, with its type in words.
func goingOn(err error) string {
	if activity, ok := errors.AsType[*temporal.ActivityError](err); ok {
		return fmt.Sprintf("The activity %q", inWords(activity.ActivityType().GetName()))
	}
	if child, ok := errors.AsType[*temporal.ChildWorkflowExecutionError](err); ok {
		return fmt.Sprintf("The child workflow %q", inWords(child.WorkflowType()))
	}
	return "The workflow"
}

// ending says how it ended: what a timeout means, or else the error's own words.
func ending(err error) string {
	last := ""
	if application, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		last = strings.TrimRight(application.Message(), ". ")
	}
	if timeout, ok := errors.AsType[*temporal.TimeoutError](err); ok {
		if last != "" {
			last = "; it said last: " + last
		}
		return timedOut(timeout.TimeoutType()) + last
	}
	if _, ok := errors.AsType[*temporal.TerminatedError](err); ok {
		return "was terminated"
	}
	if last != "" {
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

// inWords returns the words that a type such as ReadLists is made of, in lower case.
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

// outOfTime reports whether an activity ended because its time for all attempts was over. The error is then a timeout, or
// the last failure where the next attempt would have come too late.
func outOfTime(err error) bool {
	activity, ok := errors.AsType[*temporal.ActivityError](err)
	return ok && (temporal.IsTimeoutError(err) || activity.RetryState() == enums.RETRY_STATE_TIMEOUT)
}

// hasCode reports whether the error has a code that another attempt does not mend, which is any but Temporary.
func hasCode(err error) bool {
	code, _ := codeOf(err)
	return code != contract.CodeTemporary && slices.Contains(contract.Codes(), code)
}

// isTaken reports whether an object of a tie-out exists already with other bytes.
func isTaken(err error) bool {
	application, ok := errors.AsType[*temporal.ApplicationError](err)
	return ok && application.Type() == contract.CodeLandingConflict && !application.HasDetails()
}

// died reports whether an activity with a single attempt ended without an answer, because its worker was killed, cut off
// or too slow.
func died(err error) bool {
	_, ok := errors.AsType[*temporal.ActivityError](err)
	return ok && !temporal.IsCanceledError(err)
}
