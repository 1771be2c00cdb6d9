package workflows

import (
	"tieout/internal/contract"
	"tieout/internal/money"
	"tieout/internal/reconcile"
)

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
	Schema       int                       `json:"schema"`
	Pipeline     string                    `json:"pipeline"`
	BusinessDate string                    `json:"businessDate"`
	Outcome      string                    `json:"outcome"`
	Job          Job                       `json:"job"`
	Manifest     string                    `json:"manifest"`
	ResultURI    string                    `json:"resultUri"`
	Files        []File                    `json:"files"`
	Control      reconcile.Control         `json:"control"`
	Findings     reconcile.FindingsSummary `json:"findings"`
	Reports      Reports                   `json:"reports"`
	Recovered    []Recovered               `json:"recovered"`
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
	// Origin is started, adopted or given.
	Origin    string `json:"origin"`
	StartTime string `json:"startTime,omitempty"` // RFC 3339, UTC
	StopTime  string `json:"stopTime,omitempty"`
}

// File is one landed file of the extract.
type File struct {
	Name    string             `json:"name"`
	URI     string             `json:"uri"`
	Bytes   int64              `json:"bytes"`
	SHA256  string             `json:"sha256"`
	Records int64              `json:"records"`
	Control *reconcile.Control `json:"control,omitempty"`
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

// Recovered is a job of an earlier night that this run took up.
type Recovered = contract.Recovered

// LeftOver is a job of an earlier night that has no result yet.
type LeftOver = contract.LeftOver

// Gap is a time whose jobs nobody can name any more.
type Gap = contract.Gap

// ReviewInput is the update `review`.
type ReviewInput struct {
	Decision string `json:"decision"` // approve, reject or recheck
	By       string `json:"by"`
	Reason   string `json:"reason"`
}

// Review is a decision as it is kept: it names the figures that it was given on.
type Review struct {
	Decision string     `json:"decision"`
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
	Decision string `json:"decision"` // adopt, start-again or stop
	JobID    string `json:"jobId,omitempty"`
	By       string `json:"by"`
	Reason   string `json:"reason"`
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

// Progress is the answer of the query `progress`: what is going on, for people and for `tieout watch`.
type Progress struct {
	Pipeline     string `json:"pipeline"`
	BusinessDate string `json:"businessDate"`
	// Phase is one of: preparing, starting, joined, ambiguous, waiting, landing, tying-out, review, handing-over, done, failed.
	Phase string `json:"phase"`
	// Run is the workflow id of the run that a front stands before.
	Run     string `json:"run,omitempty"`
	Since   string `json:"since"` // RFC 3339
	Message string `json:"message"`
	Next    string `json:"next,omitempty"` // what comes next, or what a person has to do
	JobID   string `json:"jobId,omitempty"`
	Job     string `json:"job,omitempty"` // the job's origin
	Bytes   int64  `json:"bytes,omitempty"`
	Files   int    `json:"files,omitempty"`
	Records int64  `json:"records,omitempty"`
	Outcome string `json:"outcome,omitempty"`
	TieOut  int    `json:"tieOut,omitempty"`
	// Findings counts those that are not waived.
	Findings  int         `json:"findings,omitempty"`
	Reports   *Reports    `json:"reports,omitempty"`
	Recovered []Recovered `json:"recovered,omitempty"`
	// LeftOver, Gap and RecoveryProblem are those of the result.
	LeftOver        []LeftOver `json:"leftOver,omitempty"`
	Gap             *Gap       `json:"gap,omitempty"`
	RecoveryProblem string     `json:"recoveryProblem,omitempty"`
}
