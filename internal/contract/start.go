package contract

import (
	"time"
)

// SnapshotJobsParams asks for the jobs of the definition before the POST.
type SnapshotJobsParams struct {
	Scope Scope `json:"scope"`
	// Attempts is what the run knows already of the attempts of its slot.
	Attempts *Attempts `json:"attempts,omitempty"`
}

// JobsSnapshot is what Concur lists before the POST, and what the bucket tells of the slot.
type JobsSnapshot struct {
	JobIDs []string `json:"jobIds"`
	// Full is true when the list holds as many jobs as Concur shows: a new one pushes an old one out.
	Full bool `json:"full"`
	// Verdict is what the slot has come to, if it has.
	Verdict *ExtractResult `json:"verdict,omitempty"`
	// Running is the workflow id of the running run of a job of the slot.
	Running string `json:"running,omitempty"`
	// Job is the job that the slot has already.
	Job *SlotJob `json:"job,omitempty"`
	// Attempts is how many attempts the slot has had, and Unknown the numbers of those whose outcome nobody knows.
	Attempts int   `json:"attempts,omitempty"`
	Unknown  []int `json:"unknown,omitempty"`
	// Open is the newest attempt, where nobody has looked what became of it.
	Open *OpenStart `json:"open,omitempty"`
	// Stopped is who stopped the slot's last start, where nothing was tried since.
	Stopped *Stopped `json:"stopped,omitempty"`
}

// SlotJob is a job that the slot has already, and how it came to it.
type SlotJob struct {
	ID     string `json:"id"`
	Origin Origin `json:"origin"`
}

// OpenStart is an attempt whose outcome nobody knows: of a run whose history was lost, of one that ended before it knew,
// or of this run before it was reset.
type OpenStart struct {
	RunID string `json:"runId"`
	// JobIDs are those that Concur listed before the attempt's run began to start a job.
	JobIDs []string  `json:"jobIds"`
	At     time.Time `json:"at"`
}

// StartJobParams asks for the one POST of an attempt. The run knows of every attempt with a lower number.
type StartJobParams struct {
	Scope   Scope    `json:"scope"`
	Attempt int      `json:"attempt"`
	JobIDs  []string `json:"jobIds"`
	// Unsent are the nonces of notes of this attempt that S3 may hold, though nothing was sent after them.
	Unsent []string `json:"unsent,omitempty"`
}

// StartJobResult says what became of the POST.
type StartJobResult struct {
	Outcome       PostOutcome `json:"outcome"`
	JobID         string      `json:"jobId,omitempty"`
	Message       string      `json:"message,omitempty"`
	CorrelationID string      `json:"correlationId,omitempty"`
	// RetryAfter is how long Concur asks to wait after a refusal, in seconds.
	RetryAfter int `json:"retryAfter,omitempty"`
	// Code ends the run: no further attempt would be answered otherwise.
	Code string `json:"code,omitempty"`
	// Auth says that Concur refused the token: the next attempt brings a fresh one.
	Auth bool `json:"auth,omitempty"`
	// Lost says that nobody listens to the worker any more, so that its POST may still be on its way.
	Lost bool `json:"lost,omitempty"`
	// Free says that the attempt's number is not known to be taken: the next attempt has the same. Nonce is that of the
	// note that S3 may hold all the same.
	Free  bool   `json:"free,omitempty"`
	Nonce string `json:"nonce,omitempty"`
	// Others says that another run of the slot has made attempts, or this one before it was reset: what they came to is
	// looked at first.
	Others bool `json:"others,omitempty"`
}

// FenceStartParams names the attempt that a dead worker may have left behind.
type FenceStartParams struct {
	Scope   Scope    `json:"scope"`
	Attempt int      `json:"attempt"`
	Unsent  []string `json:"unsent,omitempty"`
}

// FenceStartResult says whether the attempt can no longer be sent.
type FenceStartResult struct {
	// NeverSent is true when the intent was not written yet: the fence stands in its place, so no POST follows.
	NeverSent bool `json:"neverSent"`
	// Others is true where another run of the slot has the number.
	Others bool `json:"others,omitempty"`
}

// FindStartedParams looks for the job that a POST with an unknown outcome, or somebody else, started.
type FindStartedParams struct {
	Scope Scope `json:"scope"`
	// RunID is the run whose start is looked for: this one, or one that left it open.
	RunID string `json:"runId"`
	// Known are the jobs of the snapshot.
	Known []string `json:"known"`
	// Until ends the visibility window: "none" is only concluded from a list read after it, and a running job that nobody
	// has claimed is only adopted then.
	Until time.Time `json:"until"`
	// Running looks for the job that made Concur answer 409. One of another slot is waited for until it has ended.
	Running bool `json:"running,omitempty"`
}

// FindStartedResult names the candidates.
type FindStartedResult struct {
	JobIDs []string `json:"jobIds"`
	// Lost is true where known jobs have left the list and no new one explains it: one may have come and gone unseen.
	Lost bool `json:"lost,omitempty"`
	// Waited is true where a job of another slot was running and has ended.
	Waited bool `json:"waited,omitempty"`
}

// Attempts is what a run knows of the attempts of its slot at starting the job.
type Attempts struct {
	// Settled is the number of the last attempt that needs no further look: Concur answered it, or its job was looked
	// for until the visibility window had passed, or a person decided.
	Settled int `json:"settled"`
	// Unknown are the numbers of the settled attempts that may have made a job all the same.
	Unknown []int `json:"unknown,omitempty"`
}

// Stopped is a person's decision that a run starts nothing.
type Stopped struct {
	By     string `json:"by"`
	Reason string `json:"reason"`
}
