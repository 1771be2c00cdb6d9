package workflows_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

func TestLeftOverJobsAreTakenUpOldestFirst(t *testing.T) {
	b := newBench(t).prepared().posts(created)
	var runs []string
	var jobs []contract.LeftOverJob
	for _, id := range []string{"old-1", "old-2"} {
		jobs = append(jobs, contract.LeftOverJob{ID: id, Key: contract.JobKey(id)})
		runs = append(runs, contract.Run{Pipeline: "nightly-sae", JobKey: contract.JobKey(id)}.ID())
	}
	answers(b, contract.FindLeftOver, contract.FindLeftOverResult{Jobs: jobs}).Once()
	var claimed []string
	on(b, contract.ClaimJob, func(_ context.Context, p contract.JobParams) (contract.None, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		claimed = append(claimed, p.Scope.WorkflowID+" "+p.JobID+" "+string(p.Origin))
		return contract.None{}, nil
	})
	on(b, contract.Report, func(_ context.Context, p contract.TieOutParams) (contract.ReportResult, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		result := b.result
		result.Manifest = p.Manifest
		return contract.ReportResult{Result: result}, nil
	})
	var started []string
	b.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
		if info.WorkflowType.Name == contract.TypeConcurExtract {
			started = append(started, info.WorkflowExecution.ID)
		}
	})
	b.quiet()
	result := b.run(t)
	require.Equal(t, runs, started, "each under the id of the run of its job")
	require.ElementsMatch(t, []string{nightID + " job-1 started", runs[0] + " old-1 given", runs[1] + " old-2 given"}, claimed)
	require.ElementsMatch(t, []contract.Recovered{{ID: "old-1", Manifest: "s3://b/manifest.json"}, {ID: "old-2", Manifest: "s3://b/manifest.json"}}, result.Recovered)
}

func TestANightTakesUpTheOldestTenAndNamesTheRest(t *testing.T) {
	b := newBacklog(t, 12)
	b.prepared().posts(created).quiet()
	result := b.run(t)
	require.Len(t, b.taken(), 10)
	require.Equal(t, "old-09", b.taken()[9])
	require.LessOrEqual(t, b.most, 4)
	require.Len(t, result.Recovered, 10)
	require.Equal(t, []contract.LeftOver{{ID: "old-10", StartTime: "2026-11-11T04:00:00Z"}, {ID: "old-11", StartTime: "2026-11-12T04:00:00Z"}}, result.LeftOver)
	require.Equal(t, result.LeftOver, b.handed[len(b.handed)-1].Result.LeftOver, "result.json names them too")
	require.Equal(t, []string{"2 jobs of earlier nights have not been taken up yet: old-10, old-11. The next runs take up the oldest 10 a night; " +
		"`recover: {since: DATE}` in tieout.yaml takes up all at once."}, b.messages(contract.NoticeRecovery))
}

func TestANightTakesUpAllThatWasAskedFor(t *testing.T) {
	b := newBacklog(t, 12)
	b.settings.Recover = &pipeline.Recover{Since: "2026-11-01"}
	b.prepared().posts(created).quiet()
	result := b.run(t)
	require.Len(t, result.Recovered, 12)
	require.LessOrEqual(t, b.most, 4)
	require.Empty(t, result.LeftOver)
	require.Empty(t, b.notices)
}

func TestRecoveryBeginsOnceTonightHasItsFigures(t *testing.T) {
	b := newBacklog(t, 1)
	on(b, contract.Report, func(_ context.Context, p contract.TieOutParams) (contract.ReportResult, error) {
		b.note("figures of " + p.Scope.WorkflowID)
		return contract.ReportResult{Result: b.result}, nil
	})
	b.prepared().posts(created).quiet()
	b.run(t)
	require.Equal(t, []string{"look beside job-1", "figures of " + backlogID, "run of " + contract.JobKey("old-00")}, b.order[:3])
}

// Tonight's result is not held up for longer than a moment: what takes longer goes on, and what was not begun is named.
func TestTonightIsNotHeldUpByWhatOthersLeft(t *testing.T) {
	b := newBacklog(t, 6).lasts(3 * time.Hour)
	b.prepared().posts(created).quiet()
	began := b.Now()
	result := b.run(t)
	require.Less(t, b.handed[0].At.Sub(began), time.Hour)
	require.Empty(t, result.Recovered)
	require.Len(t, result.LeftOver, 6)
	for i, job := range result.LeftOver {
		if i < 4 {
			require.Equal(t, contract.Run{Pipeline: "nightly-sae", JobKey: contract.JobKey(job.ID)}.ID(), job.Run)
		} else {
			require.Empty(t, job.Run)
		}
	}
	require.Len(t, b.taken(), 4, "once the night is over it begins no more")
	require.Contains(t, b.messages(contract.NoticeRecovery)[0], "2 jobs of earlier nights have not been taken up yet: old-04, old-05.")
	require.Contains(t, b.messages(contract.NoticeRecovery)[0], "4 more are taken up and not done yet.")
}

// A recovered run that waits for its review keeps no other job from being taken up.
func TestRunsThatWaitForAPersonDoNotCount(t *testing.T) {
	b := newBacklog(t, 7)
	b.settings.OnFindings = pipeline.OnFindingsHold
	b.result.Outcome, b.result.Findings.Count = contract.OutcomeFindings, 1
	b.prepared().posts(created).quiet()
	review := b.review(time.Hour, "ann", contract.DecisionApprove)
	result := b.run(t)
	review.mustBeAccepted(t)
	require.Equal(t, contract.OutcomeApproved, result.Outcome)
	require.Len(t, b.taken(), 7)
	require.Equal(t, 7, b.most, "all of them are held")
	require.Len(t, result.LeftOver, 7)
	require.Empty(t, b.messages(contract.NoticeRecovery), "each has asked for its own review")
}

// Cancelling a night ends none of the runs that it started for earlier nights' jobs.
func TestCancellingTheNightEndsNoRecoveredRun(t *testing.T) {
	b := newBacklog(t, 2).lasts(5 * time.Minute)
	b.prepared().posts(created).quiet()
	var cancelled []string
	b.SetOnChildWorkflowCanceledListener(func(info *workflow.Info) { cancelled = append(cancelled, info.WorkflowExecution.ID) })
	b.RegisterDelayedCallback(func() {
		require.Len(t, b.taken(), 2)
		b.CancelWorkflow()
	}, 2*time.Minute)
	b.ExecuteWorkflow(contract.TypeConcurExtract, contract.ExtractInput{})
	require.True(t, temporal.IsCanceledError(b.GetWorkflowError()), b.GetWorkflowError())
	require.Empty(t, cancelled)
}

// A recovered run that fails tells people itself, and the night that took its job up names it.
func TestARecoveredRunThatFailsIsToldAndNamed(t *testing.T) {
	b := newBacklog(t, 2)
	bad := func(p contract.LandParams) bool { return p.Job.ID == "old-00" }
	onlyFor(b, contract.Land, bad, func(context.Context, contract.LandParams) (contract.Landed, error) {
		return contract.Landed{}, temporal.NewNonRetryableApplicationError("the file is encrypted", contract.CodeFileEncrypted, nil)
	})
	b.prepared().posts(created).quiet()
	result := b.run(t)
	require.Len(t, result.Recovered, 1)
	run := contract.Run{Pipeline: "nightly-sae", JobKey: contract.JobKey("old-00")}.ID()
	require.Equal(t, []contract.LeftOver{{ID: "old-00", StartTime: "2026-11-01T04:00:00Z", Run: run, Code: contract.CodeFileEncrypted}}, result.LeftOver)
	require.Equal(t, []string{"the file is encrypted"}, b.messages(contract.NoticeFailed))
	require.Equal(t, []string{"1 job of earlier nights came to nothing: old-00 (FileEncrypted). The notice of each says why."}, b.messages(contract.NoticeRecovery))
	require.Equal(t, run, b.records[0].Scope.WorkflowID)
}

// A job that somebody has already is left to them, and is named with the run that has it.
func TestAJobThatSomebodyHasIsLeftToThem(t *testing.T) {
	b := newBacklog(t, 2).lasts(5 * time.Minute)
	b.found.Jobs[1].Key = b.found.Jobs[0].Key // its run is running
	b.prepared().posts(created).quiet()
	result := b.run(t)
	require.Len(t, result.Recovered, 1)
	require.Equal(t, "old-01", result.LeftOver[0].ID)
	require.Equal(t, contract.Run{Pipeline: "nightly-sae", JobKey: b.found.Jobs[0].Key}.ID(), result.LeftOver[0].Run)
	require.Empty(t, result.LeftOver[0].Code)
	require.Empty(t, b.notices)
}

func TestALookThatComesToNothingIsTold(t *testing.T) {
	for name, test := range map[string]struct {
		after time.Duration
		says  string
	}{
		"it fails":          {says: "ConcurAuth: the token is gone"},
		"it goes on and on": {after: 20 * time.Hour, says: "was not done within 10m"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBacklogWithoutLook(t)
			look := breaks(b, contract.FindLeftOver, temporal.NewNonRetryableApplicationError("the token is gone", contract.CodeConcurAuth, nil))
			if test.after > 0 {
				look.After(test.after)
			}
			b.prepared().posts(created).quiet()
			result := b.run(t)
			require.Equal(t, contract.OutcomeClean, result.Outcome, "tonight has its verdict all the same")
			require.Contains(t, result.RecoveryProblem, test.says)
			require.Len(t, b.messages(contract.NoticeRecovery), 1)
			require.Contains(t, b.messages(contract.NoticeRecovery)[0], test.says)
		})
	}
}

// Nights that fail one after the other do not keep earlier jobs from landing.
func TestAFailedNightTakesUpWhatOthersLeft(t *testing.T) {
	b := newBacklog(t, 2).lasts(time.Minute)
	own := func(p contract.JobParams) bool { return p.JobID == "job-1" }
	onlyFor(b, contract.WaitForJob, own, func(context.Context, contract.JobParams) (contract.Job, error) {
		return contract.Job{}, temporal.NewNonRetryableApplicationError("Concur ended the job as failed", contract.CodeConcurJobFailed, nil)
	})
	b.prepared().posts(created).quiet()
	b.ExecuteWorkflow(contract.TypeConcurExtract, contract.ExtractInput{})
	var failed *temporal.ApplicationError
	require.ErrorAs(t, b.GetWorkflowError(), &failed)
	require.Equal(t, contract.CodeConcurJobFailed, failed.Type())
	require.Len(t, b.taken(), 2)
	require.Len(t, b.handed, 2)
	require.Len(t, b.messages(contract.NoticeFailed), 1)
	progress := b.progress(t)
	require.Equal(t, contract.PhaseFailed, progress.Phase)
	require.Contains(t, progress.Message, contract.CodeConcurJobFailed)
	require.Len(t, progress.Recovered, 2)
}

// A gap stands in the result of each night that sees it, and the run that found it tells people.
func TestAGapIsTold(t *testing.T) {
	for _, found := range []bool{true, false} {
		t.Run(fmt.Sprint(found), func(t *testing.T) {
			b := newBacklog(t, 0)
			b.found.Gap, b.found.GapFound = &contract.Gap{After: "2026-11-01T04:00:30Z", Before: "2026-11-05T04:00:00Z"}, found
			b.prepared().posts(created).quiet()
			result := b.run(t)
			require.Equal(t, b.found.Gap, result.Gap)
			if !found {
				require.Empty(t, b.notices)
				return
			}
			require.Len(t, b.notices, 1)
			require.Equal(t, contract.NoticeRecovery, b.notices[0].Kind)
			require.Contains(t, b.notices[0].Message, "Jobs that completed between 2026-11-01 04:00 UTC and 2026-11-05 04:00 UTC may be missing")
		})
	}
}

// However many files recovered jobs have, they do not fill the history of the night that took the jobs up.
func TestARecoveredRunReturnsNoFiles(t *testing.T) {
	b := newBacklog(t, 1)
	b.result.Files = slices.Repeat([]contract.File{{Name: "extract.txt", URI: "s3://b/extract.txt"}}, 1000)
	var returned []string
	b.SetOnChildWorkflowCompletedListener(func(info *workflow.Info, result converter.EncodedValue, _ error) {
		var value json.RawMessage
		if _, ok := contract.ParseRun(info.WorkflowExecution.ID); ok && result.HasValue() {
			require.NoError(t, result.Get(&value))
			returned = append(returned, string(value))
		}
	})
	b.prepared().posts(created).quiet()
	result := b.run(t)
	require.Len(t, result.Files, 1000, "tonight's own")
	require.Len(t, returned, 1)
	require.Less(t, len(returned[0]), 2000)
	for _, handed := range b.handed {
		require.Len(t, handed.Result.Files, 1000, "result.json names them all")
	}
}
