package contract

import (
	"time"
)

// JobParams names one job.
type JobParams struct {
	Scope  Scope  `json:"scope"`
	JobID  string `json:"jobId"`
	Origin Origin `json:"origin,omitempty"`
	// Attempt is the attempt that Concur answered with the job.
	Attempt int `json:"attempt,omitempty"`
}

// PickUpResult names the newest completed job that has not landed; older ones are left over, and recovered.
type PickUpResult struct {
	JobID string `json:"jobId"`
}

// FindLeftOverResult names the completed jobs that need a run, oldest first.
type FindLeftOverResult struct {
	Jobs []LeftOverJob `json:"jobs"`
	// Gap is a time whose jobs nobody can name, as long as Concur lists the job that it lies before.
	Gap *Gap `json:"gap,omitempty"`
	// GapFound is true for the run that found it, which tells people.
	GapFound bool `json:"gapFound,omitempty"`
}

// LeftOverJob is a completed job that has not landed or has no result.
type LeftOverJob struct {
	ID  string `json:"id"`
	Key string `json:"key"`
	// StartTime is when Concur says that it started.
	StartTime time.Time `json:"startTime,omitzero"`
}
