package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	smithyhttp "github.com/aws/smithy-go/transport/http"
	"go.temporal.io/api/serviceerror"

	"tieout/internal/config"
	"tieout/internal/extractfile"
	"tieout/internal/landing"
	"tieout/internal/operate"
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
	if code == operate.ExitOK {
		return nil
	}
	return &end{code}
}

// toldError says in words of its own what an error means; the exit code is the cause's. A cause of operate.ErrDetached
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
		unsent      *smithyhttp.RequestSendError
		reached     *end
		usage       *usageError
		settings    *config.Error
		unreachable *unreachableError
		format      *extractfile.FormatError
	)
	switch {
	case err == nil:
		return operate.ExitOK
	case errors.As(err, &reached):
		return reached.code
	case errors.As(err, &usage), errors.As(err, &settings):
		return operate.ExitUsage
	case errors.As(err, &unreachable):
		return operate.ExitTemporary
	case errors.As(err, &format):
		return operate.ExitError
	case errors.As(err, &namespace), refusedByS3(err):
		return operate.ExitUsage
	case errors.As(err, &unsent) && !errors.Is(err, context.Canceled):
		return operate.ExitTemporary
	}
	return operate.ExitCode(nil, err)
}

// refusedByS3 tells whether S3 refused because of what was set: the bucket, the region, the credentials, the rights.
func refusedByS3(err error) bool {
	var conflict *landing.ConflictError
	var integrity *landing.IntegrityError
	var zip *landing.ZipError
	if errors.As(err, &conflict) || errors.As(err, &integrity) || errors.As(err, &zip) {
		return false
	}
	_, permanent := landing.Permanent(err)
	return permanent
}

// messageOf is the one line that people read of an error.
func messageOf(err error) string {
	if err == nil {
		return ""
	}
	if failure, ok := operate.FailureOf(err); ok {
		return failure.String()
	}
	if errors.Is(err, context.Canceled) {
		return "stopped"
	}
	var namespace *serviceerror.NamespaceNotFound
	if errors.As(err, &namespace) {
		return fmt.Sprintf("Temporal has no namespace %q: correct TEMPORAL_NAMESPACE, or have an administrator run: temporal operator namespace create --namespace %[1]s", namespace.Namespace)
	}
	var unsent *smithyhttp.RequestSendError
	if errors.As(err, &unsent) {
		var request *url.Error // names the whole request: more than a person needs
		cause := unsent.Err
		if errors.As(cause, &request) {
			cause = request.Err
		}
		return fmt.Sprintf("S3 does not answer: %v. See that it is up, and that AWS_ENDPOINT_URL_S3, AWS_REGION and the network are right", cause)
	}
	// Only what S3 answered is put in other words: the rest says itself what to do.
	if message, ok := landing.Permanent(err); ok {
		return message
	}
	return err.Error()
}
