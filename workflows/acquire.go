package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
	"tieout/internal/wording"
)

// acquired is the job of a run, or the verdict that its slot got meanwhile.
type acquired struct {
	jobID   string
	origin  contract.Origin
	attempt int // the number of the attempt that Concur answered with the job
	verdict *contract.ExtractResult
}

// acquire returns the job of the run. The job was given, belongs to the slot already, is picked up, or is started at most
// once (docs/start-protocol.md).
func (r *extractRun) acquire(ctx workflow.Context) (acquired, error) {
	if r.configured.JobID != "" {
		return acquired{jobID: r.configured.JobID, origin: contract.OriginGiven}, nil
	}
	for s := (starting{extractRun: r}); ; {
		snapshot, err := r.snapshot(ctx)
		switch {
		case err != nil:
			return acquired{}, err
		case snapshot.Verdict != nil:
			return acquired{verdict: snapshot.Verdict}, nil
		case snapshot.Job != nil:
			return acquired{jobID: snapshot.Job.ID, origin: snapshot.Job.Origin}, nil
		case snapshot.Running != "":
			r.tell(ctx, contract.PhaseWaiting, "Waiting for the run "+snapshot.Running+", which has taken up the job of the date", "its verdict")
			if _, err := r.waitForRun(ctx, "Wait for the run "+snapshot.Running+", which has the date's job", snapshot.Running); err != nil {
				return acquired{}, err
			}
			continue
		case r.scope.Settings.Acquire == pipeline.AcquirePickup:
			return r.pickUp(ctx)
		}
		job, err := s.start(ctx, snapshot)
		if err != nil || job.jobID != "" {
			return job, err
		}
	}
}

// snapshot reads Concur's jobs and the slot's state in the bucket, and remembers the attempts that were made before.
func (r *extractRun) snapshot(ctx workflow.Context) (contract.JobsSnapshot, error) {
	r.tell(ctx, contract.PhaseStarting, "Looking at the jobs of the definition and at earlier starts", "starting the extract job")
	snapshot, err := execute(ctx, read("Note the jobs that Concur lists, and what the date has come to"),
		contract.SnapshotJobs, contract.SnapshotJobsParams{Scope: r.scope, Attempts: r.attempts})
	if err != nil {
		return snapshot, err
	}
	r.attempts = &contract.Attempts{Settled: snapshot.Attempts, Unknown: snapshot.Unknown}
	if snapshot.Open != nil {
		r.attempts.Settled--
	}
	return snapshot, nil
}

// pickUp waits for a completed job that nobody has landed. Concur's own schedule starts the jobs of such a pipeline.
func (r *extractRun) pickUp(ctx workflow.Context) (acquired, error) {
	r.tell(ctx, contract.PhaseWaiting, "Waiting for a completed job that has not landed yet", "landing it")
	found, err := await(ctx, "Look for jobs that completed and have not landed", r.scope.Settings.Poll,
		contract.PickUp, contract.JobParams{Scope: r.scope})
	if outOfTime(err) {
		return acquired{}, failure(contract.CodeConcurDeadline, fmt.Sprintf(
			"No new completed job of definition %q within %s. Look at the job's schedule in Concur; the next run takes up what comes later.",
			r.definition, r.scope.Settings.Poll.Deadline))
	}
	return acquired{jobID: found.JobID, origin: contract.OriginAdopted}, err
}

// start makes one POST, and after an unknown outcome looks at what Concur lists. It returns neither a job nor an error
// where the caller must read the snapshot again, because other runs may have changed the slot while this one waited.
func (s *starting) start(ctx workflow.Context, snapshot contract.JobsSnapshot) (acquired, error) {
	if s.known == nil {
		s.known = snapshot.JobIDs
	}
	jobID, err := s.earlier(ctx, snapshot)
	if err != nil || jobID != "" {
		return acquired{jobID: jobID, origin: contract.OriginAdopted}, err
	}
	for s.attempt = snapshot.Attempts + 1; ; {
		if len(s.attempts.Unknown) >= contract.MaxPosts && !s.allowed {
			jobID, err := s.askPerson(ctx, fmt.Sprintf("%d starts were sent, none was answered and no new job appeared", len(s.attempts.Unknown)))
			if err != nil || jobID != "" {
				return acquired{jobID: jobID, origin: contract.OriginAdopted}, err
			}
		}
		posted, err := s.post(ctx, s.attempt, s.known, s.unsent)
		if err != nil || posted.Others {
			s.known, s.unsent = nil, nil
			return acquired{}, err
		}
		job, err := s.take(ctx, posted)
		if err != nil || job.jobID != "" {
			return job, err
		}
		if err := s.pause(ctx, posted); err != nil || len(s.unsent) == 0 {
			return acquired{}, err
		}
	}
}

// pause waits before the next attempt after a refusal of Concur, and fails after too many refusals.
func (s *starting) pause(ctx workflow.Context, posted contract.StartJobResult) error {
	if !s.counts {
		return nil
	}
	if s.refusals++; s.refusals >= refusalsBeforeGivingUp {
		return failure(contract.CodeConcurDeadline, fmt.Sprintf(
			"Concur did not take the job after %d attempts, and nothing was started: %s. Run again once Concur answers.", s.refusals, posted.Message))
	}
	pause := max(time.Duration(posted.RetryAfter)*time.Second, time.Second<<min(s.refusals, 8))
	s.tell(ctx, contract.PhaseStarting, fmt.Sprintf("The job was not started (%s); trying again in %s", posted.Message, wording.Span(pause)), "starting the job")
	return workflow.NewTimerWithOptions(ctx, pause, workflow.TimerOptions{Summary: line("Wait %s before the job is asked for again", wording.Span(pause))}).Get(ctx, nil)
}

// starting is the state of the start protocol within one run.
type starting struct {
	*extractRun
	known   []string // the jobs that Concur listed before the first attempt of this run
	attempt int      // the number of the present or the next attempt
	unsent  []string // the nonces of intents of this attempt that S3 may hold although no POST followed them

	refusals     int
	refusedToken bool // the last attempt failed because Concur refused the token
	counts       bool // the last answer counts as a refusal
}

// earlier settles what earlier runs of the slot left open: a person's stop, or an attempt with an unknown outcome.
func (s *starting) earlier(ctx workflow.Context, snapshot contract.JobsSnapshot) (jobID string, err error) {
	if by := snapshot.Stopped; by != nil && !s.allowed {
		jobID, err = s.askPerson(ctx, fmt.Sprintf("%s stopped the start of %s: %s", by.By, s.scope.Slot, by.Reason))
	} else if open := snapshot.Open; open != nil {
		jobID, err = s.settle(ctx, unsettledStart{
			// Its worker may still be alive and about to make the POST, although its run is gone.
			RunID: open.RunID, Known: open.JobIDs, Sent: open.At.Add(startAttempt),
			Why: fmt.Sprintf("attempt %d of the date was made at %s and left no answer", snapshot.Attempts, wording.Moment(open.At)),
		})
	}
	if err == nil {
		s.attempts.Settled = snapshot.Attempts
	}
	return jobID, err
}

// take acts on the answer to an attempt. It returns neither a job nor an error where another attempt must follow.
func (s *starting) take(ctx workflow.Context, posted contract.StartJobResult) (acquired, error) {
	attempt := s.attempt
	if s.counts = true; !posted.Free { // its number is taken
		s.attempt, s.unsent = attempt+1, nil
	} else if posted.Nonce != "" {
		s.unsent = append(s.unsent, posted.Nonce)
	}
	if posted.Outcome != contract.PostUnknown && !posted.Free {
		s.attempts.Settled = attempt
	}
	switch {
	case posted.Code != "":
		return acquired{}, failure(posted.Code, posted.Message)
	case posted.Outcome == contract.PostCreated:
		return acquired{jobID: posted.JobID, origin: contract.OriginStarted, attempt: attempt}, nil
	case posted.Outcome == contract.PostConflict:
		jobID, waited, err := s.adoptRunning(ctx)
		s.counts = !waited // Concur refused plainly, so asking again is safe
		return acquired{jobID: jobID, origin: contract.OriginAdopted}, err
	case posted.Outcome == contract.PostUnknown:
		s.counts, s.allowed = false, false
		s.attempts.Unknown = append(s.attempts.Unknown, attempt)
		sent := workflow.Now(ctx)
		if posted.Lost {
			sent = sent.Add(startAttempt)
		}
		jobID, err := s.settle(ctx, unsettledStart{RunID: s.scope.RunID, Known: s.known, Sent: sent, Why: posted.Message})
		if err == nil {
			s.attempts.Settled = attempt
		}
		return acquired{jobID: jobID, origin: contract.OriginAdopted}, err
	case posted.Auth && s.refusedToken:
		return acquired{}, failure(contract.CodeConcurAuth, "Concur refused the start with a fresh token, and nothing was started: "+posted.Message)
	}
	s.refusedToken = posted.Auth
	return acquired{}, nil
}

// post makes one attempt at the POST. If its worker died, the outcome is unknown unless the fence proves that nothing was
// sent.
func (r *extractRun) post(ctx workflow.Context, attempt int, known, unsent []string) (contract.StartJobResult, error) {
	r.tell(ctx, contract.PhaseStarting, "Starting the extract job", "waiting for it to complete")
	posted, err := execute(ctx, post(r.asking(attempt)), contract.StartJob,
		contract.StartJobParams{Scope: r.scope, Attempt: attempt, JobIDs: known, Unsent: unsent})
	if err == nil || !died(err) || hasCode(err) {
		return posted, err
	}
	fence, fenceErr := execute(ctx, read("See whether the lost start can have been sent"),
		contract.FenceStart, contract.FenceStartParams{Scope: r.scope, Attempt: attempt, Unsent: unsent})
	switch {
	case fenceErr != nil:
		return contract.StartJobResult{}, fenceErr
	case fence.NeverSent:
		return contract.StartJobResult{Outcome: contract.PostNotSent, Others: fence.Others, Message: "the worker stopped before it asked Concur"}, nil
	}
	return contract.StartJobResult{Outcome: contract.PostUnknown, Lost: true, Message: "the worker stopped while it asked Concur"}, nil
}

// asking returns the summary of an attempt in the history.
func (r *extractRun) asking(attempt int) string {
	if attempt == 1 {
		return line("Ask Concur to start the job of %s, once", r.definition)
	}
	return line("Ask Concur to start the job of %s, attempt %d", r.definition, attempt)
}

// adoptRunning finds the job that made Concur answer 409. It returns no job where that one has ended meanwhile, and
// reports whether it waited for a job of another date.
func (r *extractRun) adoptRunning(ctx workflow.Context) (jobID string, waited bool, err error) {
	settings := r.scope.Settings.Poll
	r.tell(ctx, contract.PhaseStarting, "A job of the definition is running already", "adopting it, or starting one once it has ended")
	found, err := execute(ctx, poll("Find the job that is running already", settings, time.Duration(settings.Deadline)),
		contract.FindStarted, contract.FindStartedParams{Scope: r.scope, RunID: r.scope.RunID, Running: true,
			Until: workflow.Now(ctx).Add(min(time.Duration(settings.Visibility), startAttempt))})
	switch {
	case outOfTime(err):
		return "", false, failure(contract.CodeConcurDeadline, fmt.Sprintf(
			"A job of another date was running for %s, and Concur takes no start meanwhile. Nothing was started: look at that job in Concur, then run again.", settings.Deadline))
	case err != nil, len(found.JobIDs) == 0:
		return "", found.Waited, err
	case len(found.JobIDs) == 1:
		return found.JobIDs[0], false, nil
	}
	jobID, err = r.askPerson(ctx, "A job was running already, and Concur now lists several: "+strings.Join(found.JobIDs, ", "))
	return jobID, true, err
}
