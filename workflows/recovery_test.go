package workflows_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
)

func TestLeftOverJobsAreTakenUpOldestFirst(t *testing.T) {
	n := newNight(t).prepared().posts(created)
	var runs []string
	var jobs []contract.LeftOverJob
	for _, id := range []string{"old-1", "old-2"} {
		jobs = append(jobs, contract.LeftOverJob{ID: id, Key: contract.JobKey(id)})
		runs = append(runs, contract.Run{Pipeline: "nightly-sae", JobKey: contract.JobKey(id)}.ID())
	}
	n.on(string(contract.FindLeftOver), contract.FindLeftOverResult{Jobs: jobs}, nil).Once()
	var claimed []string
	n.on(string(contract.ClaimJob), func(_ context.Context, p contract.JobParams) (struct{}, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		claimed = append(claimed, p.Scope.WorkflowID+" "+p.JobID+" "+string(p.Origin))
		return struct{}{}, nil
	})
	n.on(string(contract.Report), func(_ context.Context, p contract.TieOutParams) (contract.ReportResult, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		result := n.result
		result.Manifest = p.Manifest
		return contract.ReportResult{Result: result}, nil
	})
	var started []string
	n.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
		if info.WorkflowType.Name == contract.TypeConcurExtract {
			started = append(started, info.WorkflowExecution.ID)
		}
	})
	n.quiet()
	result := n.run(t)
	require.Equal(t, runs, started, "each under the id of the run of its job")
	require.ElementsMatch(t, []string{nightID + " job-1 started", runs[0] + " old-1 given", runs[1] + " old-2 given"}, claimed)
	require.ElementsMatch(t, []contract.Recovered{{ID: "old-1", Manifest: "s3://b/manifest.json"}, {ID: "old-2", Manifest: "s3://b/manifest.json"}}, result.Recovered)
}
