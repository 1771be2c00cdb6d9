package contract

// Job is the extract job of a run.
type Job struct {
	ID         string `json:"id"`         // Concur's
	Definition string `json:"definition"` // the id of its extract definition
	Origin     Origin `json:"origin"`
	StartTime  string `json:"startTime,omitempty"` // RFC 3339, UTC
	StopTime   string `json:"stopTime,omitempty"`  // RFC 3339, UTC
}

// Origin is how a run got its job.
type Origin string

// Origins of a job.
const (
	OriginStarted Origin = "started" // Concur answered the run's POST with the job
	OriginAdopted Origin = "adopted" // Concur listed the job, and the run did not start another
	OriginGiven   Origin = "given"   // a person or recovery named the job
)

// JobParams names one job.
type JobParams struct {
	Scope  Scope  `json:"scope"`
	JobID  string `json:"jobId"`
	Origin Origin `json:"origin,omitempty"`
	// Attempt is the number of the attempt that Concur answered with the job.
	Attempt int `json:"attempt,omitempty"`
}

// PollGrowth is the factor by which the time between two polls grows.
const PollGrowth = 1.5

// PickUpResult names the newest completed job that has not landed. Older ones are left to recovery.
type PickUpResult struct {
	JobID string `json:"jobId"`
}
