package contract

import "time"

// ReconcileInput is the input of Reconcile, which ties out a landed job.
type ReconcileInput struct {
	Pipeline string `json:"pipeline"`
	Manifest string `json:"manifest"` // the URI of manifest.json
	// Scope is that of the ConcurExtract that started the tie-out. Without it the tie-out uses today's settings and hands
	// over its result itself.
	Scope *Scope `json:"scope,omitempty"`
	// LeftOver is the number of jobs of earlier nights that have not landed yet. Their batches are missing, not lost.
	LeftOver int `json:"leftOver,omitempty"`
}

// TieOutParams names a landed job and, once the tie-out is open, its number.
type TieOutParams struct {
	Scope    Scope  `json:"scope"`
	Manifest string `json:"manifest"` // the URI of manifest.json
	Number   int    `json:"number,omitempty"`
	// LeftOver is the number of jobs of earlier nights that have not landed yet.
	LeftOver int `json:"leftOver,omitempty"`
	// Owner and At make the opening repeatable: another attempt gets the number that the first one got.
	Owner string    `json:"owner,omitempty"`
	At    time.Time `json:"at,omitzero"`
}

// OpenTieOutResult gives the number of the tie-out, from 1, and what it is to read.
type OpenTieOutResult struct {
	Number int   `json:"number"`
	Files  int   `json:"files"`
	Bytes  int64 `json:"bytes"`
}

// ScanResult counts what the pass over the files found.
type ScanResult struct {
	Records int64 `json:"records"`
	Tuples  int64 `json:"tuples"` // distinct combinations of codes
}

// ReadListsResult counts what was read from Concur.
type ReadListsResult struct {
	Lists    int `json:"lists"`
	Items    int `json:"items"`
	Requests int `json:"requests"`
}

// ReportResult is the result of a tie-out that has its reports.
type ReportResult struct {
	Result ExtractResult `json:"result"`
	// ControlTotalsFail is true where control_totals is require and the totals do not agree, which ends the run.
	ControlTotalsFail bool `json:"controlTotalsFail,omitempty"`
	// ControlMessage says what does not agree.
	ControlMessage string `json:"controlMessage,omitempty"`
}

// DecideParams names a tie-out whose result carries a decision, for which its reports are written again.
type DecideParams struct {
	Scope  Scope         `json:"scope"`
	Result ExtractResult `json:"result"`
}
