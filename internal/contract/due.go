package contract

import (
	"time"
)

// DueInput starts DueCheck.
type DueInput struct {
	Pipeline string `json:"pipeline"`
}

// DueResult says whether the run was late.
type DueResult struct {
	BusinessDate string `json:"businessDate"`
	Late         bool   `json:"late"`
	Message      string `json:"message"`
}

// DueParams asks when the run that is scheduled at a time is due.
type DueParams struct {
	Pipeline string    `json:"pipeline"`
	At       time.Time `json:"at"`
}

// DuePlan says by when a run of the business date has to reach a verdict.
type DuePlan struct {
	BusinessDate string `json:"businessDate"`
	Slot         Slot   `json:"slot"`
	// At is when the schedule fires, Due by when there is to be a verdict.
	At  time.Time `json:"at"`
	Due time.Time `json:"due"`
	// Clock is Due as people read it: "07:00 on 2026-11-20, America/New_York".
	Clock   string         `json:"clock"`
	Targets []NoticeTarget `json:"targets,omitempty"`
}

// CheckDueParams asks whether a run of the business date reached a verdict in time.
type CheckDueParams struct {
	Pipeline string    `json:"pipeline"`
	Slot     Slot      `json:"slot"`
	At       time.Time `json:"at"`
	Due      time.Time `json:"due"`
	Clock    string    `json:"clock"`
}
