package contract

// Recovered is a job of an earlier night that a run took up.
type Recovered struct {
	ID       string `json:"id"`
	Manifest string `json:"manifest"`
}

// LeftOver is a job of an earlier night that has no result yet, although it completed.
type LeftOver struct {
	ID        string `json:"id"`
	StartTime string `json:"startTime,omitempty"` // RFC 3339, UTC
	// Run is the workflow id of the run that has the job; empty where a later night is to take it up.
	Run string `json:"run,omitempty"`
	// Code is what that run failed with.
	Code string `json:"code,omitempty"`
}

// Gap is a time whose jobs nobody can name any more: newer jobs pushed them out of Concur's list before a run saw them.
type Gap struct {
	// After is when the newest job before the gap ended that is known; empty where none is.
	After string `json:"after,omitempty"` // RFC 3339, UTC
	// Before is when the oldest job started that Concur listed.
	Before string `json:"before"`
}
