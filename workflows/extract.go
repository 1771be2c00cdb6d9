package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// ConcurExtract is one night of one pipeline: acquire the job, wait for it, land its files, tie them out, have the
// findings reviewed where that is asked for, hand over (DESIGN §5).
func ConcurExtract(ctx workflow.Context, in contract.ExtractInput) (*contract.ExtractResult, error) {
	r := &extractRun{input: in}
	if err := r.setup(ctx); err != nil {
		return nil, err
	}
	result, err := r.run(ctx)
	if err != nil {
		err = coded(err)
		r.failed(ctx, err)
		r.recoverAfterFailure(ctx, err)
		return nil, err
	}
	return r.returned(result), nil
}

// extractRun is the state of one run.
type extractRun struct {
	input      contract.ExtractInput
	configured contract.Configured
	definition string // its name in Concur
	jobKey     string // of the landed job
	scope      contract.Scope
	progress   contract.Progress

	resolution *contract.ResolveStartInput // what a person decided on the last ambiguous start
	resolved   *contract.ResolveStartInput // the last such decision that the run acted on
	allowed    bool                        // a person allowed the next POST
	stopped    *contract.Stopped           // who ended the run rather than let it start the job
	attempts   *contract.Attempts          // what is known of the attempts of the slot, once they have been looked at
	decision   *contract.ReviewInput       // what a person decided on a held run
	takenUpBy  string                      // the workflow id of the run that took up this one's job, which another night left over
	recovery   *recovery                   // what earlier nights left over, once the run has begun to look
	notices    map[contract.NoticeKind]int // how often people were told, by kind
	again      *contract.AskedAgain        // who had the job landed again
	landed     int                         // the number of the job's landing that the run works on
}

// setup registers every handler before the first blocking call, so that none is missed.
func (r *extractRun) setup(ctx workflow.Context) error {
	r.progress = contract.Progress{Pipeline: r.input.Pipeline, BusinessDate: r.input.BusinessDate, JobID: r.input.JobID}
	if run, ok := contract.ParseRun(workflow.GetInfo(ctx).WorkflowExecution.ID); ok {
		r.progress.Pipeline, r.progress.BusinessDate = run.Pipeline, run.Slot.Date
	}
	r.tell(ctx, contract.PhasePreparing, "Reading the configuration and looking at Concur, S3 and the lists", "starting the job")
	if err := workflow.SetQueryHandlerWithOptions(ctx, contract.QueryProgress,
		func() (contract.Progress, error) { return r.progress, nil },
		workflow.QueryHandlerOptions{Description: "What the run is doing, since when, and what comes next"}); err != nil {
		return fmt.Errorf("registering the query %s: %w", contract.QueryProgress, err)
	}
	if err := r.registerReview(ctx); err != nil {
		return fmt.Errorf("registering the update %s: %w", contract.UpdateReview, err)
	}
	if err := r.registerResolveStart(ctx); err != nil {
		return fmt.Errorf("registering the update %s: %w", contract.UpdateResolveStart, err)
	}
	if err := r.registerLandAgain(ctx); err != nil {
		return fmt.Errorf("registering the update %s: %w", contract.UpdateLandAgain, err)
	}
	return nil
}

func (r *extractRun) run(ctx workflow.Context) (*contract.ExtractResult, error) {
	if err := r.configure(ctx); err != nil {
		return nil, err
	}
	if r.isFront() {
		return r.front(ctx)
	}
	if verdict := r.configured.Verdict; verdict != nil {
		return r.answer(ctx, verdict), nil
	}
	if result, err := r.afterClaimant(ctx); err != nil || result != nil {
		return result, err
	}
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	acquired, err := r.acquire(ctx)
	if err != nil {
		return nil, err
	}
	if acquired.verdict != nil {
		return r.answer(ctx, acquired.verdict), nil
	}
	r.progress.JobID, r.progress.Job = acquired.jobID, acquired.origin
	if err := r.claim(ctx, acquired); err != nil {
		return nil, err
	}
	r.look(ctx)
	job, err := r.wait(ctx, acquired.jobID, acquired.origin)
	if err != nil {
		return nil, err
	}
	landed, err := r.land(ctx, job)
	if err != nil {
		return nil, err
	}
	result, err := r.tieOut(ctx, landed)
	if err != nil {
		return nil, err
	}
	if err := r.endRecovery(ctx); err != nil {
		return nil, err
	}
	result.Recovered = append([]contract.Recovered{}, r.progress.Recovered...)
	result.LeftOver, result.Gap, result.RecoveryProblem = r.progress.LeftOver, r.progress.Gap, r.progress.RecoveryProblem
	return r.handOver(ctx, result)
}

// configure learns which run the workflow is, or is the front of, and records the settings that it begins with.
func (r *extractRun) configure(ctx workflow.Context) error {
	info := workflow.GetInfo(ctx)
	configured, err := execute(ctx, read(configurationOf(r.progress.Pipeline)), contract.Configure, contract.ConfigureParams{
		Input: r.input, WorkflowID: info.WorkflowExecution.ID, RunID: info.OriginalRunID, TakenUpBy: takenUpBy(info), At: scheduledAt(ctx)})
	if err != nil {
		return err
	}
	r.configured = configured
	r.scope = newScope(configured, info)
	r.progress.Pipeline, r.progress.BusinessDate = configured.Settings.Name, configured.BusinessDate
	if r.isFront() {
		r.progress.Run = configured.Run
	} else if configured.JobID != "" {
		r.progress.JobID, r.progress.Job = configured.JobID, contract.OriginGiven
		r.takenUpBy = takenUpBy(info)
	}
	r.attributes(ctx, attributePipeline.ValueSet(configured.Settings.Name), attributeBusinessDate.ValueSet(configured.BusinessDate))
	return nil
}

// takenUpBy returns the id of the run of the same pipeline that has taken up the job of this one; else nothing.
func takenUpBy(info *workflow.Info) string {
	if parent := info.ParentWorkflowExecution; parent != nil {
		if _, ok := contract.ParseRun(parent.ID); ok {
			return parent.ID
		}
	}
	return ""
}

// prepare looks whether what the settings name is there: a run that fails on that has a record and tells people.
func (r *extractRun) prepare(ctx workflow.Context) error {
	prepared, err := execute(ctx, read("See that Concur has the extract and the lists, and S3 the bucket"), contract.Prepare, contract.PrepareParams{Scope: r.scope})
	if err != nil {
		return err
	}
	r.scope.DefinitionID, r.definition = prepared.DefinitionID, prepared.DefinitionName
	return nil
}

// configurationOf is the first line of a history.
func configurationOf(pipeline string) string {
	if pipeline == "" {
		return "Read the configuration of the one pipeline that there is"
	}
	return line("Read the configuration of %s", pipeline)
}

// newScope is what the activities of a run need to know of it, but for the definition.
func newScope(c contract.Configured, info *workflow.Info) contract.Scope {
	return contract.Scope{Settings: c.Settings, BusinessDate: c.BusinessDate, Slot: c.Slot, ConfigHash: c.ConfigHash, Storage: c.Storage, ListsAPI: c.ListsAPI,
		Namespace: info.Namespace, WorkflowID: info.WorkflowExecution.ID, RunID: info.OriginalRunID}
}

// cameBy says how a run came to its job.
func cameBy(origin contract.Origin) string {
	if origin == contract.OriginGiven {
		return "taken up by this run"
	}
	return string(origin) + " by this run"
}

// claim notes which run is on the job, so that no other run takes it for one that was left over.
func (r *extractRun) claim(ctx workflow.Context, job acquired) error {
	_, err := execute(ctx, read(line("Mark job %s as %s", job.jobID, cameBy(job.origin))), contract.ClaimJob,
		contract.JobParams{Scope: r.scope, JobID: job.jobID, Origin: job.origin, Attempt: job.attempt})
	return err
}

// wait polls the job until it completes.
func (r *extractRun) wait(ctx workflow.Context, jobID string, origin contract.Origin) (contract.Job, error) {
	settings := r.scope.Settings.Poll
	r.tell(ctx, contract.PhaseWaiting, "Waiting for the extract job to complete", "landing its files in S3")
	if origin == contract.OriginStarted {
		if err := workflow.NewTimerWithOptions(ctx, time.Duration(settings.First),
			workflow.TimerOptions{Summary: line("Give the job %s before its status is asked for", span(time.Duration(settings.First)))}).Get(ctx, nil); err != nil {
			return contract.Job{}, err
		}
	}
	job, err := await(ctx, line("Ask for the job's status until it is completed, for at most %s", span(time.Duration(settings.Deadline))),
		settings, contract.WaitForJob, contract.JobParams{Scope: r.scope, JobID: jobID, Origin: origin})
	if outOfTime(err) {
		return contract.Job{}, failure(contract.CodeConcurDeadline, fmt.Sprintf(
			"Job %s did not complete within %s. Nothing is lost: once it completes, the next run lands it; `tieout run %s --date %s --job '%s'` waits for it now.",
			jobID, span(time.Duration(settings.Deadline)), r.scope.Settings.Name, r.scope.BusinessDate, jobID))
	}
	return job, err
}

// land brings the job's files to S3; the manifest is the proof.
func (r *extractRun) land(ctx workflow.Context, job contract.Job) (contract.Landed, error) {
	r.tell(ctx, contract.PhaseLanding, "Streaming the job's files to S3", "tying them out")
	for {
		asked := r.again
		landed, err := execute(ctx, transfer("Land the job's files in S3, then write their manifest"),
			contract.Land, contract.LandParams{Scope: r.scope, Job: job, Resolved: r.resolved, Again: asked})
		if err != nil {
			return contract.Landed{}, err
		}
		if r.again != asked {
			continue // somebody asked for another landing meanwhile
		}
		r.progress.Bytes, r.progress.Files, r.jobKey, r.landed = landed.Bytes, landed.Files, landed.JobKey, landed.Landing
		return landed, nil
	}
}

// tieOut runs the child Reconcile and, where findings hold the run, asks for a review until there is a verdict.
func (r *extractRun) tieOut(ctx workflow.Context, landed contract.Landed) (*contract.ExtractResult, error) {
	for {
		r.tell(ctx, contract.PhaseTyingOut, "Tying codes out against Concur's lists and totals against the header", "the verdict")
		result, err := r.reconcile(ctx, landed)
		if err != nil {
			return nil, err
		}
		r.progress.Records, r.progress.TieOut = result.Control.Records, result.TieOut
		r.progress.Findings, r.progress.Reports = result.Findings.Count, &result.Reports
		r.recover(ctx)
		if result.Outcome != contract.OutcomeFindings || r.scope.Settings.OnFindings != pipeline.OnFindingsHold {
			return result, nil
		}
		recheck, err := r.hold(ctx, result)
		if err != nil || !recheck {
			return result, err
		}
	}
}

// reconcile is the tie-out of the landed job as a child workflow.
func (r *extractRun) reconcile(ctx workflow.Context, landed contract.Landed) (*contract.ExtractResult, error) {
	id := contract.TieOutID(r.scope.WorkflowID, landed.JobKey)
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: id,
		StaticSummary: line("%s %s of %s: %s, %s", r.tieOutAgain(), r.scope.Settings.Name, r.scope.BusinessDate,
			counted(landed.Files, "file", "files"), size(landed.Bytes)),
		StaticDetails: "Compares the codes in the files with Concur's lists and the totals with the files' own headers.\n\n" +
			fmt.Sprintf("- Job: `%s`\n- Manifest: `%s`\n", landed.Job.ID, landed.Manifest),
	})
	leftOver, err := r.leftOver(ctx)
	if err != nil {
		return nil, err
	}
	for {
		var result contract.ExtractResult
		err := workflow.ExecuteChildWorkflow(child, contract.TypeReconcile,
			contract.ReconcileInput{Pipeline: r.scope.Settings.Name, Manifest: landed.Manifest, Scope: &r.scope, LeftOver: leftOver}).Get(ctx, &result)
		if !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
			return &result, err
		}
		// The tie-out that the run began before it was reset is running: its end is this one's.
		end, err := r.waitForRun(ctx, "Wait for the tie-out that began before the reset", id)
		switch {
		case err != nil:
			return nil, err
		case end.Status == contract.RunCompleted:
			return end.Result, nil
		case end.Status == contract.RunFailed:
			return nil, failed(end)
		}
	}
}

// tieOutAgain tells the first tie-out of a run from those that a review asked for.
func (r *extractRun) tieOutAgain() string {
	if r.progress.TieOut == 0 {
		return "Tie out"
	}
	return "With today's lists, tie out again"
}

// failed leaves the record of a run that ended without a verdict and tells people.
func (r *extractRun) failed(ctx workflow.Context, err error) {
	code, message := codeOf(err)
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	r.tell(ctx, contract.PhaseFailed, code+": "+message, "")
	if r.scope.WorkflowID == "" || r.isFront() {
		return // nothing was begun, or another run records it
	}
	if _, recordErr := execute(ctx, read(line("Write down that the run failed: %s", code)), contract.RecordRun, contract.RecordRunParams{
		Scope: r.scope, Code: code, Message: message, JobID: r.progress.JobID, Attempts: r.attempts, Stopped: r.stopped, At: workflow.Now(ctx),
	}); recordErr != nil {
		workflow.GetLogger(ctx).Error("Writing the record of the failed run failed", "error", recordErr)
	}
	r.notify(ctx, contract.NoticeFailed, code, message)
}
