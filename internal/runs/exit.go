package runs

import (
	"context"
	"errors"

	"go.temporal.io/sdk/temporal"

	"tieout/concur"
	"tieout/internal/config"
	"tieout/internal/contract"
)

// Exit codes of the command line (DESIGN §7).
const (
	ExitOK            = 0
	ExitError         = 1
	ExitUsage         = 2
	ExitFindings      = 3
	ExitAuth          = 4
	ExitTemporary     = 5
	ExitJobFailed     = 6
	ExitControlTotals = 7
	ExitTimedOut      = 8
	ExitEmpty         = 9
	ExitAmbiguous     = 10
	ExitDetached      = 130
)

// ExitCode is the code that a run's end, or what kept it from being seen, comes to.
func ExitCode(result *contract.ExtractResult, err error) int {
	var application *temporal.ApplicationError
	var settings *config.Error
	var remote *concur.Error
	switch {
	case err == nil:
		return exitOutcome(result)
	case errors.Is(err, ErrDetached), errors.Is(err, context.Canceled):
		return ExitDetached
	case errors.As(err, &remote):
		return exitConcur(remote)
	case unreachable(err):
		return ExitTemporary
	case errors.Is(err, context.DeadlineExceeded):
		return ExitTimedOut
	case errors.As(err, &settings), errors.Is(err, ErrNamesNoRun), errors.Is(err, ErrNoManifest):
		return ExitUsage
	case errors.As(err, &application):
		return ExitOfCode(application.Type())
	}
	return ExitError
}

func exitConcur(err *concur.Error) int {
	switch {
	case err.Kind == concur.KindAuth, err.Kind == concur.KindReauthorize, err.Kind == concur.KindCredentials:
		return ExitAuth
	case err.Kind == concur.KindRedirect:
		return ExitUsage
	case err.Temporary():
		return ExitTemporary
	}
	return ExitError
}

func exitOutcome(result *contract.ExtractResult) int {
	switch {
	case result == nil:
		return ExitOK
	case result.Outcome == contract.OutcomeFindings, result.Outcome == contract.OutcomeRejected:
		return ExitFindings
	case result.Outcome == contract.OutcomeEmpty:
		return ExitEmpty
	}
	return ExitOK
}

// ExitOfCode is the exit code of a run that failed with a code.
func ExitOfCode(code string) int {
	switch code {
	case contract.CodeConfigInvalid:
		return ExitUsage
	case contract.CodeFindings:
		return ExitFindings
	case contract.CodeConcurAuth:
		return ExitAuth
	case contract.CodeConcurDeadline, contract.CodeListUnavailable, contract.CodeTemporary:
		return ExitTemporary
	case contract.CodeConcurJobFailed:
		return ExitJobFailed
	case contract.CodeControlTotals:
		return ExitControlTotals
	case contract.CodeStartAmbiguous:
		return ExitAmbiguous
	}
	return ExitError
}
