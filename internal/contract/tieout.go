package contract

import (
	"time"
)

// TieOutParams names a landed job and, once it is open, the number of the tie-out.
type TieOutParams struct {
	Scope    Scope  `json:"scope"`
	Manifest string `json:"manifest"`
	Number   int    `json:"number,omitempty"`
	// LeftOver is how many jobs of earlier nights have yet to be landed.
	LeftOver int `json:"leftOver,omitempty"`
	// Owner and At make the opening repeatable: an attempt that is made again gets the number it had.
	Owner string    `json:"owner,omitempty"`
	At    time.Time `json:"at,omitzero"`
}

// OpenTieOutResult is the number that the tie-out was given.
type OpenTieOutResult struct {
	Number int   `json:"number"`
	Files  int   `json:"files"`
	Bytes  int64 `json:"bytes"`
}

// ScanResult says what the pass over the files counted.
type ScanResult struct {
	Records int64 `json:"records"`
	Tuples  int64 `json:"tuples"`
}

// ReadListsResult says what was asked of Concur.
type ReadListsResult struct {
	Lists    int `json:"lists"`
	Items    int `json:"items"`
	Requests int `json:"requests"`
}

// ReportResult is a tie-out that has its reports.
type ReportResult struct {
	Result ExtractResult `json:"result"`
	// ControlTotalsFail is true when control_totals: require ends the run.
	ControlTotalsFail bool `json:"controlTotalsFail,omitempty"`
	// ControlMessage says what does not agree.
	ControlMessage string `json:"controlMessage,omitempty"`
}

// DecideParams names a tie-out whose result carries the decision.
type DecideParams struct {
	Scope  Scope         `json:"scope"`
	Result ExtractResult `json:"result"`
}
