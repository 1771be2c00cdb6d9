package workflows_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// ofJob makes the night the run of a job.
func (n *night) ofJob() *night {
	n.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: contract.Run{Pipeline: "nightly-sae", JobKey: contract.JobKey("J")}.ID(), TaskQueue: contract.TaskQueue})
	return n.prepared()
}

// lands answers landings: the n-th that was asked for again is number n+1.
func (n *night) lands() *night {
	n.OnActivity(string(contract.Land), mock.Anything, mock.Anything).Return(func(_ context.Context, p contract.LandParams) (contract.Landed, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.landed = append(n.landed, p)
		n.result.Job = p.Job
		landed := contract.Landed{Manifest: "s3://b/manifest.json", JobKey: "key", Landing: 1, Files: 1, Job: p.Job}
		if p.Again != nil {
			landed.Landing = 2
		}
		return landed, nil
	})
	return n
}

func (n *night) landAgain(id string, callback *testsuite.TestUpdateCallback, by, reason string) {
	n.UpdateWorkflow(contract.UpdateLandAgain, id, callback, contract.LandAgainInput{By: by, Reason: reason})
}

// refusedFor expects a refusal that says why.
func refusedFor(t *testing.T, why string) *testsuite.TestUpdateCallback {
	return &testsuite.TestUpdateCallback{
		OnAccept:   func() { t.Errorf("the update was accepted: %s", why) },
		OnReject:   func(err error) { require.ErrorContains(t, err, why) },
		OnComplete: func(any, error) {},
	}
}

// A person's word that a landing is wrong counts once, with a name and a reason; the landing is made again, and what
// follows the job is started once more under an id of its own.
func TestLandAgainCountsOnce(t *testing.T) {
	n := newNight(t).ofJob().lands().quiet()
	n.settings.Next = []pipeline.Next{{Workflow: "PostJournal", TaskQueue: "ledger", When: []string{"clean"}}}
	n.RegisterWorkflowWithOptions(func(workflow.Context, contract.ExtractResult) error { return nil }, workflow.RegisterOptions{Name: "PostJournal"})
	var next []string
	n.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
		if info.WorkflowType.Name == "PostJournal" {
			next = append(next, info.WorkflowExecution.ID)
		}
	})
	n.RegisterDelayedCallback(func() {
		n.landAgain("1", refusedFor(t, "required"), "jane.doe", " ")
		n.landAgain("2", accepted(t), "jane.doe", "the file was cut")
		n.landAgain("3", refusedFor(t, "jane.doe has asked for it already (the file was cut)"), "john", "me too")
	}, 0)
	n.ExecuteWorkflow(contract.TypeConcurExtract, contract.ExtractInput{Pipeline: "nightly-sae", JobID: "job-1"})
	require.NoError(t, n.GetWorkflowError())
	require.Len(t, n.landed, 1)
	require.Equal(t, "jane.doe", n.landed[0].Again.By)
	require.NotZero(t, n.landed[0].Again.At)
	require.Equal(t, []string{"extract/nightly-sae/job/key/again/2/next/ledger/PostJournal"}, next)
}

// Asked while the job is being landed, it is landed once more right away: the word is not lost.
func TestLandAgainDuringTheLanding(t *testing.T) {
	n := newNight(t).ofJob()
	n.OnActivity(string(contract.Land), mock.Anything, mock.Anything).Return(func(_ context.Context, p contract.LandParams) (contract.Landed, error) {
		n.landAgain("during", accepted(t), "jane.doe", "the file was cut")
		return contract.Landed{Manifest: "s3://b/manifest.json", JobKey: "key", Landing: 1, Files: 1, Job: p.Job}, nil
	}).Once()
	n.lands().quiet()
	n.ExecuteWorkflow(contract.TypeConcurExtract, contract.ExtractInput{Pipeline: "nightly-sae", JobID: "job-1"})
	require.NoError(t, n.GetWorkflowError())
	require.Len(t, n.landed, 1)
	require.NotNil(t, n.landed[0].Again)
}

// A run that has landed its job, and one that is not a job's, say what to do instead.
func TestLandAgainIsRefusedWhereItHasNoMeaning(t *testing.T) {
	n := newNight(t).ofJob().lands().quiet()
	n.settings.OnFindings = pipeline.OnFindingsHold
	n.result.Outcome, n.result.Findings.Count = contract.OutcomeFindings, 1
	n.OnActivity(string(contract.Notify), mock.Anything, mock.Anything).Return(nil).Maybe()
	n.RegisterDelayedCallback(func() {
		n.landAgain("late", refusedFor(t, `this run has landed the job, and is in phase "review": let it end, or decide on it`), "jane.doe", "cut")
		n.UpdateWorkflow(contract.UpdateReview, "ok", accepted(t), contract.ReviewInput{Decision: "reject", By: "pat", Reason: "cut"})
	}, 3600e9)
	n.ExecuteWorkflow(contract.TypeConcurExtract, contract.ExtractInput{Pipeline: "nightly-sae", JobID: "job-1"})
	require.NoError(t, n.GetWorkflowError())

	n = newNight(t).prepared().posts(created).quiet()
	n.RegisterDelayedCallback(func() {
		n.landAgain("night", refusedFor(t, "is not the run of a job: `tieout land PIPELINE JOB --again --reason TEXT`"), "jane.doe", "cut")
	}, 0)
	n.run(t)
}
