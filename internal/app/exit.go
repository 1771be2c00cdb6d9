package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"go.temporal.io/api/serviceerror"

	"tieout/activities"
	"tieout/concur"
	"tieout/internal/bucket"
	"tieout/internal/config"
	"tieout/internal/runs"
)

// Main runs a program and ends the process with the exit code that run returns. The first SIGINT or SIGTERM ends the
// context of run. A second one ends the process at once, for a person who does not want to wait any longer.
func Main(run func(ctx context.Context) int) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-signals
		cancel()
		<-signals
		os.Exit(runs.ExitDetached)
	}()
	os.Exit(run(ctx))
}

// ConfigPath returns the path of the configuration where no flag names one.
func ConfigPath() string { return cmp.Or(os.Getenv("TIEOUT_CONFIG"), "tieout.yaml") }

// UsageError is a flag, a setting or an environment variable that a person has to correct.
type UsageError struct{ error }

// Unwrap returns the error that the usage error was made of.
func (e *UsageError) Unwrap() error { return e.error }

// Usagef returns a *UsageError with a message that is formatted, and wraps errors, as fmt.Errorf does.
func Usagef(format string, args ...any) error { return &UsageError{fmt.Errorf(format, args...)} }

// ExitCode returns the exit code of docs/command-line.md for an error that ended a command.
func ExitCode(err error) int {
	if err == nil {
		return runs.ExitOK
	}
	if isUsage(err) {
		return runs.ExitUsage
	}
	if _, ok := errors.AsType[*DialError](err); ok {
		return runs.ExitTemporary
	}
	if errors.Is(err, context.Canceled) {
		return runs.ExitDetached
	}
	_, kind := bucket.Explain(err)
	if code := ExitOfS3(kind); code != runs.ExitError {
		return code
	}
	return runs.ExitCode(nil, err)
}

// isUsage reports whether a person has to correct the command line, the configuration or the environment.
func isUsage(err error) bool {
	if dialing, ok := errors.AsType[*DialError](err); ok {
		return dialing.Setting
	}
	_, usage := errors.AsType[*UsageError](err)
	_, settings := errors.AsType[*config.Error](err)
	_, namespace := errors.AsType[*serviceerror.NamespaceNotFound](err)
	return usage || settings || namespace
}

// ExitOfS3 returns the exit code for a kind of failure of S3.
func ExitOfS3(kind bucket.Kind) int {
	switch kind {
	case bucket.KindAway:
		return runs.ExitTemporary
	case bucket.KindSetting:
		return runs.ExitUsage
	}
	return runs.ExitError
}

// Message returns the one line that people read about an error, with what to do about it; it is empty for nil.
func Message(err error) string {
	if err == nil {
		return ""
	}
	if failure, ok := runs.FailureOf(err); ok {
		return failure.String()
	}
	if errors.Is(err, context.Canceled) {
		return "stopped"
	}
	if namespace, ok := errors.AsType[*serviceerror.NamespaceNotFound](err); ok {
		return fmt.Sprintf("Temporal has no namespace %q: correct TEMPORAL_NAMESPACE, or have an administrator run: temporal operator namespace create --namespace %[1]s", namespace.Namespace)
	}
	message, _ := bucket.Explain(err)
	if remedy := activities.Remedy(err); remedy != "" {
		message += ". " + remedy
	}
	if remote, ok := errors.AsType[*concur.Error](err); ok && (remote.Kind == concur.KindTransport || remote.Kind == concur.KindNotSent) {
		message += ". See that base_url (CONCUR_BASE_URL for init) and the network are right, and try again"
	}
	return message
}
