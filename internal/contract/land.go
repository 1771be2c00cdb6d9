package contract

import (
	"time"
)

// LandParams asks for the landing of a completed job.
type LandParams struct {
	Scope Scope `json:"scope"`
	Job   Job   `json:"job"`
	// Resolved is what a person decided on the start, where it was ambiguous.
	Resolved *ResolveStartInput `json:"resolved,omitempty"`
	// Again is what a person asked for where the job's landing turned out wrong.
	Again *AskedAgain `json:"again,omitempty"`
}

// Landed is a landing that has its manifest.
type Landed struct {
	Manifest string `json:"manifest"`
	JobKey   string `json:"jobKey"`
	// Landing is its number: 1, or more for one that a person asked for again.
	Landing int   `json:"landing"`
	Bytes   int64 `json:"bytes"`
	Files   int   `json:"files"`
	// Job is the job as the manifest has it: the first run that landed it says how it was acquired.
	Job Job `json:"job"`
	// Already is true when an earlier run landed it.
	Already bool `json:"already,omitempty"`
}

// LandAgainInput is the update land-again.
type LandAgainInput struct {
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// AskedAgain is a LandAgainInput that was taken, and when.
type AskedAgain struct {
	LandAgainInput
	At time.Time `json:"at"`
}
