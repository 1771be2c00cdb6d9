package workflows_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"tieout/internal/contract"
)

// front is a workflow under an id of its own before the run of tonight.
func front(t *testing.T) *bench {
	b := newBench(t)
	b.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "scheduled-2026-11-20T04:00:00Z", TaskQueue: contract.TaskQueue})
	return b.configures().tells()
}

// joins lets the front start or join its run.
func (b *bench) joins() *bench {
	answers(b, contract.StartRun, contract.StartRunResult{})
	return b
}

// mustOnlyFollow: a front asks Concur nothing, writes nothing and tells nobody.
func (b *bench) mustOnlyFollow(t *testing.T) {
	t.Helper()
	require.Subset(t, []string{"Configure", "StartRun", "WaitForRun"}, b.asked)
	require.Empty(t, b.notices)
}

func TestFrontEndsWithTheVerdictOfItsRun(t *testing.T) {
	b := front(t)
	on(b, contract.StartRun, func(_ context.Context, p contract.StartRunParams) (contract.StartRunResult, error) {
		require.Equal(t, nightID, p.Run)
		require.Equal(t, contract.ExtractInput{Pipeline: "nightly-sae", BusinessDate: "2026-11-20"}, p.Input)
		return contract.StartRunResult{}, nil
	})
	b.ends(nightID, contract.WaitForRunResult{Status: contract.RunCompleted, Result: &b.result})
	require.Equal(t, b.result, b.run(t))
	require.Equal(t, 1, times(b, contract.StartRun))
	b.mustOnlyFollow(t)
}

func TestFrontOfADateWithAVerdictIsAnsweredWithIt(t *testing.T) {
	b := front(t)
	verdict := b.result
	verdict.Answered = "2026-11-20T05:00:00Z"
	answers(b, contract.StartRun, contract.StartRunResult{Verdict: &verdict})
	require.Equal(t, verdict, b.run(t))
	require.Zero(t, times(b, contract.WaitForRun))
	require.Contains(t, b.progress(t).Message, "was extracted already")
	b.mustOnlyFollow(t)
}

func TestFrontOfAJobStartsTheRunOfTheJob(t *testing.T) {
	b := front(t)
	runOfJob := contract.Run{Pipeline: "nightly-sae", JobKey: contract.JobKey("job-5")}.ID()
	b.configured.Run, b.configured.Slot, b.configured.JobID = runOfJob, contract.Slot{}, "job-5"
	on(b, contract.StartRun, func(_ context.Context, p contract.StartRunParams) (contract.StartRunResult, error) {
		require.Equal(t, runOfJob, p.Run)
		require.Equal(t, contract.ExtractInput{Pipeline: "nightly-sae", JobID: "job-5"}, p.Input, "a date that nobody named is not the job's")
		return contract.StartRunResult{}, nil
	})
	b.ends(runOfJob, contract.WaitForRunResult{Status: contract.RunCompleted, Result: &b.result})
	b.run(t)
}

func TestFrontOfAFurtherExtractStartsIt(t *testing.T) {
	b := front(t)
	b.configured.Slot = tonight.Next()
	b.configured.Run = nightID + "/again/2"
	b.joins().ends(nightID+"/again/2", contract.WaitForRunResult{Status: contract.RunCompleted, Result: &b.result})
	require.NoError(t, b.execute(t, contract.ExtractInput{Again: true}))
}

// TestFrontFailsAsItsRunFailed keeps code, sentence and result; what became of a run that only ended is Temporary.
func TestFrontFailsAsItsRunFailed(t *testing.T) {
	result := contract.ExtractResult{Outcome: contract.OutcomeFindings}
	for name, test := range map[string]struct {
		end        contract.WaitForRunResult
		code, says string
	}{
		"with a result":  {contract.WaitForRunResult{Status: contract.RunFailed, Code: contract.CodeFindings, Message: "2 findings", Result: &result}, contract.CodeFindings, "2 findings"},
		"without one":    {contract.WaitForRunResult{Status: contract.RunFailed, Code: contract.CodeConcurAuth, Message: "the token was refused"}, contract.CodeConcurAuth, "the token was refused"},
		"without a code": {contract.WaitForRunResult{Status: contract.RunFailed, Message: "panic"}, contract.CodeTemporary, "panic"},
		"terminated":     {contract.WaitForRunResult{Status: contract.RunTerminated}, contract.CodeTemporary, "The run extract/nightly-sae/2026-11-20 was terminated. Nothing is lost"},
		"cancelled":      {contract.WaitForRunResult{Status: contract.RunCanceled}, contract.CodeTemporary, "was cancelled"},
		"timed out":      {contract.WaitForRunResult{Status: contract.RunTimedOut}, contract.CodeTemporary, "was timed out"},
	} {
		t.Run(name, func(t *testing.T) {
			b := front(t).joins()
			b.ends(nightID, test.end)
			failed := b.ended(t, test.code)
			require.Contains(t, failed.Message(), test.says)
			require.True(t, failed.NonRetryable())
			var details contract.ExtractResult
			if test.end.Result != nil {
				require.NoError(t, failed.Details(&details))
				require.Equal(t, result.Outcome, details.Outcome)
			}
			b.mustOnlyFollow(t)
		})
	}
}

// A front that waits longer than it may says where to look: the run goes on without it.
func TestFrontThatRunsOutOfTimeNamesItsRun(t *testing.T) {
	b := front(t).joins()
	breaks(b, contract.WaitForRun, temporal.NewTimeoutError(3, errors.New("it is running")))
	require.Contains(t, b.ended(t, contract.CodeTemporary).Message(), nightID+" is still running")
	b.mustOnlyFollow(t)
}

func TestFrontBeginsARunThatIsGoneAgainThreeTimes(t *testing.T) {
	b := front(t).joins()
	b.ends(nightID, contract.WaitForRunResult{Status: contract.RunGone})
	require.Contains(t, b.ended(t, contract.CodeTemporary).Message(), "has forgotten the run "+nightID)
	require.Equal(t, 4, times(b, contract.StartRun))
	b.mustOnlyFollow(t)

	b = front(t).joins()
	b.ends(nightID, contract.WaitForRunResult{Status: contract.RunGone}).Once()
	b.ends(nightID, contract.WaitForRunResult{Status: contract.RunCompleted, Result: &b.result}).Once()
	require.Equal(t, contract.OutcomeClean, b.run(t).Outcome)
}

func TestFrontRefusesDecisionsAndNamesItsRun(t *testing.T) {
	b := front(t).joins()
	b.ends(nightID, contract.WaitForRunResult{Status: contract.RunCompleted, Result: &b.result}).After(5 * time.Hour)
	review := b.review(time.Hour, "ann", contract.DecisionApprove)
	resolve := b.resolve(time.Hour, "ann", contract.DecisionStop)
	var waiting contract.Progress
	b.RegisterDelayedCallback(func() { waiting = b.progress(t) }, time.Hour)
	b.run(t)
	review.mustBeRefused(t, "this is a front: review "+nightID)
	resolve.mustBeRefused(t, "this is a front: resolve the start of "+nightID)
	require.Equal(t, contract.PhaseJoined, waiting.Phase)
	require.Equal(t, nightID, waiting.Run)
	require.Contains(t, waiting.Message, nightID)
}

// Cancelling a front ends the front: it asks nobody to end the run.
func TestCancellingAFrontLeavesItsRun(t *testing.T) {
	b := front(t).joins()
	b.ends(nightID, contract.WaitForRunResult{Status: contract.RunCompleted, Result: &b.result}).After(5 * time.Hour)
	b.RegisterDelayedCallback(b.CancelWorkflow, time.Hour)
	require.True(t, temporal.IsCanceledError(b.execute(t, contract.ExtractInput{})))
	b.mustOnlyFollow(t)
}

// A run of its own id whose date has its verdict is answered with it by its first activity, and does nothing else.
func TestDateWithAVerdictIsAnsweredWithIt(t *testing.T) {
	b := newBench(t).tells()
	verdict := b.result
	verdict.Answered = "2026-11-20T05:00:00Z"
	b.configured.Verdict = &verdict
	require.Equal(t, verdict, b.configures().run(t))
	require.Equal(t, []string{"Configure"}, b.asked)
	require.Empty(t, b.notices)
	require.Equal(t, contract.OutcomeClean, b.progress(t).Outcome)
}

// TestRunOfAJobWaitsForTheRunThatHasIt: a run that has claimed the job is waited for, and its verdict on the job counts.
func TestRunOfAJobWaitsForTheRunThatHasIt(t *testing.T) {
	const other = "extract/nightly-sae/2026-11-19"
	runOfJob := contract.Run{Pipeline: "nightly-sae", JobKey: contract.JobKey("job-1")}.ID()
	claimed := func(t *testing.T) *bench {
		b := newBench(t)
		b.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: runOfJob, TaskQueue: contract.TaskQueue})
		b.configured = contract.Configured{Settings: b.settings, BusinessDate: "2026-11-19", Run: runOfJob, JobID: "job-1", Claimed: other}
		answers(b, contract.Configure, b.configured).Once()
		b.configured.Claimed = ""
		return b
	}
	t.Run("its verdict on the job", func(t *testing.T) {
		b := claimed(t)
		b.ends(other, contract.WaitForRunResult{Status: contract.RunCompleted, Result: &b.result})
		require.Equal(t, b.result, b.run(t))
		require.Equal(t, []string{"Configure", "WaitForRun"}, b.asked)
	})
	for name, end := range map[string]contract.WaitForRunResult{
		"it failed":         {Status: contract.RunFailed, Code: contract.CodeListUnavailable},
		"it was terminated": {Status: contract.RunTerminated},
		"it had another":    {Status: contract.RunCompleted, Result: &contract.ExtractResult{Job: contract.Job{ID: "job-2"}}},
	} {
		t.Run(name+", so the job is this run's", func(t *testing.T) {
			b := claimed(t)
			b.ends(other, end).Once()
			b.prepared().quiet()
			require.Equal(t, contract.Job{ID: "job-1", Origin: contract.OriginGiven}, b.run(t).Job)
			require.Equal(t, 2, times(b, contract.Configure), "what holds is looked at anew")
			require.Zero(t, times(b, contract.StartJob))
		})
	}
}
