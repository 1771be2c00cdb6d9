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
	"tieout/workflows"
)

// Waiting is one activity that the server repeats: its polls are no business of the workflow's.
func TestWaitingEndsAtTheDeadline(t *testing.T) {
	n := newNight(t).prepared().posts(created)
	n.on(workflows.ActivityWaitForJob, workflows.Job{}, temporal.NewTimeoutError(3, errors.New("Running for 6h00m, poll 180")))
	failed := n.quiet().fails(t, workflows.CodeConcurDeadline)
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
		"it failed":           {temporal.NewNonRetryableApplicationError("job-1 ended as Failed", workflows.CodeConcurJobFailed, nil), workflows.CodeConcurJobFailed},
		"it is still running": {temporal.NewApplicationError("Running for 6h01m", "NotYet"), workflows.CodeConcurDeadline},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNight(t).prepared().posts(created)
			looks := 0
			n.on(workflows.ActivityWaitForJob, func(_ context.Context, p workflows.JobParams) (workflows.Job, error) {
				if looks++; looks == 1 {
					return workflows.Job{}, timeout
				}
				return workflows.Job{ID: p.JobID, Origin: p.Origin}, test.last
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
	n.on(workflows.ActivityWaitForJob, workflows.Job{}, temporal.NewNonRetryableApplicationError("job-1 ended as Failed", workflows.CodeConcurJobFailed, nil))
	n.quiet().fails(t, workflows.CodeConcurJobFailed)
}

// breaks is an activity that fails.
func breaks[P, R any](err error) any {
	return func(context.Context, P) (result R, _ error) { return result, err }
}

// TestEveryFailureHasACode breaks each activity of a run in a way that nobody foresaw: the run still ends with a code of
// the contract and a sentence.
func TestEveryFailureHasACode(t *testing.T) {
	activities := map[string]func(error) any{
		workflows.ActivityPrepare:      breaks[workflows.PrepareParams, workflows.Prepared],
		workflows.ActivitySnapshotJobs: breaks[workflows.SnapshotJobsParams, workflows.JobsSnapshot],
		workflows.ActivityFindStarted:  breaks[workflows.FindStartedParams, workflows.FindStartedResult],
		workflows.ActivityClaimJob:     breaks[workflows.JobParams, struct{}],
		workflows.ActivityWaitForJob:   breaks[workflows.JobParams, workflows.Job],
		workflows.ActivityLand:         breaks[workflows.LandParams, workflows.Landed],
		workflows.ActivityOpenTieOut:   breaks[workflows.TieOutParams, workflows.OpenTieOutResult],
		workflows.ActivityScan:         breaks[workflows.TieOutParams, workflows.ScanResult],
		workflows.ActivityReadLists:    breaks[workflows.TieOutParams, workflows.ReadListsResult],
		workflows.ActivityReport:       breaks[workflows.TieOutParams, workflows.ReportResult],
		workflows.ActivityHandOver:     breaks[workflows.HandOverParams, struct{}],
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
				n.on(workflows.ActivityStartJob, unknown, nil).Maybe()
				if name != workflows.ActivityFindStarted {
					n.finds(workflows.FindStartedResult{JobIDs: []string{"job-2"}})
				}
				var failed *temporal.ApplicationError
				require.ErrorAs(t, n.execute(t, workflows.ExtractInput{}), &failed)
				require.True(t, slices.Contains(append(workflows.Codes(), workflows.CodeFindings, workflows.TypeTemporary), failed.Type()), "%q: %s", failed.Type(), failed.Message())
				require.NotEmpty(t, failed.Message())
				require.Equal(t, failed.Type(), n.records[0].Code)
			})
		}
	}
}

func TestControlTotalsEndTheRunAfterReporting(t *testing.T) {
	n := newNight(t).prepared().posts(created)
	n.on(workflows.ActivityReport, workflows.ReportResult{Result: n.result, ControlTotalsFail: true, ControlMessage: "declares 3 records, holds 2"}, nil)
	failed := n.quiet().fails(t, workflows.CodeControlTotals)
	require.Equal(t, "declares 3 records, holds 2", failed.Message())
	require.Empty(t, n.handed)
}

// A tie-out whose objects another version began to write goes on under a number of its own.
func TestTakenTieOutIsOpenedAnew(t *testing.T) {
	n := newNight(t).prepared().posts(created)
	var owners []string
	n.on(workflows.ActivityOpenTieOut, func(_ context.Context, p workflows.TieOutParams) (workflows.OpenTieOutResult, error) {
		owners = append(owners, p.Owner)
		return workflows.OpenTieOutResult{Number: len(owners)}, nil
	})
	n.on(workflows.ActivityReport, func(_ context.Context, p workflows.TieOutParams) (workflows.ReportResult, error) {
		if p.Number == 1 {
			return workflows.ReportResult{}, temporal.NewNonRetryableApplicationError("report.html is there already", workflows.CodeLandingConflict, nil)
		}
		return workflows.ReportResult{Result: n.result}, nil
	})
	n.quiet().run(t)
	require.Len(t, owners, 2)
	require.NotEqual(t, owners[0], owners[1])
}

// TestTieOutFromBeforeAResetIsWaitedFor resets a run while its tie-out is running: there is one tie-out, and one verdict.
func TestTieOutFromBeforeAResetIsWaitedFor(t *testing.T) {
	tieOut := workflows.ReconcileID(nightID, contract.JobKey("job-1"))
	result := workflows.ExtractResult{Outcome: workflows.OutcomeClean, Job: workflows.Job{ID: "job-1"}, TieOut: 1}
	for name, test := range map[string]struct {
		end  workflows.WaitForRunResult
		code string
	}{
		"to its verdict": {end: workflows.WaitForRunResult{Status: workflows.EndCompleted, Result: &result}},
		"to its failure": {workflows.WaitForRunResult{Status: workflows.EndFailed, Code: workflows.CodeControlTotals, Message: "declares 3 records, holds 2"}, workflows.CodeControlTotals},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNight(t).prepared().posts(created)
			n.on(workflows.ActivityScan, workflows.ScanResult{}, nil).After(5 * time.Hour)
			n.quiet()
			n.ends(tieOut, test.end).Once()
			scope := &workflows.Scope{Settings: n.settings, BusinessDate: tonight.Date, WorkflowID: nightID}
			err := n.runAfter(t, tieOut, workflows.TypeReconcile, workflows.ReconcileInput{Manifest: "m", Scope: scope})
			require.Equal(t, 1, n.times(workflows.ActivityOpenTieOut))
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
	n.on(workflows.ActivityPrepare, workflows.Prepared{}, temporal.NewNonRetryableApplicationError("the refresh token has expired", workflows.CodeConcurAuth, nil))
	n.prepared().fails(t, workflows.CodeConcurAuth)
	require.Equal(t, "2026-11-20", n.records[0].Scope.BusinessDate)
}
