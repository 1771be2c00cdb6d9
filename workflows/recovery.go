package workflows

import (
	"fmt"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
)

// recovery is what a run knows of the jobs that earlier nights left over, and of the runs that it started for them.
type recovery struct {
	stop    workflow.CancelFunc
	looking bool // the look is not done
	found   bool // the look is done, and came to something
	taking  bool // jobs are taken up, once the look is done
	busy    bool // not all of tonight's are taken up yet
	jobs    []*leftOver
	gap     *contract.Gap
	problem string // why the look came to nothing
	ended   bool   // what there is to say has been said
}

// leftOver is one left-over job.
type leftOver struct {
	contract.LeftOverJob
	run      string // the workflow id of the run that has it
	active   bool   // that run lands or ties out
	done     bool   // it has its verdict
	manifest string // then
	code     string // once it has failed
}

// look finds out what earlier nights left over, while the run's own job is waited for: its tie-out has to know that
// batches are missing because their jobs have yet to be landed.
func (r *extractRun) look(ctx workflow.Context) {
	if r.configured.JobID != "" || r.recovery != nil {
		return // a run on a given job is itself a recovery, or a person's wish
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
			// The next run looks again: a job that cannot be recovered now must not take this night down.
			code, message := codeOf(err)
			r.recovery.problem = code + ": " + message
			return
		}
		if r.recovery.gap = found.Gap; found.GapFound {
			beyond, _ := workflow.NewDisconnectedContext(ctx) // the notice goes on when the taking up ends
			r.notify(beyond, contract.NoticeRecovery, "", gapMessage(*found.Gap))
		}
		for _, job := range found.Jobs {
			r.recovery.jobs = append(r.recovery.jobs, &leftOver{LeftOverJob: job})
		}
		r.showRecovery()
	})
}

// leftOver returns how many jobs are known to be left over, once the look for them is done or has taken too long.
func (r *extractRun) leftOver(ctx workflow.Context) (int, error) {
	if r.recovery == nil {
		return 0, nil
	}
	if r.recovery.looking {
		if _, err := awaitUntil(ctx, lookPatience, line("Give the look for left-over jobs %s", span(lookPatience)),
			func() bool { return !r.recovery.looking }); err != nil {
			return 0, err
		}
	}
	return len(r.recovery.jobs), nil
}

// recover takes up what earlier nights left over, beside the run's own job and once its tie-out has its figures: oldest
// first, so many in a night and so many at once, each as the run of its job (docs/start-protocol.md).
func (r *extractRun) recover(ctx workflow.Context) {
	r.look(ctx)
	y := r.recovery
	if y == nil || y.taking || y.ended {
		return
	}
	y.taking, y.busy = true, true
	ctx, stop := workflow.WithCancel(ctx)
	looked := y.stop
	y.stop = func() { looked(); stop() }
	workflow.Go(ctx, r.heedWaiting)
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { y.busy = false }()
		if err := workflow.Await(ctx, func() bool { return !y.looking }); err != nil {
			return
		}
		for _, job := range y.jobs[:r.tonight()] {
			if err := workflow.Await(ctx, func() bool { return y.active() < recoveredAtOnce }); err != nil {
				return
			}
			r.takeUp(ctx, job)
		}
	})
}

// tonight is how many of the left-over jobs a night takes up: all of them where a person asked for older jobs.
func (r *extractRun) tonight() int {
	if r.scope.Settings.Recover != nil {
		return len(r.recovery.jobs)
	}
	return min(len(r.recovery.jobs), recoveredANight)
}

// active counts the runs that land or tie out. One that waits for a person keeps no other from being taken up.
func (y *recovery) active() (n int) {
	for _, job := range y.jobs {
		if job.active {
			n++
		}
	}
	return n
}

// heedWaiting hears which of the runs have come to wait for a person.
func (r *extractRun) heedWaiting(ctx workflow.Context) {
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

// tellWaiting lets the run that took this one's job up know that this one waits for a person. It is told without polling,
// and one that has ended meanwhile need not know.
func (r *extractRun) tellWaiting(ctx workflow.Context) {
	if r.takenUpBy == "" {
		return
	}
	if err := workflow.SignalExternalWorkflow(ctx, r.takenUpBy, "", contract.SignalWaiting, contract.JobKey(r.progress.JobID)).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Info("The run that took this job up has ended", "run", r.takenUpBy, "error", err)
	}
}

// returned is the result as it leaves the run. Many recovered jobs must not fill the history of the run that took them up:
// it needs the manifest, which names the files, as result.json does.
func (r *extractRun) returned(result *contract.ExtractResult) *contract.ExtractResult {
	if r.takenUpBy == "" {
		return result
	}
	brief := *result
	brief.Files = []contract.File{}
	return &brief
}

// takenUp returns the line of a left-over job in the run that takes it up.
func (j *leftOver) takenUp() string {
	if j.StartTime.IsZero() {
		return "Take up a job that an earlier night left over"
	}
	return line("Take up the job left over from %s", moment(j.StartTime))
}

// takeUp starts the run of one left-over job, and notes how it ends.
func (r *extractRun) takeUp(ctx workflow.Context, job *leftOver) {
	id := contract.Run{Pipeline: r.scope.Settings.Name, JobKey: job.Key}.ID()
	beyond, _ := workflow.NewDisconnectedContext(ctx) // cancelling this run does not end the other
	child := workflow.WithChildOptions(beyond, workflow.ChildWorkflowOptions{
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
	case err == nil, temporal.IsWorkflowExecutionAlreadyStartedError(err): // somebody has the job already
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

// showRecovery puts what became of left-over jobs into the run's progress.
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

// still is a job that has no result yet, as the result names it.
func (l *leftOver) still() contract.LeftOver {
	still := contract.LeftOver{ID: l.ID, Run: l.run, Code: l.code}
	if !l.StartTime.IsZero() {
		still.StartTime = l.StartTime.UTC().Format(time.RFC3339)
	}
	return still
}

// endRecovery gives recovered jobs a moment once the run's own work is done, takes up no more, and tells people what is
// still left over. One that a review holds for days goes on by itself and does not hold up tonight's result.
func (r *extractRun) endRecovery(ctx workflow.Context) error {
	y := r.recovery
	if y == nil || y.ended {
		return nil
	}
	busy := func() bool { return y.looking || y.busy || y.active() > 0 }
	if busy() {
		r.tell(ctx, r.progress.Phase, "Waiting a moment for the jobs that were left over", "handing over")
		if _, err := awaitUntil(ctx, recoveredPatience, line("Give the jobs that were left over %s to be done too", span(recoveredPatience)),
			func() bool { return !busy() }); err != nil {
			return err
		}
	}
	if !y.found && y.problem == "" {
		y.problem = fmt.Sprintf("Looking for jobs that earlier nights left over was not done within %s", span(recoveredPatience))
	}
	y.ended = true
	y.stop()
	r.showRecovery()
	if message := y.message(); message != "" {
		r.notify(ctx, contract.NoticeRecovery, "", message)
	}
	return nil
}

// recoverAfterFailure takes up left-over jobs where the run's own job came to nothing: nights that fail one after the
// other must not keep earlier jobs from landing.
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
