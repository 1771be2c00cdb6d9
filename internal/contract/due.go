package contract

import "time"

// DueInput is the input of DueCheck.
type DueInput struct {
	Pipeline string `json:"pipeline"`
}

// DueResult says whether the run of a date was late.
type DueResult struct {
	BusinessDate string `json:"businessDate"` // yyyy-mm-dd
	Late         bool   `json:"late"`
	Message      string `json:"message"`
}

// DueParams asks when the run that is scheduled for a time is due.
type DueParams struct {
	Pipeline string    `json:"pipeline"`
	At       time.Time `json:"at"`
}

// DuePlan says by when a run of a business date must have a verdict.
type DuePlan struct {
	BusinessDate string `json:"businessDate"` // yyyy-mm-dd
	Slot         Slot   `json:"slot"`
	// At is when the schedule fires, and Due is when the verdict is due.
	At  time.Time `json:"at"`
	Due time.Time `json:"due"`
	// Clock is Due as people read it: "07:00 on 2026-11-20, America/New_York".
	Clock   string         `json:"clock"`
	Targets []NoticeTarget `json:"targets,omitempty"`
}

// CheckDueParams asks whether a run of a business date had its verdict in time. Its fields are those of the DuePlan.
type CheckDueParams struct {
	Pipeline string    `json:"pipeline"`
	Slot     Slot      `json:"slot"`
	At       time.Time `json:"at"`
	Due      time.Time `json:"due"`
	Clock    string    `json:"clock"`
}
