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
	"tieout/workflows"
)

// front is a workflow under an id of its own before the run of tonight.
func front(t *testing.T) *night {
	n := newNight(t)
	n.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "scheduled-2026-11-20T04:00:00Z", TaskQueue: workflows.TaskQueue})
	return n.configures().tells()
}

// joins lets the front start or join its run.
func (n *night) joins() *night {
	n.on(workflows.ActivityStartRun, workflows.StartRunResult{}, nil)
	return n
}

// mustOnlyFollow: a front asks Concur nothing, writes nothing and tells nobody.
func (n *night) mustOnlyFollow(t *testing.T) {
	t.Helper()
	require.Subset(t, []string{workflows.ActivityConfigure, workflows.ActivityStartRun, workflows.ActivityWaitForRun}, n.asked)
	require.Empty(t, n.notices)
}

func TestFrontEndsWithTheVerdictOfItsRun(t *testing.T) {
	n := front(t)
	n.on(workflows.ActivityStartRun, func(_ context.Context, p workflows.StartRunParams) (workflows.StartRunResult, error) {
		require.Equal(t, nightID, p.Run)
		require.Equal(t, workflows.ExtractInput{Pipeline: "nightly-sae", BusinessDate: "2026-11-20"}, p.Input)
		return workflows.StartRunResult{}, nil
	})
	n.ends(nightID, workflows.WaitForRunResult{Status: workflows.EndCompleted, Result: &n.result})
	require.Equal(t, n.result, n.run(t))
	require.Equal(t, 1, n.times(workflows.ActivityStartRun))
	n.mustOnlyFollow(t)
}

func TestFrontOfADateWithAVerdictIsAnsweredWithIt(t *testing.T) {
	n := front(t)
	verdict := n.result
	verdict.Answered = "2026-11-20T05:00:00Z"
	n.on(workflows.ActivityStartRun, workflows.StartRunResult{Verdict: &verdict}, nil)
	require.Equal(t, verdict, n.run(t))
	require.Zero(t, n.times(workflows.ActivityWaitForRun))
	require.Contains(t, n.progress(t).Message, "was extracted already")
	n.mustOnlyFollow(t)
}

func TestFrontOfAJobStartsTheRunOfTheJob(t *testing.T) {
	n := front(t)
	runOfJob := contract.Run{Pipeline: "nightly-sae", JobKey: contract.JobKey("job-5")}.ID()
	n.configured.Run, n.configured.Slot, n.configured.JobID = runOfJob, contract.Slot{}, "job-5"
	n.on(workflows.ActivityStartRun, func(_ context.Context, p workflows.StartRunParams) (workflows.StartRunResult, error) {
		require.Equal(t, runOfJob, p.Run)
		require.Equal(t, workflows.ExtractInput{Pipeline: "nightly-sae", JobID: "job-5"}, p.Input, "a date that nobody named is not the job's")
		return workflows.StartRunResult{}, nil
	})
	n.ends(runOfJob, workflows.WaitForRunResult{Status: workflows.EndCompleted, Result: &n.result})
	n.run(t)
}

func TestFrontOfAFurtherExtractStartsIt(t *testing.T) {
	n := front(t)
	n.configured.Slot = tonight.Next()
	n.configured.Run = nightID + "/again/2"
	n.joins().ends(nightID+"/again/2", workflows.WaitForRunResult{Status: workflows.EndCompleted, Result: &n.result})
	require.NoError(t, n.execute(t, workflows.ExtractInput{Again: true}))
}

// TestFrontFailsAsItsRunFailed keeps code, sentence and result; what became of a run that only ended is Temporary.
func TestFrontFailsAsItsRunFailed(t *testing.T) {
	result := workflows.ExtractResult{Outcome: workflows.OutcomeFindings}
	for name, test := range map[string]struct {
		end        workflows.WaitForRunResult
		code, says string
	}{
		"with a result":  {workflows.WaitForRunResult{Status: workflows.EndFailed, Code: workflows.CodeFindings, Message: "2 findings", Result: &result}, workflows.CodeFindings, "2 findings"},
		"without one":    {workflows.WaitForRunResult{Status: workflows.EndFailed, Code: workflows.CodeConcurAuth, Message: "the token was refused"}, workflows.CodeConcurAuth, "the token was refused"},
		"without a code": {workflows.WaitForRunResult{Status: workflows.EndFailed, Message: "panic"}, workflows.TypeTemporary, "panic"},
		"terminated":     {workflows.WaitForRunResult{Status: workflows.EndTerminated}, workflows.TypeTemporary, "The run extract/nightly-sae/2026-11-20 was terminated. Nothing is lost"},
		"cancelled":      {workflows.WaitForRunResult{Status: workflows.EndCanceled}, workflows.TypeTemporary, "was cancelled"},
		"timed out":      {workflows.WaitForRunResult{Status: workflows.EndTimedOut}, workflows.TypeTemporary, "was timed out"},
	} {
		t.Run(name, func(t *testing.T) {
			n := front(t).joins()
			n.ends(nightID, test.end)
			failed := n.ended(t, test.code)
			require.Contains(t, failed.Message(), test.says)
			require.True(t, failed.NonRetryable())
			var details workflows.ExtractResult
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
	n.on(workflows.ActivityWaitForRun, workflows.WaitForRunResult{}, temporal.NewTimeoutError(3, errors.New("it is running")))
	require.Contains(t, n.ended(t, workflows.TypeTemporary).Message(), nightID+" is still running")
	n.mustOnlyFollow(t)
}

func TestFrontBeginsARunThatIsGoneAgainThreeTimes(t *testing.T) {
	n := front(t).joins()
	n.ends(nightID, workflows.WaitForRunResult{Status: workflows.EndGone})
	require.Contains(t, n.ended(t, workflows.TypeTemporary).Message(), "has forgotten the run "+nightID)
	require.Equal(t, 4, n.times(workflows.ActivityStartRun))
	n.mustOnlyFollow(t)

	n = front(t).joins()
	n.ends(nightID, workflows.WaitForRunResult{Status: workflows.EndGone}).Once()
	n.ends(nightID, workflows.WaitForRunResult{Status: workflows.EndCompleted, Result: &n.result}).Once()
	require.Equal(t, workflows.OutcomeClean, n.run(t).Outcome)
}

func TestFrontRefusesDecisionsAndNamesItsRun(t *testing.T) {
	n := front(t).joins()
	n.ends(nightID, workflows.WaitForRunResult{Status: workflows.EndCompleted, Result: &n.result}).After(5 * time.Hour)
	review := n.review(time.Hour, "ann", workflows.DecisionApprove)
	resolve := n.resolve(time.Hour, "ann", workflows.DecisionStop)
	var waiting workflows.Progress
	n.RegisterDelayedCallback(func() { waiting = n.progress(t) }, time.Hour)
	n.run(t)
	review.mustBeRefused(t, "this is a front: review "+nightID)
	resolve.mustBeRefused(t, "this is a front: resolve the start of "+nightID)
	require.Equal(t, workflows.PhaseJoined, waiting.Phase)
	require.Equal(t, nightID, waiting.Run)
	require.Contains(t, waiting.Message, nightID)
}

// Cancelling a front ends the front: it asks nobody to end the run.
func TestCancellingAFrontLeavesItsRun(t *testing.T) {
	n := front(t).joins()
	n.ends(nightID, workflows.WaitForRunResult{Status: workflows.EndCompleted, Result: &n.result}).After(5 * time.Hour)
	n.RegisterDelayedCallback(n.CancelWorkflow, time.Hour)
	require.True(t, temporal.IsCanceledError(n.execute(t, workflows.ExtractInput{})))
	n.mustOnlyFollow(t)
}

// A run of its own id whose date has its verdict is answered with it by its first activity, and does nothing else.
func TestDateWithAVerdictIsAnsweredWithIt(t *testing.T) {
	n := newNight(t).tells()
	verdict := n.result
	verdict.Answered = "2026-11-20T05:00:00Z"
	n.configured.Verdict = &verdict
	require.Equal(t, verdict, n.configures().run(t))
	require.Equal(t, []string{workflows.ActivityConfigure}, n.asked)
	require.Empty(t, n.notices)
	require.Equal(t, workflows.OutcomeClean, n.progress(t).Outcome)
}

// TestRunOfAJobWaitsForTheRunThatHasIt: a run that has claimed the job is waited for, and its verdict on the job counts.
func TestRunOfAJobWaitsForTheRunThatHasIt(t *testing.T) {
	const other = "extract/nightly-sae/2026-11-19"
	runOfJob := contract.Run{Pipeline: "nightly-sae", JobKey: contract.JobKey("job-1")}.ID()
	claimed := func(t *testing.T) *night {
		n := newNight(t)
		n.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: runOfJob, TaskQueue: workflows.TaskQueue})
		n.configured = workflows.Configured{Settings: n.settings, BusinessDate: "2026-11-19", Run: runOfJob, JobID: "job-1", Claimed: other}
		n.on(workflows.ActivityConfigure, n.configured, nil).Once()
		n.configured.Claimed = ""
		return n
	}
	t.Run("its verdict on the job", func(t *testing.T) {
		n := claimed(t)
		n.ends(other, workflows.WaitForRunResult{Status: workflows.EndCompleted, Result: &n.result})
		require.Equal(t, n.result, n.run(t))
		require.Equal(t, []string{workflows.ActivityConfigure, workflows.ActivityWaitForRun}, n.asked)
	})
	for name, end := range map[string]workflows.WaitForRunResult{
		"it failed":         {Status: workflows.EndFailed, Code: workflows.CodeListUnavailable},
		"it was terminated": {Status: workflows.EndTerminated},
		"it had another":    {Status: workflows.EndCompleted, Result: &workflows.ExtractResult{Job: workflows.Job{ID: "job-2"}}},
	} {
		t.Run(name+", so the job is this run's", func(t *testing.T) {
			n := claimed(t)
			n.ends(other, end).Once()
			n.prepared().quiet()
			require.Equal(t, workflows.Job{ID: "job-1", Origin: workflows.OriginGiven}, n.run(t).Job)
			require.Equal(t, 2, n.times(workflows.ActivityConfigure), "what holds is looked at anew")
			require.Zero(t, n.times(workflows.ActivityStartJob))
		})
	}
}
