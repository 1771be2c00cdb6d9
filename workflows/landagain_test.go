package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// ofJob makes the bench that of the run of a job.
func (b *bench) ofJob() *bench {
	b.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: contract.Run{Pipeline: "nightly-sae", JobKey: contract.JobKey("J")}.ID(), TaskQueue: contract.TaskQueue})
	return b.prepared()
}

// lands answers landings: one that was asked for again is number 2.
func (b *bench) lands() *bench {
	on(b, contract.Land, func(_ context.Context, p contract.LandParams) (contract.Landed, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.landed = append(b.landed, p)
		b.result.Job = p.Job
		landed := contract.Landed{Manifest: "s3://b/manifest.json", JobKey: "key", Landing: 1, Files: 1, Job: p.Job}
		if p.Again != nil {
			landed.Landing = 2
		}
		return landed, nil
	})
	return b
}

// landAgain sends the update land-again now.
func (b *bench) landAgain(by, reason string) *updateAnswer {
	answer := &updateAnswer{}
	b.send(answer, contract.UpdateLandAgain, contract.LandAgainInput{By: by, Reason: reason})
	return answer
}

// A person's word that a landing is wrong counts once, with a name and a reason; the landing is made again, and what
// follows the job is started once more under an id of its own.
func TestLandAgainCountsOnce(t *testing.T) {
	b := newBench(t).ofJob().lands().quiet()
	b.settings.Next = []pipeline.Next{{Workflow: "PostJournal", TaskQueue: "ledger", When: []string{"clean"}}}
	b.RegisterWorkflowWithOptions(func(workflow.Context, contract.ExtractResult) error { return nil }, workflow.RegisterOptions{Name: "PostJournal"})
	var next []string
	b.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
		if info.WorkflowType.Name == "PostJournal" {
			next = append(next, info.WorkflowExecution.ID)
		}
	})
	var noReason, first, second *updateAnswer
	b.RegisterDelayedCallback(func() {
		noReason = b.landAgain("jane.doe", " ")
		first = b.landAgain("jane.doe", "the file was cut")
		second = b.landAgain("john", "me too")
	}, 0)
	b.ExecuteWorkflow(contract.TypeConcurExtract, contract.ExtractInput{Pipeline: "nightly-sae", JobID: "job-1"})
	require.NoError(t, b.GetWorkflowError())
	noReason.mustBeRefused(t, "required")
	first.mustBeAccepted(t)
	second.mustBeRefused(t, "jane.doe has asked for it already (the file was cut)")
	require.Len(t, b.landed, 1)
	require.Equal(t, "jane.doe", b.landed[0].Again.By)
	require.NotZero(t, b.landed[0].Again.At)
	require.Equal(t, []string{"extract/nightly-sae/job/key/again/2/next/ledger/PostJournal"}, next)
}

// Asked while the job is being landed, it is landed once more right away: the word is not lost.
func TestLandAgainDuringTheLanding(t *testing.T) {
	b := newBench(t).ofJob()
	var during *updateAnswer
	on(b, contract.Land, func(_ context.Context, p contract.LandParams) (contract.Landed, error) {
		during = b.landAgain("jane.doe", "the file was cut")
		return contract.Landed{Manifest: "s3://b/manifest.json", JobKey: "key", Landing: 1, Files: 1, Job: p.Job}, nil
	}).Once()
	b.lands().quiet()
	b.ExecuteWorkflow(contract.TypeConcurExtract, contract.ExtractInput{Pipeline: "nightly-sae", JobID: "job-1"})
	require.NoError(t, b.GetWorkflowError())
	during.mustBeAccepted(t)
	require.Len(t, b.landed, 1)
	require.NotNil(t, b.landed[0].Again)
}

// A run that has landed its job, and one that is not a job's, say what to do instead.
func TestLandAgainIsRefusedWhereItHasNoMeaning(t *testing.T) {
	b := newBench(t).ofJob().lands().quiet()
	b.settings.OnFindings = pipeline.OnFindingsHold
	b.result.Outcome, b.result.Findings.Count = contract.OutcomeFindings, 1
	answers(b, contract.Notify, contract.None{}).Maybe()
	var late *updateAnswer
	b.RegisterDelayedCallback(func() { late = b.landAgain("jane.doe", "cut") }, time.Hour)
	review := b.review(time.Hour+1, "pat", contract.DecisionReject)
	b.ExecuteWorkflow(contract.TypeConcurExtract, contract.ExtractInput{Pipeline: "nightly-sae", JobID: "job-1"})
	require.NoError(t, b.GetWorkflowError())
	late.mustBeRefused(t, `this run has landed the job, and is in phase "review": let it end, or decide on it`)
	review.mustBeAccepted(t)

	b = newBench(t).prepared().posts(created).quiet()
	var ofSlot *updateAnswer
	b.RegisterDelayedCallback(func() { ofSlot = b.landAgain("jane.doe", "cut") }, 0)
	b.run(t)
	ofSlot.mustBeRefused(t, "is not the run of a job: `tieout land PIPELINE JOB --again --reason TEXT`")
}
