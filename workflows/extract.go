package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
)

// ConcurExtract brings one slot or one job of a pipeline to its verdict: it acquires the job, waits for it, lands its
// files, ties them out, waits for a review where the settings ask for one, and hands over the result (docs/concepts.md).
// Under a workflow id that is not a run's, it is a front.
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
	definition string // the name of the extract definition in Concur
	jobKey     string // the key of the landed job
	scope      contract.Scope
	progress   contract.Progress

	resolution *contract.ResolveStartInput // a person's decision on the present ambiguous start
	resolved   *contract.ResolveStartInput // the last such decision that the run acted on
	allowed    bool                        // a person allowed the next POST
	stopped    *contract.Stopped           // a person ended the run instead of letting it start a job
	attempts   *contract.Attempts          // the attempts of the slot, once the run has read them
	decision   *contract.ReviewInput       // a person's decision on the held run
	takenUpBy  string                      // the workflow id of the run that took up this one's job in recovery
	recovery   *recovery                   // the jobs that earlier nights left over, once the run looks for them
	notices    map[contract.NoticeKind]int // how many notices of each kind were sent
	again      *contract.AskedAgain        // a person asked for another landing of the job
	landed     int                         // the number of the landing that the run ties out
}

// setup registers every handler before the first blocking call, so that no query and no update is missed.
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

// configure asks which run the workflow is, or is the front of, and records the settings that the run begins with.
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

// takenUpBy returns the workflow id of the run that started this one for a left-over job, or nothing.
func takenUpBy(info *workflow.Info) string {
	if parent := info.ParentWorkflowExecution; parent != nil {
		if _, ok := contract.ParseRun(parent.ID); ok {
			return parent.ID
		}
	}
	return ""
}

// prepare checks that Concur and S3 have what the settings name. It follows configure, so that a run which fails here
// leaves a record and tells people.
func (r *extractRun) prepare(ctx workflow.Context) error {
	prepared, err := execute(ctx, read("See that Concur has the extract and the lists, and S3 the bucket"), contract.Prepare, contract.PrepareParams{Scope: r.scope})
	if err != nil {
		return err
	}
	r.scope.DefinitionID, r.definition = prepared.DefinitionID, prepared.DefinitionName
	return nil
}

// configurationOf returns the summary of the first activity in a history.
func configurationOf(pipeline string) string {
	if pipeline == "" {
		return "Read the configuration of the one pipeline that there is"
	}
	return line("Read the configuration of %s", pipeline)
}

// newScope returns the scope of a run without the definition, which Prepare finds.
func newScope(c contract.Configured, info *workflow.Info) contract.Scope {
	return contract.Scope{Settings: c.Settings, BusinessDate: c.BusinessDate, Slot: c.Slot, ConfigHash: c.ConfigHash, Storage: c.Storage, ListsAPI: c.ListsAPI,
		Namespace: info.Namespace, WorkflowID: info.WorkflowExecution.ID, RunID: info.OriginalRunID}
}

// cameBy returns how a run got its job, for people.
func cameBy(origin contract.Origin) string {
	if origin == contract.OriginGiven {
		return "taken up by this run"
	}
	return string(origin) + " by this run"
}

// claim records which run works on the job, so that no other run takes the job for a left-over one.
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
			workflow.TimerOptions{Summary: line("Give the job %s before its status is asked for", settings.First)}).Get(ctx, nil); err != nil {
			return contract.Job{}, err
		}
	}
	job, err := await(ctx, line("Ask for the job's status until it is completed, for at most %s", settings.Deadline),
		settings, contract.WaitForJob, contract.JobParams{Scope: r.scope, JobID: jobID, Origin: origin})
	if outOfTime(err) {
		return contract.Job{}, failure(contract.CodeConcurDeadline, fmt.Sprintf(
			"Job %s did not complete within %s. Nothing is lost: once it completes, the next run lands it; `tieout run %s --date %s --job '%s'` waits for it now.",
			jobID, settings.Deadline, r.scope.Settings.Name, r.scope.BusinessDate, jobID))
	}
	return job, err
}

// land copies the job's files to S3 and has their manifest written. It repeats that where a person asks for another
// landing meanwhile.
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
			continue
		}
		r.progress.Bytes, r.progress.Files, r.jobKey, r.landed = landed.Bytes, landed.Files, landed.JobKey, landed.Landing
		return landed, nil
	}
}

// failed writes the record of a run that ended without a verdict, and tells people.
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
