package runs

import (
	"context"
	"errors"

	"go.temporal.io/sdk/temporal"

	"tieout/concur"
	"tieout/internal/config"
	"tieout/internal/contract"
)

// Exit codes of the programs, as docs/command-line.md describes them.
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

// ExitCode returns the exit code for the result of a run, or for the error that a run ended with or that kept it from
// being seen.
func ExitCode(result *contract.ExtractResult, err error) int {
	if err == nil {
		return exitOutcome(result)
	}
	if errors.Is(err, ErrDetached) || errors.Is(err, context.Canceled) {
		return ExitDetached
	}
	if remote, ok := errors.AsType[*concur.Error](err); ok {
		return exitConcur(remote)
	}
	if unreachable(err) {
		return ExitTemporary
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return ExitTimedOut
	}
	if _, ok := errors.AsType[*config.Error](err); ok || errors.Is(err, ErrNamesNoRun) || errors.Is(err, ErrNoManifest) {
		return ExitUsage
	}
	if application, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		return ExitOfCode(application.Type())
	}
	return ExitError
}

func exitConcur(err *concur.Error) int {
	switch err.Kind {
	case concur.KindAuth, concur.KindReauthorize, concur.KindCredentials:
		return ExitAuth
	case concur.KindRedirect:
		return ExitUsage
	}
	if err.Temporary() {
		return ExitTemporary
	}
	return ExitError
}

func exitOutcome(result *contract.ExtractResult) int {
	if result == nil {
		return ExitOK
	}
	switch result.Outcome {
	case contract.OutcomeFindings, contract.OutcomeRejected:
		return ExitFindings
	case contract.OutcomeEmpty:
		return ExitEmpty
	}
	return ExitOK
}

// ExitOfCode returns the exit code of a run that failed with an error code of docs/runbook.md.
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
