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
)

// journal is the workflow that follows the night's job.
var journal = contract.NextID("nightly-sae", contract.JobKey("job-1"), "ledger", "PostJournal")

// next has the night start a workflow with its result, and wait for it.
func (n *night) next(outcome string) *night {
	n.settings.Next = []pipeline.Next{{Workflow: "PostJournal", TaskQueue: "ledger", When: []string{outcome}, Wait: true}}
	return n
}

// follows registers a workflow that takes a result, and returns what it was started with.
func (n *night) follows(name string) *[]contract.ExtractResult {
	got := &[]contract.ExtractResult{}
	n.RegisterWorkflowWithOptions(func(ctx workflow.Context, in contract.ExtractResult) error {
		*got = append(*got, in)
		return workflow.Sleep(ctx, time.Hour)
	}, workflow.RegisterOptions{Name: name})
	return got
}

func TestFindingsCanFailTheRun(t *testing.T) {
	n := newNight(t).prepared().posts(created).quiet()
	n.settings.OnFindings = pipeline.OnFindingsFail
	n.result.Outcome, n.result.Findings.Count = contract.OutcomeFindings, 2
	failed := n.fails(t, contract.CodeFindings)
	var result contract.ExtractResult
	require.NoError(t, failed.Details(&result))
	require.Equal(t, 2, result.Findings.Count)
	require.Len(t, n.handed, 1, "the verdict stands all the same")
}

func TestNextWorkflowsTakeTheResult(t *testing.T) {
	n := newNight(t).prepared().posts(created).quiet().next(string(contract.OutcomeClean))
	n.settings.Next = append(n.settings.Next, pipeline.Next{Workflow: "Alarm", TaskQueue: "ledger", When: []string{string(contract.OutcomeFindings)}})
	got := n.follows("PostJournal")
	n.ends(journal, contract.WaitForRunResult{Status: contract.RunCompleted}).Once()
	n.run(t)
	require.Len(t, *got, 1)
	require.Equal(t, contract.OutcomeClean, (*got)[0].Outcome)
}

// TestNextWorkflowIsWaitedForByItsID ends a run as the workflow ends that exists, whoever started it: this run before a
// reset, or another run on the same job.
func TestNextWorkflowIsWaitedForByItsID(t *testing.T) {
	for name, test := range map[string]struct {
		end        contract.WaitForRunResult
		code, says string
	}{
		"it completes":       {end: contract.WaitForRunResult{Status: contract.RunCompleted}},
		"it fails":           {contract.WaitForRunResult{Status: contract.RunFailed, Code: "PeriodClosed", Message: "the period is closed"}, "PeriodClosed", "the period is closed"},
		"it fails unnamed":   {contract.WaitForRunResult{Status: contract.RunFailed, Message: "out of paper"}, contract.CodeTemporary, "out of paper"},
		"it is terminated":   {contract.WaitForRunResult{Status: contract.RunTerminated}, contract.CodeTemporary, "it was terminated"},
		"Temporal forgot it": {contract.WaitForRunResult{Status: contract.RunGone}, contract.CodeTemporary, "it was gone"},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNight(t).prepared().posts(created).quiet().next(string(contract.OutcomeClean))
			n.follows("PostJournal")
			n.ends(journal, test.end).Once()
			err := n.runAfter(t, journal, "PostJournal", contract.ExtractResult{})
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
	n := newNight(t).prepared().posts(created).next(string(contract.OutcomeClean))
	old := contract.LeftOverJob{ID: "old-1", Key: contract.JobKey("old-1")}
	n.on(string(contract.FindLeftOver), contract.FindLeftOverResult{Jobs: []contract.LeftOverJob{old}}, nil).Once()
	n.on(string(contract.WaitForJob), func(_ context.Context, p contract.JobParams) (contract.Job, error) {
		return contract.Job{ID: p.JobID, Origin: p.Origin}, nil
	}).After(time.Minute)
	n.follows("PostJournal")
	n.on(string(contract.WaitForRun), contract.WaitForRunResult{Status: contract.RunCompleted}, nil).After(6 * time.Hour)
	n.quiet()
	n.RegisterDelayedCallback(n.CancelWorkflow, 30*time.Minute) // both are running
	err := n.execute(t, contract.ExtractInput{})
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.NoError(t, n.GetWorkflowErrorByID(journal))
	require.NoError(t, n.GetWorkflowErrorByID(contract.Run{Pipeline: "nightly-sae", JobKey: old.Key}.ID()))
}
