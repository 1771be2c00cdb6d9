package reconcile

import (
	"crypto/sha256"
	"encoding/hex"

	"tieout/internal/contract"
	"tieout/internal/extractfile"
)

// Resolved is a finding of the previous run that this one no longer has.
type Resolved struct {
	ID    string   `json:"id"`
	Check string   `json:"check"`
	Class string   `json:"class"`
	Level int      `json:"level,omitempty"`
	Path  []string `json:"path,omitempty"`
	// Since and LastSeen are the business dates of its first and its last run.
	Since    string `json:"since"`
	LastSeen string `json:"lastSeen"`
}

// classes counts the findings that are not waived; they are sorted by check and class.
func (v *Judgement) classes() []contract.ClassCount {
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

// findingID returns the first 16 hex of SHA-256 over check, class and path, each behind its length. A control finding has
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

// firstSeen gives findings the date on which an earlier run first had them, so that one that went away and came back
// keeps it. It asks seen, which passes the findings of earlier runs on, only where the previous run lacked a finding.
func (v *Judgement) firstSeen(seen func(each func(id, since string)) error) error {
	found, anyNew := make(map[string]*Finding, len(v.Findings)), false
	for i := range v.Findings {
		f := &v.Findings[i]
		found[f.ID] = f
		anyNew = anyNew || f.Status == StatusNew
	}
	if !anyNew || seen == nil {
		return nil
	}
	return seen(func(id, since string) {
		if f := found[id]; f != nil && since != "" && since < f.Since {
			f.Since = since
		}
	})
}

// resolved returns the previous findings that are not among the present ones, in their order.
func resolved(previous, present []Finding, lastSeen string) []Resolved {
	still := make(map[string]bool, len(present))
	for i := range present {
		still[present[i].ID] = true
	}
	gone := []Resolved{}
	for i := range previous {
		if f := &previous[i]; !still[f.ID] {
			gone = append(gone, Resolved{f.ID, f.Check, f.Class, f.Level, f.Path, f.Since, lastSeen})
		}
	}
	return gone
}
