package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
	"tieout/workflows"
)

// journal is the workflow that follows the night's job.
var journal = workflows.NextID("nightly-sae", contract.JobKey("job-1"), "ledger", "PostJournal")

// next has the night start a workflow with its result, and wait for it.
func (n *night) next(outcome string) *night {
	n.settings.Next = []pipeline.Next{{Workflow: "PostJournal", TaskQueue: "ledger", When: []string{outcome}, Wait: true}}
	return n
}

// follows registers a workflow that takes a result, and returns what it was started with.
func (n *night) follows(name string) *[]workflows.ExtractResult {
	got := &[]workflows.ExtractResult{}
	n.RegisterWorkflowWithOptions(func(ctx workflow.Context, in workflows.ExtractResult) error {
		*got = append(*got, in)
		return workflow.Sleep(ctx, time.Hour)
	}, workflow.RegisterOptions{Name: name})
	return got
}

func TestFindingsCanFailTheRun(t *testing.T) {
	n := newNight(t).prepared().posts(created).quiet()
	n.settings.OnFindings = pipeline.OnFindingsFail
	n.result.Outcome, n.result.Findings.Count = workflows.OutcomeFindings, 2
	failed := n.fails(t, workflows.CodeFindings)
	var result workflows.ExtractResult
	require.NoError(t, failed.Details(&result))
	require.Equal(t, 2, result.Findings.Count)
	require.Len(t, n.handed, 1, "the verdict stands all the same")
}

func TestNextWorkflowsTakeTheResult(t *testing.T) {
	n := newNight(t).prepared().posts(created).quiet().next(workflows.OutcomeClean)
	n.settings.Next = append(n.settings.Next, pipeline.Next{Workflow: "Alarm", TaskQueue: "ledger", When: []string{workflows.OutcomeFindings}})
	got := n.follows("PostJournal")
	n.ends(journal, workflows.WaitForRunResult{Status: workflows.EndCompleted}).Once()
	n.run(t)
	require.Len(t, *got, 1)
	require.Equal(t, workflows.OutcomeClean, (*got)[0].Outcome)
}

// TestNextWorkflowIsWaitedForByItsID ends a run as the workflow ends that exists, whoever started it: this run before a
// reset, or another run on the same job.
func TestNextWorkflowIsWaitedForByItsID(t *testing.T) {
	for name, test := range map[string]struct {
		end        workflows.WaitForRunResult
		code, says string
	}{
		"it completes":       {end: workflows.WaitForRunResult{Status: workflows.EndCompleted}},
		"it fails":           {workflows.WaitForRunResult{Status: workflows.EndFailed, Code: "PeriodClosed", Message: "the period is closed"}, "PeriodClosed", "the period is closed"},
		"it fails unnamed":   {workflows.WaitForRunResult{Status: workflows.EndFailed, Message: "out of paper"}, workflows.TypeTemporary, "out of paper"},
		"it is terminated":   {workflows.WaitForRunResult{Status: workflows.EndTerminated}, workflows.TypeTemporary, "it was terminated"},
		"Temporal forgot it": {workflows.WaitForRunResult{Status: workflows.EndGone}, workflows.TypeTemporary, "it was gone"},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNight(t).prepared().posts(created).quiet().next(workflows.OutcomeClean)
			n.follows("PostJournal")
			n.ends(journal, test.end).Once()
			err := n.runAfter(t, journal, "PostJournal", workflows.ExtractResult{})
			if test.code == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.says)
			require.ErrorContains(t, err, test.code)
			require.ErrorContains(t, err, "its result stands")
			require.Equal(t, test.code, n.records[0].Code)
		})
	}
}

// Cancelling a run ends it and nothing that it started.
func TestCancellingARunLeavesWhatItStarted(t *testing.T) {
	n := newNight(t).prepared().posts(created).next(workflows.OutcomeClean)
	old := workflows.LeftOverJob{ID: "old-1", Key: contract.JobKey("old-1")}
	n.on(workflows.ActivityFindLeftOver, workflows.FindLeftOverResult{Jobs: []workflows.LeftOverJob{old}}, nil).Once()
	n.on(workflows.ActivityWaitForJob, func(_ context.Context, p workflows.JobParams) (workflows.Job, error) {
		return workflows.Job{ID: p.JobID, Origin: p.Origin}, nil
	}).After(time.Minute)
	n.follows("PostJournal")
	n.on(workflows.ActivityWaitForRun, workflows.WaitForRunResult{Status: workflows.EndCompleted}, nil).After(6 * time.Hour)
	n.quiet()
	n.RegisterDelayedCallback(n.CancelWorkflow, 30*time.Minute) // both are running
	err := n.execute(t, workflows.ExtractInput{})
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.NoError(t, n.GetWorkflowErrorByID(journal))
	require.NoError(t, n.GetWorkflowErrorByID(contract.Run{Pipeline: "nightly-sae", JobKey: old.Key}.ID()))
}
