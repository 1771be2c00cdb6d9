package workflows

import (
	"fmt"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/wording"
)

// recovery is what a run knows about the jobs that earlier nights left over, and about the runs that it started for them.
type recovery struct {
	stop    workflow.CancelFunc
	looking bool // the search is running
	found   bool // the search has succeeded
	taking  bool // jobs are taken up as soon as the search has ended
	busy    bool // some of the jobs that the run takes up have not been started yet
	jobs    []*leftOver
	gap     *contract.Gap
	problem string // why the search failed
	ended   bool   // recovery is over, and people have been told
}

// leftOver is one left-over job.
type leftOver struct {
	contract.LeftOverJob
	run      string // the workflow id of the run that took up the job
	active   bool   // that run is running and does not wait for a person
	done     bool   // that run has its verdict
	manifest string // the URI of the job's manifest, once the run is done
	code     string // the code that the run failed with
}

// look searches for left-over jobs while the run waits for its own job. The tie-out has to know that batches are missing
// because their jobs have not landed yet.
func (r *extractRun) look(ctx workflow.Context) {
	if r.configured.JobID != "" || r.recovery != nil {
		return // the run of a job is itself a recovery, or a person asked for it
	}
	ctx, stop := workflow.WithCancel(ctx)
	r.recovery = &recovery{looking: true, stop: stop}
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { r.recovery.looking = false }()
		found, err := execute(ctx, read("Look for jobs that earlier nights left over"),
			contract.FindLeftOver, contract.JobParams{Scope: r.scope, JobID: r.progress.JobID})
		if r.recovery.ended {
			return
		}
		if r.recovery.found = err == nil; err != nil {
			// The next run searches again, and this one goes on with its own job.
			code, message := codeOf(err)
			r.recovery.problem = code + ": " + message
			return
		}
		if r.recovery.gap = found.Gap; found.GapFound {
			disconnected, _ := workflow.NewDisconnectedContext(ctx) // the notice goes on when recovery ends
			r.notify(disconnected, contract.NoticeRecovery, "", gapMessage(*found.Gap))
		}
		for _, job := range found.Jobs {
			r.recovery.jobs = append(r.recovery.jobs, &leftOver{LeftOverJob: job})
		}
		r.showRecovery()
	})
}

// leftOver returns how many jobs are left over, as far as is known once the search has ended or taken too long.
func (r *extractRun) leftOver(ctx workflow.Context) (int, error) {
	if r.recovery == nil {
		return 0, nil
	}
	if r.recovery.looking {
		if _, err := awaitUntil(ctx, lookPatience, line("Give the look for left-over jobs %s", wording.Span(lookPatience)),
			func() bool { return !r.recovery.looking }); err != nil {
			return 0, err
		}
	}
	return len(r.recovery.jobs), nil
}

// recover takes up left-over jobs once the run's own tie-out has its figures. It starts the run of each job, oldest first,
// with a limit for one night and one for the same time (docs/start-protocol.md).
func (r *extractRun) recover(ctx workflow.Context) {
	r.look(ctx)
	rec := r.recovery
	if rec == nil || rec.taking || rec.ended {
		return
	}
	rec.taking, rec.busy = true, true
	ctx, stop := workflow.WithCancel(ctx)
	looked := rec.stop
	rec.stop = func() { looked(); stop() }
	workflow.Go(ctx, r.receiveWaiting)
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { rec.busy = false }()
		if err := workflow.Await(ctx, func() bool { return !rec.looking }); err != nil {
			return
		}
		for _, job := range rec.jobs[:r.tonight()] {
			if err := workflow.Await(ctx, func() bool { return rec.active() < recoveredAtOnce }); err != nil {
				return
			}
			r.takeUp(ctx, job)
		}
	})
}

// tonight returns how many of the left-over jobs the run takes up: all of them where the settings ask for older jobs.
func (r *extractRun) tonight() int {
	if r.scope.Settings.Recover != nil {
		return len(r.recovery.jobs)
	}
	return min(len(r.recovery.jobs), recoveredANight)
}

// active counts the runs that land or tie out. A run that waits for a person does not keep others from being taken up.
func (rec *recovery) active() (n int) {
	for _, job := range rec.jobs {
		if job.active {
			n++
		}
	}
	return n
}

// receiveWaiting receives the signals of runs that now wait for a person, so that others are taken up meanwhile.
func (r *extractRun) receiveWaiting(ctx workflow.Context) {
	for waiting := workflow.GetSignalChannel(ctx, contract.SignalWaiting); ; {
		var jobKey string
		waiting.Receive(ctx, &jobKey)
		for _, job := range r.recovery.jobs {
			if job.Key == jobKey {
				job.active = false
			}
		}
	}
}

// tellWaiting signals the run that took up this one's job that this one waits for a person. If that run has ended, it does
// not need to know.
func (r *extractRun) tellWaiting(ctx workflow.Context) {
	if r.takenUpBy == "" {
		return
	}
	if err := workflow.SignalExternalWorkflow(ctx, r.takenUpBy, "", contract.SignalWaiting, contract.JobKey(r.progress.JobID)).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Info("The run that took up this job has ended", "run", r.takenUpBy, "error", err)
	}
}

// returned returns the result as the workflow returns it. For a run that took up the job in recovery it leaves out the
// files, which would fill the history of that run; result.json and the manifest name them.
func (r *extractRun) returned(result *contract.ExtractResult) *contract.ExtractResult {
	if r.takenUpBy == "" {
		return result
	}
	brief := *result
	brief.Files = []contract.File{}
	return &brief
}

// takenUp returns the summary of a left-over job in the history of the run that takes it up.
func (j *leftOver) takenUp() string {
	if j.StartTime.IsZero() {
		return "Take up a job that an earlier night left over"
	}
	return line("Take up the job left over from %s", wording.Moment(j.StartTime))
}

// takeUp starts the run of one left-over job, and records how it ends.
func (r *extractRun) takeUp(ctx workflow.Context, job *leftOver) {
	id := contract.Run{Pipeline: r.scope.Settings.Name, JobKey: job.Key}.ID()
	disconnected, _ := workflow.NewDisconnectedContext(ctx) // cancelling this run does not end the other
	child := workflow.WithChildOptions(disconnected, workflow.ChildWorkflowOptions{
		WorkflowID:            id,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		StaticSummary:         job.takenUp(),
		StaticDetails: fmt.Sprintf("The job completed in Concur, but no run brought it to a result. This one lands its files, ties them out and starts what follows, beside the run of %s for %s.\n\n- Job: `%s`\n",
			r.scope.Settings.Name, r.scope.BusinessDate, job.ID),
	})
	job.active = true
	future := workflow.ExecuteChildWorkflow(child, contract.TypeConcurExtract, contract.ExtractInput{
		Pipeline: r.scope.Settings.Name, BusinessDate: r.scope.BusinessDate, JobID: job.ID})
	err := future.GetChildWorkflowExecution().Get(ctx, nil)
	switch {
	case err == nil, temporal.IsWorkflowExecutionAlreadyStartedError(err): // another run has the job already
		job.run = id
	default:
		job.code, _ = codeOf(err)
	}
	if r.showRecovery(); err != nil {
		job.active = false
		return
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		var result contract.ExtractResult
		if err := future.Get(ctx, &result); err != nil {
			job.code, _ = codeOf(err)
		} else {
			job.done, job.manifest = true, result.Manifest
		}
		job.active = false
		r.showRecovery()
	})
}

// showRecovery puts the state of the left-over jobs into the run's progress.
func (r *extractRun) showRecovery() {
	r.progress.Recovered, r.progress.LeftOver, r.progress.Gap = nil, nil, r.recovery.gap
	r.progress.RecoveryProblem = r.recovery.problem
	for _, job := range r.recovery.jobs {
		switch {
		case job.done:
			r.progress.Recovered = append(r.progress.Recovered, contract.Recovered{ID: job.ID, Manifest: job.manifest})
		case len(r.progress.LeftOver) < namedLeftOver:
			r.progress.LeftOver = append(r.progress.LeftOver, job.still())
		}
	}
}

// still returns the job as the result names one that has no result yet.
func (l *leftOver) still() contract.LeftOver {
	still := contract.LeftOver{ID: l.ID, Run: l.run, Code: l.code}
	if !l.StartTime.IsZero() {
		still.StartTime = l.StartTime.UTC().Format(time.RFC3339)
	}
	return still
}

// endRecovery waits a moment for the runs of left-over jobs once the run's own work is done. It then takes up no more, and
// tells people what is still left over. A run that is held for a review goes on by itself.
func (r *extractRun) endRecovery(ctx workflow.Context) error {
	rec := r.recovery
	if rec == nil || rec.ended {
		return nil
	}
	busy := func() bool { return rec.looking || rec.busy || rec.active() > 0 }
	if busy() {
		r.tell(ctx, r.progress.Phase, "Waiting a moment for the jobs that were left over", "handing over")
		if _, err := awaitUntil(ctx, recoveredPatience, line("Give the jobs that were left over %s to be done too", wording.Span(recoveredPatience)),
			func() bool { return !busy() }); err != nil {
			return err
		}
	}
	if !rec.found && rec.problem == "" {
		rec.problem = fmt.Sprintf("Looking for jobs that earlier nights left over was not done within %s", wording.Span(recoveredPatience))
	}
	rec.ended = true
	rec.stop()
	r.showRecovery()
	if message := rec.message(); message != "" {
		r.notify(ctx, contract.NoticeRecovery, "", message)
	}
	return nil
}

// recoverAfterFailure takes up left-over jobs after the run's own job has failed, so that several failing nights do not
// keep earlier jobs from landing.
func (r *extractRun) recoverAfterFailure(ctx workflow.Context, err error) {
	if r.progress.JobID == "" || r.isFront() || temporal.IsCanceledError(err) {
		return
	}
	r.recover(ctx)
	if r.recovery == nil || r.recovery.ended {
		return
	}
	message := r.progress.Message
	if err := r.endRecovery(ctx); err != nil {
		workflow.GetLogger(ctx).Info("The run was cancelled while it took up left-over jobs", "error", err)
	}
	r.tell(ctx, contract.PhaseFailed, message, "")
}
