package workflows

import (
	"fmt"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
)

// recover takes up what earlier nights left over, beside the run's own job: every completed job of the definition
// that has not landed and that no run is on becomes a child run, oldest first (DESIGN §5, "Recovery").
func (r *extractRun) recover(ctx workflow.Context, ownJob string) {
	if r.configured.JobID != "" {
		return // a run on a given job is itself a recovery, or a person's wish
	}
	r.recovering++
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { r.recovering-- }()
		found, err := execute[FindLeftOverResult](ctx, read("Look for jobs that earlier nights left over"),
			ActivityFindLeftOver, JobParams{Scope: r.scope, JobID: ownJob})
		if err != nil {
			// The next run looks again: a job that cannot be recovered now must not take this night down.
			workflow.GetLogger(ctx).Error("Looking for jobs that were left over failed", "error", err)
			return
		}
		for _, job := range found.Jobs {
			r.takeUp(ctx, job)
		}
	})
}

// takenUp is the line of a left-over job in the run that takes it up.
func (j LeftOverJob) takenUp() string {
	if j.StartTime.IsZero() {
		return "Take up a job that an earlier night left over"
	}
	return line("Take up the job left over from %s", moment(j.StartTime))
}

// takeUp starts the run of one left-over job and notes its manifest once it is done.
func (r *extractRun) takeUp(ctx workflow.Context, job LeftOverJob) {
	beyond, _ := workflow.NewDisconnectedContext(ctx) // cancelling this run does not end the other
	child := workflow.WithChildOptions(beyond, workflow.ChildWorkflowOptions{
		WorkflowID:            contract.Run{Pipeline: r.scope.Settings.Name, JobKey: job.Key}.ID(),
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		StaticSummary:         job.takenUp(),
		StaticDetails: fmt.Sprintf("The job completed in Concur, but no run brought it to a result. This one lands its files, ties them out and starts what follows, beside the run of %s for %s.\n\n- Job: `%s`\n",
			r.scope.Settings.Name, r.scope.BusinessDate, job.ID),
	})
	future := workflow.ExecuteChildWorkflow(child, TypeConcurExtract, ExtractInput{
		Pipeline: r.scope.Settings.Name, BusinessDate: r.scope.BusinessDate, JobID: job.ID})
	if err := future.GetChildWorkflowExecution().Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Info("A left-over job is being taken up already", "job", job.Key, "reason", err)
		return
	}
	r.recovering++
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { r.recovering-- }()
		var result ExtractResult
		if err := future.Get(ctx, &result); err != nil {
			workflow.GetLogger(ctx).Error("The run of a left-over job failed", "job", job.Key, "error", err)
			return
		}
		r.recovered = append(r.recovered, Recovered{ID: job.ID, Manifest: result.Manifest})
		r.progress.Recovered = r.recovered
	})
}

// awaitRecovered gives recovered jobs a moment once the run's own work is done: one that a review holds for days
// goes on by itself and must not hold up tonight's result.
func (r *extractRun) awaitRecovered(ctx workflow.Context) error {
	if r.recovering == 0 {
		return nil
	}
	r.tell(ctx, r.progress.Phase, "Waiting a moment for the jobs that were left over", "handing over")
	_, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: recoveredPatience,
		TimerOptions: workflow.TimerOptions{Summary: line("Give the jobs that were left over %s to be done too", span(recoveredPatience))}}, func() bool { return r.recovering == 0 })
	return err
}
