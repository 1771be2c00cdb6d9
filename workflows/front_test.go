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
func front(t *testing.T) *night {
	n := newNight(t)
	n.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "scheduled-2026-11-20T04:00:00Z", TaskQueue: contract.TaskQueue})
	return n.configures().tells()
}

// joins lets the front start or join its run.
func (n *night) joins() *night {
	n.on(string(contract.StartRun), contract.StartRunResult{}, nil)
	return n
}

// mustOnlyFollow: a front asks Concur nothing, writes nothing and tells nobody.
func (n *night) mustOnlyFollow(t *testing.T) {
	t.Helper()
	require.Subset(t, []string{string(contract.Configure), string(contract.StartRun), string(contract.WaitForRun)}, n.asked)
	require.Empty(t, n.notices)
}

func TestFrontEndsWithTheVerdictOfItsRun(t *testing.T) {
	n := front(t)
	n.on(string(contract.StartRun), func(_ context.Context, p contract.StartRunParams) (contract.StartRunResult, error) {
		require.Equal(t, nightID, p.Run)
		require.Equal(t, contract.ExtractInput{Pipeline: "nightly-sae", BusinessDate: "2026-11-20"}, p.Input)
		return contract.StartRunResult{}, nil
	})
	n.ends(nightID, contract.WaitForRunResult{Status: contract.RunCompleted, Result: &n.result})
	require.Equal(t, n.result, n.run(t))
	require.Equal(t, 1, n.times(string(contract.StartRun)))
	n.mustOnlyFollow(t)
}

func TestFrontOfADateWithAVerdictIsAnsweredWithIt(t *testing.T) {
	n := front(t)
	verdict := n.result
	verdict.Answered = "2026-11-20T05:00:00Z"
	n.on(string(contract.StartRun), contract.StartRunResult{Verdict: &verdict}, nil)
	require.Equal(t, verdict, n.run(t))
	require.Zero(t, n.times(string(contract.WaitForRun)))
	require.Contains(t, n.progress(t).Message, "was extracted already")
	n.mustOnlyFollow(t)
}

func TestFrontOfAJobStartsTheRunOfTheJob(t *testing.T) {
	n := front(t)
	runOfJob := contract.Run{Pipeline: "nightly-sae", JobKey: contract.JobKey("job-5")}.ID()
	n.configured.Run, n.configured.Slot, n.configured.JobID = runOfJob, contract.Slot{}, "job-5"
	n.on(string(contract.StartRun), func(_ context.Context, p contract.StartRunParams) (contract.StartRunResult, error) {
		require.Equal(t, runOfJob, p.Run)
		require.Equal(t, contract.ExtractInput{Pipeline: "nightly-sae", JobID: "job-5"}, p.Input, "a date that nobody named is not the job's")
		return contract.StartRunResult{}, nil
	})
	n.ends(runOfJob, contract.WaitForRunResult{Status: contract.RunCompleted, Result: &n.result})
	n.run(t)
}

func TestFrontOfAFurtherExtractStartsIt(t *testing.T) {
	n := front(t)
	n.configured.Slot = tonight.Next()
	n.configured.Run = nightID + "/again/2"
	n.joins().ends(nightID+"/again/2", contract.WaitForRunResult{Status: contract.RunCompleted, Result: &n.result})
	require.NoError(t, n.execute(t, contract.ExtractInput{Again: true}))
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
			n := front(t).joins()
			n.ends(nightID, test.end)
			failed := n.ended(t, test.code)
			require.Contains(t, failed.Message(), test.says)
			require.True(t, failed.NonRetryable())
			var details contract.ExtractResult
			if test.end.Result != nil {
				require.NoError(t, failed.Details(&details))
				require.Equal(t, result.Outcome, details.Outcome)
			}
			n.mustOnlyFollow(t)
		})
	}
}

// A front that waits longer than it may says where to look: the run goes on without it.
func TestFrontThatRunsOutOfTimeNamesItsRun(t *testing.T) {
	n := front(t).joins()
	n.on(string(contract.WaitForRun), contract.WaitForRunResult{}, temporal.NewTimeoutError(3, errors.New("it is running")))
	require.Contains(t, n.ended(t, contract.CodeTemporary).Message(), nightID+" is still running")
	n.mustOnlyFollow(t)
}

func TestFrontBeginsARunThatIsGoneAgainThreeTimes(t *testing.T) {
	n := front(t).joins()
	n.ends(nightID, contract.WaitForRunResult{Status: contract.RunGone})
	require.Contains(t, n.ended(t, contract.CodeTemporary).Message(), "has forgotten the run "+nightID)
	require.Equal(t, 4, n.times(string(contract.StartRun)))
	n.mustOnlyFollow(t)

	n = front(t).joins()
	n.ends(nightID, contract.WaitForRunResult{Status: contract.RunGone}).Once()
	n.ends(nightID, contract.WaitForRunResult{Status: contract.RunCompleted, Result: &n.result}).Once()
	require.Equal(t, contract.OutcomeClean, n.run(t).Outcome)
}

func TestFrontRefusesDecisionsAndNamesItsRun(t *testing.T) {
	n := front(t).joins()
	n.ends(nightID, contract.WaitForRunResult{Status: contract.RunCompleted, Result: &n.result}).After(5 * time.Hour)
	review := n.review(time.Hour, "ann", contract.DecisionApprove)
	resolve := n.resolve(time.Hour, "ann", contract.DecisionStop)
	var waiting contract.Progress
	n.RegisterDelayedCallback(func() { waiting = n.progress(t) }, time.Hour)
	n.run(t)
	review.mustBeRefused(t, "this is a front: review "+nightID)
	resolve.mustBeRefused(t, "this is a front: resolve the start of "+nightID)
	require.Equal(t, contract.PhaseJoined, waiting.Phase)
	require.Equal(t, nightID, waiting.Run)
	require.Contains(t, waiting.Message, nightID)
}

// Cancelling a front ends the front: it asks nobody to end the run.
func TestCancellingAFrontLeavesItsRun(t *testing.T) {
	n := front(t).joins()
	n.ends(nightID, contract.WaitForRunResult{Status: contract.RunCompleted, Result: &n.result}).After(5 * time.Hour)
	n.RegisterDelayedCallback(n.CancelWorkflow, time.Hour)
	require.True(t, temporal.IsCanceledError(n.execute(t, contract.ExtractInput{})))
	n.mustOnlyFollow(t)
}

// A run of its own id whose date has its verdict is answered with it by its first activity, and does nothing else.
func TestDateWithAVerdictIsAnsweredWithIt(t *testing.T) {
	n := newNight(t).tells()
	verdict := n.result
	verdict.Answered = "2026-11-20T05:00:00Z"
	n.configured.Verdict = &verdict
	require.Equal(t, verdict, n.configures().run(t))
	require.Equal(t, []string{string(contract.Configure)}, n.asked)
	require.Empty(t, n.notices)
	require.Equal(t, contract.OutcomeClean, n.progress(t).Outcome)
}

// TestRunOfAJobWaitsForTheRunThatHasIt: a run that has claimed the job is waited for, and its verdict on the job counts.
func TestRunOfAJobWaitsForTheRunThatHasIt(t *testing.T) {
	const other = "extract/nightly-sae/2026-11-19"
	runOfJob := contract.Run{Pipeline: "nightly-sae", JobKey: contract.JobKey("job-1")}.ID()
	claimed := func(t *testing.T) *night {
		n := newNight(t)
		n.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: runOfJob, TaskQueue: contract.TaskQueue})
		n.configured = contract.Configured{Settings: n.settings, BusinessDate: "2026-11-19", Run: runOfJob, JobID: "job-1", Claimed: other}
		n.on(string(contract.Configure), n.configured, nil).Once()
		n.configured.Claimed = ""
		return n
	}
	t.Run("its verdict on the job", func(t *testing.T) {
		n := claimed(t)
		n.ends(other, contract.WaitForRunResult{Status: contract.RunCompleted, Result: &n.result})
		require.Equal(t, n.result, n.run(t))
		require.Equal(t, []string{string(contract.Configure), string(contract.WaitForRun)}, n.asked)
	})
	for name, end := range map[string]contract.WaitForRunResult{
		"it failed":         {Status: contract.RunFailed, Code: contract.CodeListUnavailable},
		"it was terminated": {Status: contract.RunTerminated},
		"it had another":    {Status: contract.RunCompleted, Result: &contract.ExtractResult{Job: contract.Job{ID: "job-2"}}},
	} {
		t.Run(name+", so the job is this run's", func(t *testing.T) {
			n := claimed(t)
			n.ends(other, end).Once()
			n.prepared().quiet()
			require.Equal(t, contract.Job{ID: "job-1", Origin: contract.OriginGiven}, n.run(t).Job)
			require.Equal(t, 2, n.times(string(contract.Configure)), "what holds is looked at anew")
			require.Zero(t, n.times(string(contract.StartJob)))
		})
	}
}
