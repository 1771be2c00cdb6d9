package contract

import "tieout/internal/money"

// ExtractInput starts ConcurExtract. {} is valid when exactly one pipeline is configured.
type ExtractInput struct {
	Pipeline string `json:"pipeline,omitempty"`
	// BusinessDate is yyyy-mm-dd, or yyyy-mm-ddThhmm for one firing of a schedule with several times of day. Left out, it
	// is the scheduled time's (else the start time's) date in the pipeline's zone.
	BusinessDate string `json:"businessDate,omitempty"`
	// JobID adopts a job instead of starting one.
	JobID string `json:"jobId,omitempty"`
	// Again asks for a further extract of a date that has been extracted.
	Again bool `json:"again,omitempty"`
}

// ExtractResult is what ConcurExtract returns and what result.json holds: schema 1, grown only by addition (DESIGN §3).
type ExtractResult struct {
	Schema       int             `json:"schema"`
	Pipeline     string          `json:"pipeline"`
	BusinessDate string          `json:"businessDate"`
	Outcome      Outcome         `json:"outcome"`
	Job          Job             `json:"job"`
	Manifest     string          `json:"manifest"`
	ResultURI    string          `json:"resultUri"`
	Files        []File          `json:"files"`
	Control      Control         `json:"control"`
	Findings     FindingsSummary `json:"findings"`
	Reports      Reports         `json:"reports"`
	Recovered    []Recovered     `json:"recovered"`
	// LeftOver are jobs of earlier nights that have no result yet: not taken up tonight, not done yet, or failed again. At
	// most 100 are named, the oldest.
	LeftOver []LeftOver `json:"leftOver,omitempty"`
	// Gap is a time whose jobs nobody can name, as long as Concur lists the job that it lies before.
	Gap *Gap `json:"gap,omitempty"`
	// RecoveryProblem says why the look for left-over jobs came to nothing.
	RecoveryProblem string `json:"recoveryProblem,omitempty"`
	// TieOut is the number of the tie-out that the result is of.
	TieOut int `json:"tieOut"`
	// Review is the decision that a held run was given.
	Review *Review `json:"review,omitempty"`
	// Answered is when the verdict was reached, RFC 3339, where a workflow returns what its date had come to before. The
	// object result.json never holds it.
	Answered string `json:"answered,omitempty"`
}

// Job is the extract job of a run.
type Job struct {
	ID         string `json:"id"`
	Definition string `json:"definition"`
	Origin     Origin `json:"origin"`
	StartTime  string `json:"startTime,omitempty"` // RFC 3339, UTC
	StopTime   string `json:"stopTime,omitempty"`
}

// File is one landed file of the extract.
type File struct {
	Name    string   `json:"name"`
	URI     string   `json:"uri"`
	Bytes   int64    `json:"bytes"`
	SHA256  string   `json:"sha256"`
	Records int64    `json:"records"`
	Control *Control `json:"control,omitempty"`
	// Proof says how the end of the file was proved: content-length, chunked, zip, header or twice.
	Proof string `json:"proof,omitempty"`
	// ScannedSHA256 is the hash of the bytes that the figures were made of; it is missing where a file was not tied out.
	ScannedSHA256 string `json:"scannedSha256,omitempty"`
}

// Reports says where the reports of a tie-out lie.
type Reports struct {
	JSON string `json:"json"`
	CSV  string `json:"csv"`
	HTML string `json:"html,omitempty"`
	XLSX string `json:"xlsx,omitempty"`
	// Rows is rows.csv: every affected row.
	Rows string `json:"rows,omitempty"`
	// JSONSHA256 is the hash of report.json, which names the other objects of the tie-out with theirs.
	JSONSHA256 string `json:"jsonSha256,omitempty"`
	// Link is how people reach report.html: storage.report_url filled in, else its s3:// place.
	Link string `json:"link,omitempty"`
}

// ReconcileInput starts Reconcile: the tie-out of a landed job again, with today's lists.
type ReconcileInput struct {
	Pipeline string `json:"pipeline"`
	Manifest string `json:"manifest"` // s3:// place of a manifest.json
	// Scope is given by ConcurExtract: the settings its run began with. Left out, today's are used and the tie-out
	// hands its result over itself.
	Scope *Scope `json:"scope,omitempty"`
	// LeftOver is how many jobs of earlier nights have yet to be landed: their batches are missing, and not lost.
	LeftOver int `json:"leftOver,omitempty"`
}

// Control ties the file's own figures out against what its header declares.
type Control struct {
	Records         int64        `json:"records"`
	DeclaredRecords int64        `json:"declaredRecords"`
	Total           money.Amount `json:"total"`
	DeclaredTotal   money.Amount `json:"declaredTotal"`
	Agrees          bool         `json:"agrees"`
	// Declared is false where the format has no header that declares anything; Agrees is true then.
	Declared bool `json:"declared"`
}

// FindingsSummary is what a result says of its findings: waived ones are not counted. A row counts once in Rows
// and Amounts however many findings touch it.
type FindingsSummary struct {
	Count   int            `json:"count"`
	Rows    int64          `json:"rows"`
	ByClass map[string]int `json:"byClass"`
	Amounts money.Sums     `json:"amounts"`
	Waived  int            `json:"waived"`
	// Classes counts per check and class: the run's point in the trend of later ones.
	Classes []ClassCount `json:"byCheck,omitempty"`
}

// ClassCount counts the findings of one check and class. Rows may hold a row more than once where checks meet.
type ClassCount struct {
	Check    string `json:"check"`
	Class    string `json:"class"`
	Findings int    `json:"findings"`
	Rows     int64  `json:"rows"`
}

// Recovered is a job of an earlier night that a run took up.
type Recovered struct {
	ID       string `json:"id"`
	Manifest string `json:"manifest"`
}

// LeftOver is a job of an earlier night that completed and has no result yet.
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
