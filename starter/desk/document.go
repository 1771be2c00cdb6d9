package desk

import (
	"time"

	"tieout/internal/reconcile"
	"tieout/internal/report"
)

// document is the report of a tie-out at the desk: no job, no evidence in S3, no earlier runs.
func (t *TiedOut) document(scanned []reconcile.FileSummary, evidence []report.File, lists []report.ListUsed) *report.Document {
	v := t.verdict
	at := t.in.Now.UTC().Format(time.RFC3339)
	v.Summary.Classes = v.TrendPoint(t.in.BusinessDate).Classes
	doc := &report.Document{
		Schema: report.Schema, Outcome: v.Outcome, Findings: v.Findings, Summary: v.Summary,
		Run:      report.Run{Pipeline: t.in.Pipeline.Name, BusinessDate: t.in.BusinessDate, TieOut: 1, TiedOutAt: at},
		Job:      report.Job{Origin: "given"},
		Control:  report.Control{Control: v.Control, Files: []report.FileControl{}},
		Resolved: []report.Resolved{}, Lists: lists, Checks: []report.CheckUsed{}, Trend: []report.TrendPoint{},
		Evidence: report.Evidence{Files: evidence, Config: t.in.ConfigHash, ScannedAt: at},
	}
	for i, file := range v.Files {
		doc.Control.Files = append(doc.Control.Files, report.FileControl{Name: file.Name, Control: file.Control, Amounts: scanned[i].Summary.Amounts})
	}
	for i, check := range t.in.Pipeline.Checks {
		used := report.CheckUsed{Name: check.Name, List: check.List}
		for _, column := range check.Columns {
			used.Columns = append(used.Columns, string(column))
		}
		for _, file := range scanned {
			used.Tuples += int64(file.Summary.Checks[i].Tuples.Len())
			used.Skipped += file.Summary.Checks[i].Skipped
		}
		doc.Checks = append(doc.Checks, used)
	}
	return doc
}
