package contract

import "time"

// NoticeKind is what a notice is about.
type NoticeKind string

// Kinds of notices.
const (
	NoticeFindings NoticeKind = "findings"
	NoticeFailed   NoticeKind = "failed"
	NoticeReview   NoticeKind = "review"
	NoticeLate     NoticeKind = "late"
	// NoticeRecovery is about jobs of earlier nights. It goes to the targets that ask for failed.
	NoticeRecovery NoticeKind = "recovery"
)

// NotifyParams asks for one notice to one target. Its address and its secret are read from tieout.yaml when it is sent.
type NotifyParams struct {
	// ID is the same for every attempt and every target, so that a receiver can leave out what it has already.
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
	Report   string          `json:"report,omitempty"` // Reports.Link
}

// NoticeTarget is one entry of a pipeline's notify. It leaves out the address, which may be its own key.
type NoticeTarget struct {
	// Number is the position of the entry in notify, from 1.
	Number int      `json:"number"`
	Host   string   `json:"host"`
	On     []string `json:"on"` // kinds
}

// NoticeInput is the input of Notice. Target is empty in its notice.
type NoticeInput struct {
	Notice  NotifyParams   `json:"notice"`
	Targets []NoticeTarget `json:"targets"`
}
