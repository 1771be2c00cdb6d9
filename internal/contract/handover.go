package contract

import "time"

// HandOverParams asks for the last objects of a run that has its verdict.
type HandOverParams struct {
	Scope  Scope         `json:"scope"`
	Result ExtractResult `json:"result"`
	TieOut int           `json:"tieOut"` // the number of the tie-out
	At     time.Time     `json:"at"`
	// Attempts is what the run knows about its slot's attempts to start a job.
	Attempts *Attempts `json:"attempts,omitempty"`
	// Superseded leaves the run's pointer and latest.json unchanged, because a recheck follows.
	Superseded bool `json:"superseded,omitempty"`
}

// RecordRunParams asks for the record of a run that failed.
type RecordRunParams struct {
	Scope   Scope  `json:"scope"`
	Code    string `json:"code"`
	Message string `json:"message"`
	JobID   string `json:"jobId,omitempty"`
	// Attempts is what the run knows about its slot's attempts to start a job.
	Attempts *Attempts `json:"attempts,omitempty"`
	// Stopped is set where a person ended the run instead of letting it start a job.
	Stopped *Stopped  `json:"stopped,omitempty"`
	At      time.Time `json:"at"`
}
