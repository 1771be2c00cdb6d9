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

// journal is the id of the workflow that follows the run's job.
var journal = contract.NextID("nightly-sae", contract.JobKey("job-1"), "ledger", "PostJournal")

// next has the run start a workflow with its result, and wait for it.
func (b *bench) next(outcome string) *bench {
	b.settings.Next = []pipeline.Next{{Workflow: "PostJournal", TaskQueue: "ledger", When: []string{outcome}, Wait: true}}
	return b
}

// follows registers a workflow that takes a result, and returns what it was started with.
func (b *bench) follows(name string) *[]contract.ExtractResult {
	got := &[]contract.ExtractResult{}
	b.RegisterWorkflowWithOptions(func(ctx workflow.Context, in contract.ExtractResult) error {
		*got = append(*got, in)
		return workflow.Sleep(ctx, time.Hour)
	}, workflow.RegisterOptions{Name: name})
	return got
}

func TestFindingsCanFailTheRun(t *testing.T) {
	b := newBench(t).prepared().posts(created).quiet()
	b.settings.OnFindings = pipeline.OnFindingsFail
	b.result.Outcome, b.result.Findings.Count = contract.OutcomeFindings, 2
	failed := b.fails(t, contract.CodeFindings)
	var result contract.ExtractResult
	require.NoError(t, failed.Details(&result))
	require.Equal(t, 2, result.Findings.Count)
	require.Len(t, b.handed, 1, "the verdict stands all the same")
}

func TestNextWorkflowsTakeTheResult(t *testing.T) {
	b := newBench(t).prepared().posts(created).quiet().next(string(contract.OutcomeClean))
	b.settings.Next = append(b.settings.Next, pipeline.Next{Workflow: "Alarm", TaskQueue: "ledger", When: []string{string(contract.OutcomeFindings)}})
	got := b.follows("PostJournal")
	b.ends(journal, contract.WaitForRunResult{Status: contract.RunCompleted}).Once()
	b.run(t)
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
			b := newBench(t).prepared().posts(created).quiet().next(string(contract.OutcomeClean))
			b.follows("PostJournal")
			b.ends(journal, test.end).Once()
			err := b.runAfter(t, journal, "PostJournal", contract.ExtractResult{})
			if test.code == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.says)
			require.ErrorContains(t, err, test.code)
			require.ErrorContains(t, err, "its result stands")
			require.Equal(t, test.code, b.records[0].Code)
		})
	}
}

// Cancelling a run ends it and nothing that it started.
func TestCancellingARunLeavesWhatItStarted(t *testing.T) {
	b := newBench(t).prepared().posts(created).next(string(contract.OutcomeClean))
	old := contract.LeftOverJob{ID: "old-1", Key: contract.JobKey("old-1")}
	answers(b, contract.FindLeftOver, contract.FindLeftOverResult{Jobs: []contract.LeftOverJob{old}}).Once()
	on(b, contract.WaitForJob, func(_ context.Context, p contract.JobParams) (contract.Job, error) {
		return contract.Job{ID: p.JobID, Origin: p.Origin}, nil
	}).After(time.Minute)
	b.follows("PostJournal")
	answers(b, contract.WaitForRun, contract.WaitForRunResult{Status: contract.RunCompleted}).After(6 * time.Hour)
	b.quiet()
	b.RegisterDelayedCallback(b.CancelWorkflow, 30*time.Minute) // both are running
	err := b.execute(t, contract.ExtractInput{})
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.NoError(t, b.GetWorkflowErrorByID(journal))
	require.NoError(t, b.GetWorkflowErrorByID(contract.Run{Pipeline: "nightly-sae", JobKey: old.Key}.ID()))
}
