package contract

import (
	"time"
)

// HandOverParams asks for the last objects of a run.
type HandOverParams struct {
	Scope  Scope         `json:"scope"`
	Result ExtractResult `json:"result"`
	TieOut int           `json:"tieOut"`
	At     time.Time     `json:"at"`
	// Attempts is what the run knows of the attempts of its slot.
	Attempts *Attempts `json:"attempts,omitempty"`
	// Superseded leaves the run's pointer and latest.json alone: a recheck follows.
	Superseded bool `json:"superseded,omitempty"`
}

// RecordRunParams asks for the record of a run that failed.
type RecordRunParams struct {
	Scope   Scope  `json:"scope"`
	Code    string `json:"code"`
	Message string `json:"message"`
	JobID   string `json:"jobId,omitempty"`
	// Attempts is what the run knows of the attempts of its slot.
	Attempts *Attempts `json:"attempts,omitempty"`
	// Stopped is the person who ended the run rather than let it start the job.
	Stopped *Stopped  `json:"stopped,omitempty"`
	At      time.Time `json:"at"`
}
