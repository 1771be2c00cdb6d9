package evidence

import (
	"time"

	"tieout/internal/contract"
	"tieout/internal/extractfile"
)

// Manifest is the commit marker of a landing: what has none has not landed. It is written once, last.
type Manifest struct {
	Schema   int    `json:"schema"` // 1
	Pipeline string `json:"pipeline"`
	Job      Job    `json:"job"`
	// Raw is the file as Concur served it.
	Raw File `json:"raw"`
	// Files are the extract's files: the raw file itself, or the members of the zip in the zip's order.
	Files []File `json:"files"`
	Zip   bool   `json:"zip"`
	// CorrelationIDs are Concur's, for a support case.
	CorrelationIDs []string  `json:"correlationIds,omitempty"`
	LandedAt       time.Time `json:"landedAt"`
	Software       string    `json:"software"`
	// Again is set where a person asked for the landing.
	Again *Again `json:"again,omitempty"`
}

// Job is the extract job that a manifest is the evidence of.
type Job struct {
	ID         string          `json:"id"`
	Definition string          `json:"definition"` // the definition's id
	Origin     contract.Origin `json:"origin"`     // started, adopted or given
	StartTime  *time.Time      `json:"startTime,omitempty"`
	StopTime   *time.Time      `json:"stopTime,omitempty"`
	// DecidedBy and Reason are of the person who resolved an ambiguous start.
	DecidedBy string `json:"decidedBy,omitempty"`
	Reason    string `json:"reason,omitempty"`
}

// File is one landed object.
type File struct {
	// Name is the name as served; Key's last element is what SafeName made of it.
	Name   string `json:"name"`
	Key    string `json:"key"`
	URI    string `json:"uri"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // hex
	// Proof says how the end of the file was proved: content-length, chunked, zip, header, or twice.
	Proof  string              `json:"proof,omitempty"`
	Header *extractfile.Header `json:"header,omitempty"`
	// Refuted is true for a member of a zip that holds another number of records than its header declares.
	Refuted bool `json:"-"`
}

// Again names who had a job landed again, and why.
type Again struct {
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	// RunID is the original id of the run that landed it: its activity, made again, finds its own landing by it.
	RunID string `json:"runId"`
}

// Refused is a zip that was landed and then turned out to be none, or not the whole one: no manifest names it, and the
// next file that Concur serves is landed beside it.
type Refused struct {
	Schema int    `json:"schema"` // 1
	Raw    File   `json:"raw"`
	Why    string `json:"why"`
	// Refuted is true where a member holds another number of records than it declares: the same zip again is the truth.
	Refuted bool      `json:"refuted,omitempty"`
	At      time.Time `json:"at"`
}
