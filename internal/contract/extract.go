package contract

import "tieout/internal/money"

// ExtractInput is the input of ConcurExtract. The empty object is valid where exactly one pipeline is configured.
type ExtractInput struct {
	Pipeline string `json:"pipeline,omitempty"`
	// BusinessDate is yyyy-mm-dd, or yyyy-mm-ddThhmm for one firing of a schedule with several times of day. If it is
	// empty, the date is that of the scheduled time, or else of the start time, in the pipeline's zone.
	BusinessDate string `json:"businessDate,omitempty"`
	// JobID names a job of Concur to take up instead of starting one.
	JobID string `json:"jobId,omitempty"`
	// Again asks for a further extract of a date that was extracted before.
	Again bool `json:"again,omitempty"`
}

// ExtractResult is the result of ConcurExtract and the content of result.json. Its schema is 1, and it grows only by
// addition; docs/schema/result.schema.json describes it.
type ExtractResult struct {
	Schema       int             `json:"schema"`
	Pipeline     string          `json:"pipeline"`
	BusinessDate string          `json:"businessDate"` // yyyy-mm-dd
	Outcome      Outcome         `json:"outcome"`
	Job          Job             `json:"job"`
	Manifest     string          `json:"manifest"`  // the URI of manifest.json
	ResultURI    string          `json:"resultUri"` // the URI of result.json
	Files        []File          `json:"files"`
	Control      Control         `json:"control"`
	Findings     FindingsSummary `json:"findings"`
	Reports      Reports         `json:"reports"`
	Recovered    []Recovered     `json:"recovered"`
	// LeftOver are jobs of earlier nights that have no result yet. It names the oldest 100 at most.
	LeftOver []LeftOver `json:"leftOver,omitempty"`
	// Gap is a time whose jobs cannot be named. It is set as long as Concur lists the job after it.
	Gap *Gap `json:"gap,omitempty"`
	// RecoveryProblem says why the search for left-over jobs failed.
	RecoveryProblem string `json:"recoveryProblem,omitempty"`
	// TieOut is the number of the tie-out that gave the result, from 1.
	TieOut int `json:"tieOut"`
	// Review is the decision on a run that was held.
	Review *Review `json:"review,omitempty"`
	// Answered is the time of the verdict, RFC 3339, where a workflow returns a verdict that its date had before.
	// result.json never holds it.
	Answered string `json:"answered,omitempty"`
}

// Outcome is the verdict of a run.
type Outcome string

// Outcomes of a run. A tie-out ends with one of the first three; a review turns findings into one of the others.
const (
	OutcomeClean    Outcome = "clean"
	OutcomeFindings Outcome = "findings"
	OutcomeEmpty    Outcome = "empty"
	OutcomeApproved Outcome = "approved"
	OutcomeRejected Outcome = "rejected"
)

// Outcomes returns every outcome.
func Outcomes() []Outcome {
	return []Outcome{OutcomeClean, OutcomeFindings, OutcomeEmpty, OutcomeApproved, OutcomeRejected}
}

// File is one landed file of an extract.
type File struct {
	Name    string   `json:"name"`
	URI     string   `json:"uri"`
	Bytes   int64    `json:"bytes"`
	SHA256  string   `json:"sha256"` // hex
	Records int64    `json:"records"`
	Control *Control `json:"control,omitempty"`
	// Proof says how the end of the file was proved: content-length, chunked, zip, header or twice.
	Proof string `json:"proof,omitempty"`
	// ScannedSHA256 is the hash of the bytes that the figures were made of; it is missing where a file was not tied out.
	ScannedSHA256 string `json:"scannedSha256,omitempty"`
}

// Control compares the figures of a file, or of all files, with those that the header declares.
type Control struct {
	Records         int64        `json:"records"`
	DeclaredRecords int64        `json:"declaredRecords"`
	Total           money.Amount `json:"total"`
	DeclaredTotal   money.Amount `json:"declaredTotal"`
	Agrees          bool         `json:"agrees"`
	// Declared is false where the format has no header with totals. Agrees is true then.
	Declared bool `json:"declared"`
}

// FindingsSummary counts the findings of a tie-out without the waived ones. A row counts once in Rows and in Amounts,
// however many findings it has.
type FindingsSummary struct {
	Count   int            `json:"count"`
	Rows    int64          `json:"rows"`
	ByClass map[string]int `json:"byClass"`
	Amounts money.Sums     `json:"amounts"` // by currency code
	Waived  int            `json:"waived"`
	// Classes counts by check and class. Later runs show it as a point of their trend.
	Classes []ClassCount `json:"byCheck,omitempty"`
}

// ClassCount counts the findings of one check and class. A row with several findings counts once for each.
type ClassCount struct {
	Check    string `json:"check"`
	Class    string `json:"class"`
	Findings int    `json:"findings"`
	Rows     int64  `json:"rows"`
}

// Reports holds the URIs of a tie-out's reports.
type Reports struct {
	JSON string `json:"json"`
	CSV  string `json:"csv"`
	HTML string `json:"html,omitempty"`
	XLSX string `json:"xlsx,omitempty"`
	// Rows is the URI of rows.csv, which holds every affected row.
	Rows string `json:"rows,omitempty"`
	// JSONSHA256 is the hash of report.json in hex. That object holds the hashes of the tie-out's other objects.
	JSONSHA256 string `json:"jsonSha256,omitempty"`
	// Link is how people reach report.html: a URL made of storage.report_url, or else the URI.
	Link string `json:"link,omitempty"`
}
