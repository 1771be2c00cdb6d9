package contract

import (
	"time"

	"tieout/internal/money"
)

// Decision is what a person decides about a run that waits for it.
type Decision string

// Decisions of the update review, on a held run, and of the update resolve-start, on an ambiguous start.
const (
	DecisionApprove Decision = "approve"
	DecisionReject  Decision = "reject"
	DecisionRecheck Decision = "recheck" // tie out again with today's lists

	DecisionAdopt      Decision = "adopt"       // take the named job as the run's own
	DecisionStartAgain Decision = "start-again" // send another POST
	DecisionStop       Decision = "stop"        // fail without another POST
)

// ReviewInput is the input of the update review.
type ReviewInput struct {
	Decision Decision `json:"decision"`
	By       string   `json:"by"`
	Reason   string   `json:"reason"`
}

// Review is a decision as the evidence keeps it, with the figures that it was given on.
type Review struct {
	Decision Decision   `json:"decision"`
	By       string     `json:"by"`
	Reason   string     `json:"reason"`
	At       string     `json:"at"`     // RFC 3339, UTC
	TieOut   int        `json:"tieOut"` // the number of the tie-out
	Findings int        `json:"findings"`
	Rows     int64      `json:"rows"`
	Amounts  money.Sums `json:"amounts"` // by currency code
}

// ResolveStartInput is the input of the update resolve-start.
type ResolveStartInput struct {
	Decision Decision `json:"decision"`
	JobID    string   `json:"jobId,omitempty"` // the job to adopt
	By       string   `json:"by"`
	Reason   string   `json:"reason"`
}

// LandAgainInput is the input of the update land-again.
type LandAgainInput struct {
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// AskedAgain is a LandAgainInput that a run accepted, and when.
type AskedAgain struct {
	LandAgainInput
	At time.Time `json:"at"`
}
