package workflows_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"tieout/internal/contract"
)

// Waiting is one activity that the server repeats: its polls are no business of the workflow's.
func TestWaitingEndsAtTheDeadline(t *testing.T) {
	b := newBench(t).prepared().posts(created)
	breaks(b, contract.WaitForJob, temporal.NewTimeoutError(3, errors.New("Running for 6h00m, poll 180")))
	failed := b.quiet().fails(t, contract.CodeConcurDeadline)
	require.Contains(t, failed.Message(), "tieout run nightly-sae --date 2026-11-20 --job 'job-1'")
	require.Equal(t, "job-1", b.records[0].JobID)
}

// The deadline may pass while no worker runs: what has completed meanwhile is seen by one more look.
func TestWaitingLooksOnceMoreAfterTheDeadline(t *testing.T) {
	timeout := temporal.NewTimeoutError(3, errors.New("no worker took the activity"))
	for name, test := range map[string]struct {
		last error
		code string
	}{
		"it completed":        {},
		"it failed":           {temporal.NewNonRetryableApplicationError("job-1 ended as Failed", contract.CodeConcurJobFailed, nil), contract.CodeConcurJobFailed},
		"it is still running": {temporal.NewApplicationError("Running for 6h01m", "NotYet"), contract.CodeConcurDeadline},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t).prepared().posts(created)
			looks := 0
			on(b, contract.WaitForJob, func(_ context.Context, p contract.JobParams) (contract.Job, error) {
				if looks++; looks == 1 {
					return contract.Job{}, timeout
				}
				return contract.Job{ID: p.JobID, Origin: p.Origin}, test.last
			})
			b.quiet()
			if test.code == "" {
				b.run(t)
				return
			}
			b.fails(t, test.code)
		})
	}
}

func TestFailuresCarryTheirCode(t *testing.T) {
	b := newBench(t).prepared().posts(created)
	breaks(b, contract.WaitForJob, temporal.NewNonRetryableApplicationError("job-1 ended as Failed", contract.CodeConcurJobFailed, nil))
	b.quiet().fails(t, contract.CodeConcurJobFailed)
}

// breaking breaks one activity by an error.
func breaking[P, R any](name contract.Activity[P, R]) func(*bench, error) {
	return func(b *bench, err error) { breaks(b, name, err) }
}

// TestEveryFailureHasACode breaks each activity of a run in a way that nobody foresaw: the run still ends with a code of
// the contract and a sentence.
func TestEveryFailureHasACode(t *testing.T) {
	activities := map[string]func(*bench, error){
		"Prepare":      breaking(contract.Prepare),
		"SnapshotJobs": breaking(contract.SnapshotJobs),
		"FindStarted":  breaking(contract.FindStarted),
		"ClaimJob":     breaking(contract.ClaimJob),
		"WaitForJob":   breaking(contract.WaitForJob),
		"Land":         breaking(contract.Land),
		"OpenTieOut":   breaking(contract.OpenTieOut),
		"Scan":         breaking(contract.Scan),
		"ReadLists":    breaking(contract.ReadLists),
		"Report":       breaking(contract.Report),
		"HandOver":     breaking(contract.HandOver),
	}
	for kind, broken := range map[string]error{
		"of its own":       temporal.NewNonRetryableApplicationError("a panic", "PanicError", nil),
		"worker gone":      temporal.NewTimeoutError(3, nil),
		"nobody took it":   temporal.NewTimeoutError(2, nil),
		"without any type": temporal.NewNonRetryableApplicationError("no words", "", nil),
	} {
		for name, breaks := range activities {
			t.Run(name+", "+kind, func(t *testing.T) {
				b := newBench(t)
				breaks(b, broken)
				b.prepared().quiet()
				answers(b, contract.StartJob, unknown).Maybe()
				if name != "FindStarted" {
					b.finds(contract.FindStartedResult{JobIDs: []string{"job-2"}})
				}
				var failed *temporal.ApplicationError
				require.ErrorAs(t, b.execute(t, contract.ExtractInput{}), &failed)
				require.True(t, slices.Contains(append(contract.Codes(), contract.CodeFindings, contract.CodeTemporary), failed.Type()), "%q: %s", failed.Type(), failed.Message())
				require.NotEmpty(t, failed.Message())
				require.Equal(t, failed.Type(), b.records[0].Code)
			})
		}
	}
}

func TestControlTotalsEndTheRunAfterReporting(t *testing.T) {
	b := newBench(t).prepared().posts(created)
	answers(b, contract.Report, contract.ReportResult{Result: b.result, ControlTotalsFail: true, ControlMessage: "declares 3 records, holds 2"})
	failed := b.quiet().fails(t, contract.CodeControlTotals)
	require.Equal(t, "declares 3 records, holds 2", failed.Message())
	require.Empty(t, b.handed)
}

// A tie-out whose objects another version began to write goes on under a number of its own.
func TestTakenTieOutIsOpenedAnew(t *testing.T) {
	b := newBench(t).prepared().posts(created)
	var owners []string
	on(b, contract.OpenTieOut, func(_ context.Context, p contract.TieOutParams) (contract.OpenTieOutResult, error) {
		owners = append(owners, p.Owner)
		return contract.OpenTieOutResult{Number: len(owners)}, nil
	})
	on(b, contract.Report, func(_ context.Context, p contract.TieOutParams) (contract.ReportResult, error) {
		if p.Number == 1 {
			return contract.ReportResult{}, temporal.NewNonRetryableApplicationError("report.html is there already", contract.CodeLandingConflict, nil)
		}
		return contract.ReportResult{Result: b.result}, nil
	})
	b.quiet().run(t)
	require.Len(t, owners, 2)
	require.NotEqual(t, owners[0], owners[1])
}

// TestTieOutFromBeforeAResetIsWaitedFor resets a run while its tie-out is running: there is one tie-out, and one verdict.
func TestTieOutFromBeforeAResetIsWaitedFor(t *testing.T) {
	tieOut := contract.TieOutID(nightID, contract.JobKey("job-1"))
	result := contract.ExtractResult{Outcome: contract.OutcomeClean, Job: contract.Job{ID: "job-1"}, TieOut: 1}
	for name, test := range map[string]struct {
		end  contract.WaitForRunResult
		code string
	}{
		"to its verdict": {end: contract.WaitForRunResult{Status: contract.RunCompleted, Result: &result}},
		"to its failure": {contract.WaitForRunResult{Status: contract.RunFailed, Code: contract.CodeControlTotals, Message: "declares 3 records, holds 2"}, contract.CodeControlTotals},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t).prepared().posts(created)
			answers(b, contract.Scan, contract.ScanResult{}).After(5 * time.Hour)
			b.quiet()
			b.ends(tieOut, test.end).Once()
			scope := &contract.Scope{Settings: b.settings, BusinessDate: tonight.Date, WorkflowID: nightID}
			err := b.runAfter(t, tieOut, contract.TypeReconcile, contract.ReconcileInput{Manifest: "m", Scope: scope})
			require.Equal(t, 1, times(b, contract.OpenTieOut))
			if test.code == "" {
				require.NoError(t, err)
				require.Equal(t, 1, b.handed[0].TieOut)
				return
			}
			require.ErrorContains(t, err, "declares 3 records, holds 2")
			require.Equal(t, test.code, b.records[0].Code)
		})
	}
}

// A token that has expired is the likeliest failure of all. People must hear of it although nothing was begun.
func TestRunThatCannotBeginIsRecorded(t *testing.T) {
	b := newBench(t)
	breaks(b, contract.Prepare, temporal.NewNonRetryableApplicationError("the refresh token has expired", contract.CodeConcurAuth, nil))
	b.prepared().fails(t, contract.CodeConcurAuth)
	require.Equal(t, "2026-11-20", b.records[0].Scope.BusinessDate)
}
