package contract

import "time"

// MaxPosts limits the POSTs of a slot whose outcome is unknown, over all its runs. A person decides about a further one.
const MaxPosts = 2

// SnapshotJobsParams asks what Concur and the bucket know about a slot before its POST.
type SnapshotJobsParams struct {
	Scope Scope `json:"scope"`
	// Attempts is what the run already knows about the attempts of its slot.
	Attempts *Attempts `json:"attempts,omitempty"`
}

// JobsSnapshot is what Concur lists before the POST, and what the bucket holds about the slot.
type JobsSnapshot struct {
	JobIDs []string `json:"jobIds"`
	// Full is true where the list holds as many jobs as Concur shows, so that a new job pushes out an old one.
	Full bool `json:"full"`
	// Verdict is the result that the slot already has.
	Verdict *ExtractResult `json:"verdict,omitempty"`
	// Running is the workflow id of the run that has taken up the slot's job and is still running.
	Running string `json:"running,omitempty"`
	// Job is the job that the slot already has.
	Job *SlotJob `json:"job,omitempty"`
	// Attempts is the number of attempts of the slot, and Unknown holds the numbers of those without a known outcome.
	Attempts int   `json:"attempts,omitempty"`
	Unknown  []int `json:"unknown,omitempty"`
	// Open is the newest attempt, where its outcome has not been looked for yet.
	Open *OpenStart `json:"open,omitempty"`
	// Stopped is set where a person stopped the slot's last start and nothing was tried since.
	Stopped *Stopped `json:"stopped,omitempty"`
}

// SlotJob is the job that a slot already has, and how the slot got it.
type SlotJob struct {
	ID     string `json:"id"`
	Origin Origin `json:"origin"`
}

// OpenStart is an attempt whose outcome is unknown. It belongs to a run whose history is lost or that ended before it
// knew, or to this run before it was reset.
type OpenStart struct {
	RunID string `json:"runId"`
	// JobIDs are the jobs that Concur listed before that run began to start one.
	JobIDs []string  `json:"jobIds"`
	At     time.Time `json:"at"`
}

// Attempts is what a run knows about the attempts of its slot to start a job.
type Attempts struct {
	// Settled is the number of the last attempt that is settled: Concur answered it, or its job was looked for until the
	// visibility window had passed, or a person decided.
	Settled int `json:"settled"`
	// Unknown are the numbers of settled attempts that may have started a job all the same.
	Unknown []int `json:"unknown,omitempty"`
}

// Stopped is a person's decision that a run does not start a job.
type Stopped struct {
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// StartJobParams asks for the one POST of an attempt. The run knows about every attempt with a lower number.
type StartJobParams struct {
	Scope   Scope    `json:"scope"`
	Attempt int      `json:"attempt"` // from 1
	JobIDs  []string `json:"jobIds"`  // those of the snapshot
	// Unsent are the nonces of intents of this attempt that S3 may hold although no POST followed them.
	Unsent []string `json:"unsent,omitempty"`
}

// StartJobResult is the outcome of the POST.
type StartJobResult struct {
	Outcome       PostOutcome `json:"outcome"`
	JobID         string      `json:"jobId,omitempty"`
	Message       string      `json:"message,omitempty"`
	CorrelationID string      `json:"correlationId,omitempty"`
	// RetryAfter is the time in seconds that Concur asks to wait after a refusal.
	RetryAfter int `json:"retryAfter,omitempty"`
	// Code ends the run, because another attempt would get the same answer.
	Code string `json:"code,omitempty"`
	// Auth is true where Concur refused the token. The next attempt uses a new one.
	Auth bool `json:"auth,omitempty"`
	// Lost is true where the worker's answer did not arrive, so its POST may still be on its way.
	Lost bool `json:"lost,omitempty"`
	// Free is true where the attempt's number may still be free, so that the next attempt has the same number. Nonce is
	// that of the intent that S3 may hold all the same.
	Free  bool   `json:"free,omitempty"`
	Nonce string `json:"nonce,omitempty"`
	// Others is true where there are attempts of another run of the slot, or of this one before it was reset. Their
	// outcomes are looked for first.
	Others bool `json:"others,omitempty"`
}

// PostOutcome is the outcome of the one POST that starts a job.
type PostOutcome string

// Outcomes of the POST. Only unknown leaves open whether Concur started a job.
const (
	PostCreated  PostOutcome = "created"
	PostNotSent  PostOutcome = "not-sent"
	PostRefused  PostOutcome = "refused"
	PostConflict PostOutcome = "conflict" // another job of the definition is running
	PostUnknown  PostOutcome = "unknown"
)

// FenceStartParams names an attempt that a dead worker may have left behind.
type FenceStartParams struct {
	Scope   Scope    `json:"scope"`
	Attempt int      `json:"attempt"`
	Unsent  []string `json:"unsent,omitempty"`
}

// FenceStartResult says whether the attempt can still be sent.
type FenceStartResult struct {
	// NeverSent is true where there was no intent yet. The fence now stands in its place, so no POST can follow.
	NeverSent bool `json:"neverSent"`
	// Others is true where another run of the slot has the number.
	Others bool `json:"others,omitempty"`
}

// FindStartedParams asks for the job that a POST with an unknown outcome, or somebody else, started.
type FindStartedParams struct {
	Scope Scope `json:"scope"`
	// RunID is the run whose start is looked for: this one, or an earlier one that left it open.
	RunID string `json:"runId"`
	// Known are the jobs of the snapshot.
	Known []string `json:"known"`
	// Until is the end of the visibility window. Only a list that was read after it proves that there is no job, and a
	// running job that nobody has claimed is adopted only then.
	Until time.Time `json:"until"`
	// Running asks for the job that made Concur answer 409. A job of another slot is waited for until it has ended.
	Running bool `json:"running,omitempty"`
}

// FindStartedResult names the jobs that may be the one that was started.
type FindStartedResult struct {
	JobIDs []string `json:"jobIds"`
	// Lost is true where known jobs have left the list and no new one explains it, so that a job may have come and gone
	// unseen.
	Lost bool `json:"lost,omitempty"`
	// Waited is true where a job of another slot was running and has ended.
	Waited bool `json:"waited,omitempty"`
}
