package main

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"

	"tieout/activities"
	"tieout/concur"
	"tieout/internal/app"
	"tieout/internal/config"
	"tieout/internal/extractfile"
	"tieout/internal/landing"
	"tieout/internal/runs"
)

// usageError is a command line or a configuration that cannot be gone by.
type usageError struct {
	message string
	cause   error
}

func (e *usageError) Error() string { return e.message }
func (e *usageError) Unwrap() error { return e.cause }

// unreachableError says that Temporal did not answer: try again.
type unreachableError struct{ cause error }

func (e *unreachableError) Error() string { return e.cause.Error() }
func (e *unreachableError) Unwrap() error { return e.cause }

// end is an exit code whose reason has been told already.
type end struct{ code int }

func (e *end) Error() string { return "" }

// ended is nil for a code of 0.
func ended(code int) error {
	if code == runs.ExitOK {
		return nil
	}
	return &end{code}
}

// toldError says in words of its own what an error means; the exit code is the cause's. A cause of runs.ErrDetached
// or context.DeadlineExceeded ends the watching, not the run.
type toldError struct {
	message string
	cause   error
}

func (e *toldError) Error() string { return e.message }
func (e *toldError) Unwrap() error { return e.cause }

// exitCode is the code of DESIGN §7 that an error comes to.
func exitCode(err error) int {
	var (
		namespace   *serviceerror.NamespaceNotFound
		reached     *end
		usage       *usageError
		settings    *config.Error
		unreachable *unreachableError
		dialing     *app.DialError
		format      *extractfile.FormatError
	)
	switch {
	case err == nil:
		return runs.ExitOK
	case errors.As(err, &reached):
		return reached.code
	case errors.As(err, &usage), errors.As(err, &settings):
		return runs.ExitUsage
	case errors.As(err, &dialing) && dialing.Setting:
		return runs.ExitUsage
	case errors.As(err, &unreachable):
		return runs.ExitTemporary
	case errors.As(err, &format):
		return runs.ExitError
	case errors.As(err, &namespace):
		return runs.ExitUsage
	case errors.Is(err, context.Canceled):
		return runs.ExitDetached
	}
	if code := exitS3(err); code != runs.ExitError {
		return code
	}
	return runs.ExitCode(nil, err)
}

// exitS3 is the code that an error of S3 comes to; ExitError for what is none.
func exitS3(err error) int {
	_, kind := landing.Explain(err)
	return exitKind(kind)
}

func exitKind(kind landing.Kind) int {
	switch kind {
	case landing.KindAway:
		return runs.ExitTemporary
	case landing.KindSetting:
		return runs.ExitUsage
	}
	return runs.ExitError
}

// messageOf is the one line that people read of an error.
func messageOf(err error) string {
	if err == nil {
		return ""
	}
	if failure, ok := runs.FailureOf(err); ok {
		return failure.String()
	}
	if errors.Is(err, context.Canceled) {
		return "stopped"
	}
	var namespace *serviceerror.NamespaceNotFound
	if errors.As(err, &namespace) {
		return fmt.Sprintf("Temporal has no namespace %q: correct TEMPORAL_NAMESPACE, or have an administrator run: temporal operator namespace create --namespace %[1]s", namespace.Namespace)
	}
	message, _ := landing.Explain(err)
	if remedy := activities.Remedy(err); remedy != "" {
		message += ". " + remedy
	}
	var remote *concur.Error
	if errors.As(err, &remote) && (remote.Kind == concur.KindTransport || remote.Kind == concur.KindNotSent) {
		message += ". See that base_url (CONCUR_BASE_URL for init) and the network are right, and try again"
	}
	return message
}
