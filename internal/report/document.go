// Package report writes what people and programs read of a tie-out: report.json, findings.csv, rows.csv, report.html,
// report.xlsx and the summary on a terminal. It writes to io.Writers and knows neither S3 nor Temporal nor HTTP.
//
// Every text in a Document may come from outside and be hostile. JSON and CSV keep it whole (CSV with a guard against
// formulas); HTML, XLSX and terminal show its invisible characters, HTML and terminal shorten it too.
package report

import (
	"tieout/internal/contract"
	"tieout/internal/money"
	"tieout/internal/reconcile"
)

// Schema is the version of report.json; it grows by addition only (docs/schema/report.schema.json).
const Schema = 1

// Document is report.json. All times are RFC 3339 in UTC, all dates yyyy-mm-dd.
type Document struct {
	Schema   int                  `json:"schema"`
	Run      Run                  `json:"run"`
	Job      contract.Job         `json:"job"`
	Outcome  contract.Outcome     `json:"outcome"`
	Control  reconcile.Control    `json:"control"`
	Findings []reconcile.Finding  `json:"findings"`
	Resolved []reconcile.Resolved `json:"resolved"`
	Lists    []ListUsed           `json:"lists"`
	Evidence Evidence             `json:"evidence"`

	Summary contract.FindingsSummary `json:"summary"`
	// Checks says what each check of the configuration looked at, in its order.
	Checks []reconcile.CheckUsed `json:"checks"`
	// Review is the decision that a held run was given, once there is one.
	Review *contract.Review `json:"review,omitempty"`
	// Rechecks are the tie-outs again that people asked for before this one, oldest first.
	Rechecks []Recheck `json:"rechecks,omitempty"`
	// Trend holds the last runs of the pipeline, oldest first, this one last; at most 30 are shown.
	Trend []TrendPoint `json:"trend"`
	Links Links        `json:"links"`
}

// Run is the run that the tie-out belongs to.
type Run struct {
	Pipeline     string `json:"pipeline"`
	BusinessDate string `json:"businessDate"`
	// TieOut is the number of the tie-out of its job, from 1.
	TieOut     int    `json:"tieOut"`
	TiedOutAt  string `json:"tiedOutAt"`
	WorkflowID string `json:"workflowId,omitempty"`
	RunID      string `json:"runId,omitempty"`
}

// ListUsed is a list as it was read for this tie-out.
type ListUsed struct {
	Name string `json:"name"`
	// API is v1 or v4; ID is the list's id there.
	API    string `json:"api"`
	ID     string `json:"id"`
	Levels int    `json:"levels"`
	// Items counts the items that were read: the branches that the file asks for, not the whole list.
	Items    int64  `json:"items"`
	Requests int64  `json:"requests"`
	ReadAt   string `json:"readAt"`
	// URI and SHA256 are those of the snapshot that is kept as evidence.
	URI    string `json:"uri,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	// Doubles are codes that stand more than once under one parent, a defect of the list: the first MostDoubles of
	// DoubleCount.
	Doubles     []reconcile.Double `json:"doubles,omitempty"`
	DoubleCount int                `json:"doubleCount,omitempty"`
}

// MostDoubles is how many doubles of a list the report names.
const MostDoubles = 20

// Evidence leads from the figures back to the bytes.
type Evidence struct {
	// Manifest is the URI of the landing's manifest.json.
	Manifest string `json:"manifest"`
	// Raw is the file as Concur served it, when the files were members of a zip.
	Raw   *contract.File  `json:"raw,omitempty"`
	Files []contract.File `json:"files"`
	// Objects are the other objects of the tie-out, as they were read or written when this document was made.
	Objects []Object `json:"objects,omitempty"`
	// Config is the SHA-256 of the configuration that the run began with.
	Config         string         `json:"config"`
	Software       string         `json:"software"`
	Start          *StartDecision `json:"start,omitempty"`
	CorrelationIDs []string       `json:"correlationIds,omitempty"`
	LandedAt       string         `json:"landedAt,omitempty"`
	ScannedAt      string         `json:"scannedAt,omitempty"`
	// LandedAgain names who had the job landed again, where the files are not those of its first landing.
	LandedAgain *LandedAgain `json:"landedAgain,omitempty"`
}

// LandedAgain is a person's word that an earlier landing of the job was wrong.
type LandedAgain struct {
	By     string `json:"by"`
	Reason string `json:"reason"`
	At     string `json:"at"`
}

// Object is one object in the bucket.
type Object struct {
	URI    string `json:"uri"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// StartDecision says how the run came by its job.
type StartDecision struct {
	// Decision is one sentence, such as "Started: Concur answered 201" or "Adopted: the one job that was not there before".
	Decision string `json:"decision"`
	// By and Reason are set where a person decided.
	By     string `json:"by,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Recheck is a decision to tie out again, with the figures that it was given on and those that it came to.
type Recheck struct {
	contract.Review
	Then Figures `json:"then"`
}

// Figures are what a tie-out came to.
type Figures struct {
	TieOut   int        `json:"tieOut"`
	Findings int        `json:"findings"`
	Rows     int64      `json:"rows"`
	Amounts  money.Sums `json:"amounts"`
}

// TrendRuns is how many runs a trend shows.
const TrendRuns = 30

// TrendPoint is one run in the trend of its pipeline; waived findings are not counted.
type TrendPoint struct {
	BusinessDate string `json:"businessDate"`
	Findings     int    `json:"findings"`
	Rows         int64  `json:"rows"`
	// ByCheck counts findings by check and class.
	ByCheck map[string]map[string]int `json:"byCheck,omitempty"`
}

// NewTrendPoint returns the point of a run that came to a summary.
func NewTrendPoint(businessDate string, s contract.FindingsSummary) TrendPoint {
	p := TrendPoint{BusinessDate: businessDate, Findings: s.Count, Rows: s.Rows, ByCheck: map[string]map[string]int{}}
	for _, c := range s.Classes {
		if p.ByCheck[c.Check] == nil {
			p.ByCheck[c.Check] = map[string]int{}
		}
		p.ByCheck[c.Check][c.Class] = c.Findings
	}
	return p
}

// Links holds where each report is: an https:// or s3:// URI, or a path, and empty where there is none.
type Links struct {
	JSON     string `json:"json,omitempty"`
	HTML     string `json:"html,omitempty"`
	XLSX     string `json:"xlsx,omitempty"`
	Findings string `json:"findings,omitempty"` // findings.csv
	Rows     string `json:"rows,omitempty"`     // rows.csv
	Result   string `json:"result,omitempty"`
}
