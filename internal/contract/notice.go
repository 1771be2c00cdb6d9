package contract

import (
	"time"
)

// NotifyParams asks for a notice. Addresses and secrets are read from the configuration when it is sent.
type NotifyParams struct {
	// ID is the same for every attempt and every target: a receiver leaves out what it has.
	ID       string          `json:"id"`
	At       time.Time       `json:"at"`
	Target   NoticeTarget    `json:"target"`
	Scope    Scope           `json:"scope"`
	Kind     NoticeKind      `json:"kind"`
	Outcome  Outcome         `json:"outcome,omitempty"`
	Code     string          `json:"code,omitempty"`
	Message  string          `json:"message"`
	JobID    string          `json:"jobId,omitempty"`
	Findings FindingsSummary `json:"findings"`
	Report   string          `json:"report,omitempty"`
}

// NoticeTarget is one entry of a pipeline's notify, named without its address, which may be its own key.
type NoticeTarget struct {
	// Number is its place in notify, from 1.
	Number int      `json:"number"`
	Host   string   `json:"host"`
	On     []string `json:"on"`
}

// NoticeInput starts Notice.
type NoticeInput struct {
	Notice  NotifyParams   `json:"notice"`
	Targets []NoticeTarget `json:"targets"`
}
