package contract

import "time"

// FindLeftOverResult names the completed jobs that need a run, oldest first.
type FindLeftOverResult struct {
	Jobs []LeftOverJob `json:"jobs"`
	// Gap is a time whose jobs cannot be named. It is set as long as Concur lists the job after it.
	Gap *Gap `json:"gap,omitempty"`
	// GapFound is true for the run that found the gap first. That run tells people.
	GapFound bool `json:"gapFound,omitempty"`
}

// LeftOverJob is a completed job that has not landed or has no result.
type LeftOverJob struct {
	ID  string `json:"id"`
	Key string `json:"key"` // JobKey of ID
	// StartTime is the start time that Concur gives, or zero.
	StartTime time.Time `json:"startTime,omitzero"`
}

// Recovered is a job of an earlier night that a run took up and that has a result now.
type Recovered struct {
	ID string `json:"id"`
	// Manifest is the URI of the job's manifest.json.
	Manifest string `json:"manifest"`
}

// LeftOver is a job of an earlier night that completed and has no result yet.
type LeftOver struct {
	ID        string `json:"id"`
	StartTime string `json:"startTime,omitempty"` // RFC 3339, UTC
	// Run is the workflow id of the run that took up the job. It is empty where a later night is to take it up.
	Run string `json:"run,omitempty"`
	// Code is the code with which that run failed.
	Code string `json:"code,omitempty"`
}

// Gap is a time whose jobs cannot be named any more, because newer ones pushed them out of Concur's list before a run saw
// them.
type Gap struct {
	// After is the end of the newest known job before the gap, RFC 3339 in UTC. It is empty where none is known.
	After string `json:"after,omitempty"`
	// Before is the start of the oldest job that Concur listed after the gap, RFC 3339 in UTC.
	Before string `json:"before"`
}
