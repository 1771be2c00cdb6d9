package contract

import "tieout/internal/money"

// ReviewInput is the update `review`.
type ReviewInput struct {
	Decision Decision `json:"decision"`
	By       string   `json:"by"`
	Reason   string   `json:"reason"`
}

// Review is a decision as it is kept: it names the figures that it was given on.
type Review struct {
	Decision Decision   `json:"decision"`
	By       string     `json:"by"`
	Reason   string     `json:"reason"`
	At       string     `json:"at"`
	TieOut   int        `json:"tieOut"`
	Findings int        `json:"findings"`
	Rows     int64      `json:"rows"`
	Amounts  money.Sums `json:"amounts"`
}

// ResolveStartInput is the update `resolve-start`.
type ResolveStartInput struct {
	Decision Decision `json:"decision"`
	JobID    string   `json:"jobId,omitempty"`
	By       string   `json:"by"`
	Reason   string   `json:"reason"`
}
