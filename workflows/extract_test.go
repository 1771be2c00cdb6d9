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
	n := newNight(t).prepared().posts(created)
	n.on(string(contract.WaitForJob), contract.Job{}, temporal.NewTimeoutError(3, errors.New("Running for 6h00m, poll 180")))
	failed := n.quiet().fails(t, contract.CodeConcurDeadline)
	require.Contains(t, failed.Message(), "tieout run nightly-sae --date 2026-11-20 --job 'job-1'")
	require.Equal(t, "job-1", n.records[0].JobID)
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
			n := newNight(t).prepared().posts(created)
			looks := 0
			n.on(string(contract.WaitForJob), func(_ context.Context, p contract.JobParams) (contract.Job, error) {
				if looks++; looks == 1 {
					return contract.Job{}, timeout
				}
				return contract.Job{ID: p.JobID, Origin: p.Origin}, test.last
			})
			n.quiet()
			if test.code == "" {
				n.run(t)
				return
			}
			n.fails(t, test.code)
		})
	}
}

func TestFailuresCarryTheirCode(t *testing.T) {
	n := newNight(t).prepared().posts(created)
	n.on(string(contract.WaitForJob), contract.Job{}, temporal.NewNonRetryableApplicationError("job-1 ended as Failed", contract.CodeConcurJobFailed, nil))
	n.quiet().fails(t, contract.CodeConcurJobFailed)
}

// breaks is an activity that fails.
func breaks[P, R any](err error) any {
	return func(context.Context, P) (result R, _ error) { return result, err }
}

// TestEveryFailureHasACode breaks each activity of a run in a way that nobody foresaw: the run still ends with a code of
// the contract and a sentence.
func TestEveryFailureHasACode(t *testing.T) {
	activities := map[string]func(error) any{
		string(contract.Prepare):      breaks[contract.PrepareParams, contract.Prepared],
		string(contract.SnapshotJobs): breaks[contract.SnapshotJobsParams, contract.JobsSnapshot],
		string(contract.FindStarted):  breaks[contract.FindStartedParams, contract.FindStartedResult],
		string(contract.ClaimJob):     breaks[contract.JobParams, struct{}],
		string(contract.WaitForJob):   breaks[contract.JobParams, contract.Job],
		string(contract.Land):         breaks[contract.LandParams, contract.Landed],
		string(contract.OpenTieOut):   breaks[contract.TieOutParams, contract.OpenTieOutResult],
		string(contract.Scan):         breaks[contract.TieOutParams, contract.ScanResult],
		string(contract.ReadLists):    breaks[contract.TieOutParams, contract.ReadListsResult],
		string(contract.Report):       breaks[contract.TieOutParams, contract.ReportResult],
		string(contract.HandOver):     breaks[contract.HandOverParams, struct{}],
	}
	for kind, broken := range map[string]error{
		"of its own":       temporal.NewNonRetryableApplicationError("a panic", "PanicError", nil),
		"worker gone":      temporal.NewTimeoutError(3, nil),
		"nobody took it":   temporal.NewTimeoutError(2, nil),
		"without any type": temporal.NewNonRetryableApplicationError("no words", "", nil),
	} {
		for name, breaks := range activities {
			t.Run(name+", "+kind, func(t *testing.T) {
				n := newNight(t)
				n.on(name, breaks(broken))
				n.prepared().quiet()
				n.on(string(contract.StartJob), unknown, nil).Maybe()
				if name != string(contract.FindStarted) {
					n.finds(contract.FindStartedResult{JobIDs: []string{"job-2"}})
				}
				var failed *temporal.ApplicationError
				require.ErrorAs(t, n.execute(t, contract.ExtractInput{}), &failed)
				require.True(t, slices.Contains(append(contract.Codes(), contract.CodeFindings, contract.CodeTemporary), failed.Type()), "%q: %s", failed.Type(), failed.Message())
				require.NotEmpty(t, failed.Message())
				require.Equal(t, failed.Type(), n.records[0].Code)
			})
		}
	}
}

func TestControlTotalsEndTheRunAfterReporting(t *testing.T) {
	n := newNight(t).prepared().posts(created)
	n.on(string(contract.Report), contract.ReportResult{Result: n.result, ControlTotalsFail: true, ControlMessage: "declares 3 records, holds 2"}, nil)
	failed := n.quiet().fails(t, contract.CodeControlTotals)
	require.Equal(t, "declares 3 records, holds 2", failed.Message())
	require.Empty(t, n.handed)
}

// A tie-out whose objects another version began to write goes on under a number of its own.
func TestTakenTieOutIsOpenedAnew(t *testing.T) {
	n := newNight(t).prepared().posts(created)
	var owners []string
	n.on(string(contract.OpenTieOut), func(_ context.Context, p contract.TieOutParams) (contract.OpenTieOutResult, error) {
		owners = append(owners, p.Owner)
		return contract.OpenTieOutResult{Number: len(owners)}, nil
	})
	n.on(string(contract.Report), func(_ context.Context, p contract.TieOutParams) (contract.ReportResult, error) {
		if p.Number == 1 {
			return contract.ReportResult{}, temporal.NewNonRetryableApplicationError("report.html is there already", contract.CodeLandingConflict, nil)
		}
		return contract.ReportResult{Result: n.result}, nil
	})
	n.quiet().run(t)
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
			n := newNight(t).prepared().posts(created)
			n.on(string(contract.Scan), contract.ScanResult{}, nil).After(5 * time.Hour)
			n.quiet()
			n.ends(tieOut, test.end).Once()
			scope := &contract.Scope{Settings: n.settings, BusinessDate: tonight.Date, WorkflowID: nightID}
			err := n.runAfter(t, tieOut, contract.TypeReconcile, contract.ReconcileInput{Manifest: "m", Scope: scope})
			require.Equal(t, 1, n.times(string(contract.OpenTieOut)))
			if test.code == "" {
				require.NoError(t, err)
				require.Equal(t, 1, n.handed[0].TieOut)
				return
			}
			require.ErrorContains(t, err, "declares 3 records, holds 2")
			require.Equal(t, test.code, n.records[0].Code)
		})
	}
}

// A token that died in the night is the likeliest failure of all: it must not go unseen because nothing was begun.
func TestRunThatCannotBeginIsRecorded(t *testing.T) {
	n := newNight(t)
	n.on(string(contract.Prepare), contract.Prepared{}, temporal.NewNonRetryableApplicationError("the refresh token has expired", contract.CodeConcurAuth, nil))
	n.prepared().fails(t, contract.CodeConcurAuth)
	require.Equal(t, "2026-11-20", n.records[0].Scope.BusinessDate)
}
