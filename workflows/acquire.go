package workflows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"tieout/internal/pipeline"
)

// Origins of a job.
const (
	OriginStarted = "started"
	OriginAdopted = "adopted"
	OriginGiven   = "given"
)

// acquire gets the run its job: given, picked up, or started at most once (DESIGN §5.1).
func (r *extractRun) acquire(ctx workflow.Context) (jobID, origin string, err error) {
	switch {
	case r.input.JobID != "":
		return r.input.JobID, OriginGiven, nil
	case r.scope.Settings.Acquire == pipeline.AcquirePickup:
		return r.pickUp(ctx)
	}
	return r.start(ctx)
}

// pickUp waits for a completed job that nobody has landed: Concur's own schedule runs it.
func (r *extractRun) pickUp(ctx workflow.Context) (string, string, error) {
	r.tell(ctx, PhaseWaiting, "Waiting for a completed job that has not landed yet", "landing it")
	found, err := await[PickUpResult](ctx, "Look for jobs that completed and have not landed", r.scope.Settings.Poll,
		ActivityPickUp, JobParams{Scope: r.scope})
	if outOfTime(err) {
		return "", "", failure(CodeConcurDeadline, fmt.Sprintf(
			"No new completed job of definition %q within %s. Look at the job's schedule in Concur; the next run takes up what comes later.",
			r.definition, span(time.Duration(r.scope.Settings.Poll.Deadline))))
	}
	return found.JobID, OriginAdopted, err
}

// start is the start protocol: snapshot, one POST, and after an unknown outcome a look at what Concur lists.
func (r *extractRun) start(ctx workflow.Context) (string, string, error) {
	r.tell(ctx, PhaseStarting, "Starting the extract job", "waiting for it to complete")
	snapshot, err := execute[JobsSnapshot](ctx, read("Note the jobs that Concur lists before the start"),
		ActivitySnapshotJobs, SnapshotJobsParams{Scope: r.scope})
	if err != nil {
		return "", "", err
	}
	posts, refusals, attempt := 0, 0, 1
	refusedToken := false // by the last attempt
	if open := snapshot.OpenIntent; open != nil {
		jobID, again, err := r.settleOpen(ctx, *open, snapshot.Full)
		if err != nil || !again {
			return jobID, OriginAdopted, err
		}
		posts, attempt = r.posts(*open), 1+r.attempts(*open)
	}
	for ; ; attempt++ {
		posted, err := r.post(ctx, attempt, snapshot.JobIDs)
		if err != nil {
			return "", "", err
		}
		switch posted.Outcome {
		case PostCreated:
			return posted.JobID, OriginStarted, nil
		case PostConflict:
			jobID, err := r.adoptRunning(ctx, snapshot.JobIDs)
			if err != nil || jobID != "" {
				return jobID, OriginAdopted, err
			}
			refusals++ // the job that was on has gone: Concur refused plainly, so asking again is safe
		case PostNotSent, PostRefused:
			refusals++
			if posted.Auth && refusedToken {
				return "", "", failure(CodeConcurAuth, "Concur refused the start with a fresh token, and nothing was started: "+posted.Message)
			}
			refusedToken = posted.Auth
		case PostUnknown:
			posts++
			sent := workflow.Now(ctx)
			if posted.Lost {
				sent = sent.Add(startAttempt)
			}
			jobID, again, err := r.settle(ctx, unsettledStart{RunID: r.scope.RunID, Known: snapshot.JobIDs, Full: snapshot.Full,
				Sent: sent, Posts: posts, Why: posted.Message})
			r.unsettled = err != nil && !isStopped(err)
			if err != nil || !again {
				return jobID, OriginAdopted, err
			}
			continue
		}
		if refusals >= refusalsBeforeGivingUp {
			return "", "", failure(CodeConcurDeadline, fmt.Sprintf(
				"Concur did not take the job after %d attempts, and nothing was started: %s. Run again once Concur answers.", refusals, posted.Message))
		}
		pause := max(time.Duration(posted.RetryAfter)*time.Second, time.Second<<min(refusals, 8))
		r.tell(ctx, PhaseStarting, fmt.Sprintf("The job was not started (%s); trying again in %s", posted.Message, span(pause)), "starting the job")
		if err := workflow.NewTimerWithOptions(ctx, pause, workflow.TimerOptions{Summary: line("Wait %s before the job is asked for again", span(pause))}).Get(ctx, nil); err != nil {
			return "", "", err
		}
	}
}

// post makes one attempt at the POST. A worker that died on the way leaves an unknown outcome, unless the fence
// proves that the attempt was never sent.
func (r *extractRun) post(ctx workflow.Context, attempt int, known []string) (StartJobResult, error) {
	r.unsettled = true // until there is an answer
	posted, err := execute[StartJobResult](ctx, post(r.asking(attempt)), ActivityStartJob,
		StartJobParams{Scope: r.scope, Attempt: attempt, JobIDs: known})
	if err == nil || !died(err) || hasCode(err) {
		r.unsettled = posted.Outcome == PostUnknown || err != nil && !hasCode(err)
		return posted, err
	}
	fence, fenceErr := execute[FenceStartResult](ctx, read("See whether the lost start can have been sent"),
		ActivityFenceStart, FenceStartParams{Scope: r.scope, Attempt: attempt})
	if fenceErr != nil {
		return StartJobResult{}, fenceErr
	}
	if fence.NeverSent {
		r.unsettled = false
		return StartJobResult{Outcome: PostNotSent, Message: "the worker stopped before it asked Concur"}, nil
	}
	return StartJobResult{Outcome: PostUnknown, Lost: true, Message: "the worker stopped while it asked Concur"}, nil
}

// asking says which attempt at a start it is.
func (r *extractRun) asking(attempt int) string {
	if attempt == 1 {
		return line("Ask Concur to start the job of %s, once", r.definition)
	}
	return line("Ask Concur to start the job of %s, attempt %d", r.definition, attempt)
}

// adoptRunning finds the job that made Concur answer 409; none when it has ended meanwhile without being new.
func (r *extractRun) adoptRunning(ctx workflow.Context, known []string) (string, error) {
	found, err := r.find(ctx, "Find the job that is on already", FindStartedParams{
		Scope: r.scope, RunID: r.scope.RunID, Known: known, Until: workflow.Now(ctx), Running: true})
	if err != nil || len(found.JobIDs) == 0 {
		return "", err
	}
	if len(found.JobIDs) == 1 {
		return found.JobIDs[0], nil
	}
	jobID, _, err := r.askPerson(ctx, "A job was on already, and Concur now lists several: "+strings.Join(found.JobIDs, ", "))
	return jobID, err
}

// attempts is how many intents this run wrote before it was reset.
func (r *extractRun) attempts(open OpenIntent) int {
	if open.RunID == r.scope.RunID {
		return open.Attempts
	}
	return 0
}

// posts is what an open start counts for: the first POST, or all that this run made before it was reset.
func (r *extractRun) posts(open OpenIntent) int { return max(1, r.attempts(open)) }

// settleOpen settles the start that an earlier run for this date, or this one before it was reset, left open.
func (r *extractRun) settleOpen(ctx workflow.Context, open OpenIntent, full bool) (jobID string, again bool, err error) {
	r.unsettled = r.attempts(open) > 0
	jobID, again, err = r.settle(ctx, unsettledStart{
		// Its worker may be alive without anybody listening to it, and have the POST still to make.
		RunID: open.RunID, Known: open.JobIDs, Full: full, Sent: open.At.Add(startAttempt), Posts: r.posts(open),
		Why: fmt.Sprintf("run %s meant to start a job at %s and left no answer", open.RunID, moment(open.At)),
	})
	if err == nil || isStopped(err) {
		r.unsettled, r.scope.Settled = false, open.Runs
	}
	return jobID, again, err
}

// unsettledStart is a start whose outcome is not known.
type unsettledStart struct {
	RunID string
	// Known are the jobs that were there before it; Full says that Concur listed no more than it can.
	Known []string
	Full  bool
	// Sent is when its POST has reached Concur at the latest, if it does at all.
	Sent time.Time
	// Posts counts the POSTs made so far.
	Posts int
	Why   string
}

// settle decides after an unknown outcome: exactly one new job is adopted, none allows another POST while fewer
// than MaxPosts were made, anything else is for a person.
func (r *extractRun) settle(ctx workflow.Context, start unsettledStart) (jobID string, again bool, err error) {
	until := start.Sent.Add(time.Duration(r.scope.Settings.Poll.Visibility))
	r.tell(ctx, PhaseStarting, fmt.Sprintf("The outcome of the start is not known (%s); looking for the job until %s",
		start.Why, until.UTC().Format(time.TimeOnly)), "adopting the job once Concur lists it")
	found, err := r.find(ctx, "Look for the job that may have been started", FindStartedParams{
		Scope: r.scope, RunID: start.RunID, Known: start.Known, Until: until})
	switch {
	case err != nil:
		return "", false, err
	case len(found.JobIDs) == 1:
		return found.JobIDs[0], false, nil
	case len(found.JobIDs) > 1:
		return r.askPerson(ctx, "Several new jobs appeared after the start: "+strings.Join(found.JobIDs, ", "))
	case start.Full && found.Full:
		return r.askPerson(ctx, "Concur lists 100 jobs and no new one, so a job that was started cannot be told from one that was not")
	case start.Posts >= MaxPosts:
		return r.askPerson(ctx, fmt.Sprintf("%d starts were sent, none was answered and no new job appeared until %s",
			start.Posts, until.UTC().Format(time.TimeOnly)))
	}
	return "", true, nil
}

func (r *extractRun) find(ctx workflow.Context, summary string, params FindStartedParams) (FindStartedResult, error) {
	return execute[FindStartedResult](ctx, poll(summary, pipeline.Poll{
		First: pipeline.Duration(2 * time.Second), Max: pipeline.Duration(30 * time.Second)}, longestOutage),
		ActivityFindStarted, params)
}

// askPerson waits for the update resolve-start.
func (r *extractRun) askPerson(ctx workflow.Context, why string) (jobID string, again bool, err error) {
	r.resolution = nil
	r.tell(ctx, PhaseAmbiguous, why,
		"a person decides with the update resolve-start: adopt a job, start-again, or stop (`starter resolve`)")
	r.notify(ctx, NoticeReview, CodeStartAmbiguous, why)
	if err := workflow.Await(ctx, func() bool { return r.resolution != nil }); err != nil {
		return "", false, err
	}
	decision := *r.resolution
	r.resolution, r.resolved = nil, &decision
	switch decision.Decision {
	case DecisionAdopt:
		return decision.JobID, false, nil
	case DecisionStartAgain:
		return "", true, nil
	}
	return "", false, failure(CodeStartAmbiguous, fmt.Sprintf(
		"%s stopped the run (%s). %s. Nothing is lost: should a job have been started after all, the next run lands it.", decision.By, decision.Reason, why))
}

// Decisions of the update resolve-start.
const (
	DecisionAdopt      = "adopt"
	DecisionStartAgain = "start-again"
	DecisionStop       = "stop"
)

// registerResolveStart takes the decision of a person on a start whose outcome cannot be told.
func (r *extractRun) registerResolveStart(ctx workflow.Context) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, UpdateResolveStart,
		func(ctx workflow.Context, in ResolveStartInput) (string, error) {
			if in.Decision == DecisionAdopt {
				if _, err := execute[Job](ctx, read(line("See that job %s exists", in.JobID)), ActivityDescribeJob,
					JobParams{Scope: r.scope, JobID: in.JobID}); err != nil {
					code, message := codeOf(err)
					return "", failure(code, fmt.Sprintf("job %s cannot be adopted. %s", in.JobID, message))
				}
			}
			if r.progress.Phase != PhaseAmbiguous {
				return "", fmt.Errorf("the start has been resolved meanwhile")
			}
			r.resolution = &in
			return fmt.Sprintf("Noted: %s by %s", in.Decision, in.By), nil
		},
		workflow.UpdateHandlerOptions{
			Description: `Decide on a start whose outcome is not known: adopt a job, start-again, or stop. Data: {"decision":"adopt","jobId":"the job's id","by":"your name","reason":"why"}`,
			Validator: func(ctx workflow.Context, in ResolveStartInput) error {
				switch {
				case r.progress.Phase != PhaseAmbiguous:
					return fmt.Errorf("nothing to resolve: the run is in phase %q", r.progress.Phase)
				case !slices.Contains([]string{DecisionAdopt, DecisionStartAgain, DecisionStop}, in.Decision):
					return fmt.Errorf("decision %q is none of adopt, start-again, stop", in.Decision)
				case in.Decision == DecisionAdopt && in.JobID == "":
					return fmt.Errorf("adopt needs the jobId of the job to adopt")
				case strings.TrimSpace(in.By) == "" || strings.TrimSpace(in.Reason) == "":
					return fmt.Errorf("by and reason are required: the decision stands in the evidence")
				}
				return nil
			},
		})
}
