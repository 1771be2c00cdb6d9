package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"tieout/internal/contract"
	"tieout/internal/extractfile"
	"tieout/internal/money"
)

// TrendRuns is how many runs a trend shows.
const TrendRuns = 30

// Resolved is a finding of the previous run that is gone, as it was then.
type Resolved struct {
	ID      string     `json:"id"`
	Check   string     `json:"check"`
	Class   string     `json:"class"`
	Level   int        `json:"level,omitempty"`
	Path    []string   `json:"path,omitempty"`
	File    string     `json:"file,omitempty"`
	Rows    int64      `json:"rows"`
	Amounts money.Sums `json:"amounts"`
	Since   string     `json:"since"`
}

// TrendPoint is one run in the trend; waived findings are not counted.
type TrendPoint struct {
	BusinessDate string `json:"businessDate"`
	Findings     int    `json:"findings"`
	Rows         int64  `json:"rows"`
	// Classes counts per check and class, in the order of the findings.
	Classes []contract.ClassCount `json:"classes,omitempty"`
}

// TrendPoint returns the verdict's own point, once Affected was applied.
func (v *Verdict) TrendPoint(businessDate string) TrendPoint {
	return TrendPoint{BusinessDate: businessDate, Findings: v.Summary.Count, Rows: v.Summary.Rows, Classes: v.Summary.Classes}
}

// classes counts the findings that are not waived; they are sorted by check and class.
func (v *Verdict) classes() []contract.ClassCount {
	var counts []contract.ClassCount
	for i := range v.Findings {
		f := &v.Findings[i]
		if f.Waived != nil {
			continue
		}
		if n := len(counts); n == 0 || counts[n-1].Check != f.Check || counts[n-1].Class != f.Class {
			counts = append(counts, contract.ClassCount{Check: f.Check, Class: f.Class})
		}
		last := &counts[len(counts)-1]
		last.Findings++
		last.Rows += f.Rows
	}
	return counts
}

// findingID is the first 16 hex of SHA-256 over check, class and path, each behind its length. A control finding has
// its file's name for a path, if the job has several files: the one file of a job is named differently every night.
func findingID(f *Finding) string {
	parts := append([]string{f.Check, f.Class}, f.Path...)
	if f.Check == CheckControl {
		parts = append(parts, f.File)
	}
	sum := sha256.Sum256([]byte(extractfile.Key(parts)))
	return hex.EncodeToString(sum[:])[:16]
}

// setStatus compares a finding with the previous run's, given as id -> since.
func setStatus(f *Finding, previous map[string]string, businessDate string) {
	f.Status, f.Since = StatusNew, businessDate
	if since, known := previous[f.ID]; known {
		f.Status = StatusRepeated
		if since != "" {
			f.Since = since
		}
	}
}

// AnyNew reports whether the previous run lacked one of the findings: earlier runs may know since when it is there.
func (v *Verdict) AnyNew() bool {
	return slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Status == StatusNew })
}

// SeenBefore returns a function that takes the findings of earlier runs, id and first-seen date, in any order: a
// finding that went away and came back keeps the date on which it was first seen.
func (v *Verdict) SeenBefore() func(id, since string) {
	found := make(map[string]int, len(v.Findings))
	for i := range v.Findings {
		found[v.Findings[i].ID] = i
	}
	return func(id, since string) {
		if i, here := found[id]; here && since != "" && since < v.Findings[i].Since {
			v.Findings[i].Since = since
		}
	}
}

// resolved lists the previous findings that are not among the present ones, in their order.
func resolved(previous, present []Finding) []Resolved {
	if len(previous) == 0 {
		return []Resolved{}
	}
	still := make(map[string]bool, len(present))
	for i := range present {
		still[present[i].ID] = true
	}
	gone := []Resolved{}
	for i := range previous {
		if f := &previous[i]; !still[f.ID] {
			gone = append(gone, Resolved{ID: f.ID, Check: f.Check, Class: f.Class, Level: f.Level, Path: f.Path, File: f.File, Rows: f.Rows, Amounts: f.Amounts, Since: f.Since})
		}
	}
	return gone
}
