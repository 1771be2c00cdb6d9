package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"tieout/internal/bucket"
	"tieout/internal/contract"
	"tieout/internal/report"
)

// patience is how long the summary of a report is waited for when its places would do as well.
const patience = 5 * time.Second

// showResult shows a result to people: the report's own summary where the bucket can be read, else the figures that
// the result carries and the places of the reports.
func (a *program) showResult(ctx context.Context, result *contract.ExtractResult) error {
	if result.Answered != "" {
		a.say("%s was extracted already; this is the verdict of %s. For a further extract: %s run %s --date %[1]s --again",
			result.BusinessDate, result.Answered, a.name, result.Pipeline)
	}
	reading, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if store, key, err := a.storeOf(reading, result.Reports.JSON); err == nil {
		if doc, err := readReport(reading, store, key); err == nil {
			return report.WriteSummary(a.out, doc, report.SummaryOptions{Color: a.color, Width: a.width})
		}
	}
	a.showFigures(result)
	return nil
}

// showFigures prints what a result itself says.
func (a *program) showFigures(r *contract.ExtractResult) {
	line := func(name, format string, args ...any) {
		a.printf("%-10s %s\n", name, visible(fmt.Sprintf(format, args...)))
	}
	line("Pipeline", "%s of %s", r.Pipeline, r.BusinessDate)
	line("Outcome", "%s", r.Outcome)
	line("Job", "%s (%s)", r.Job.ID, r.Job.Origin)
	if r.Control.Declared {
		line("Control", "%d records, %d declared; total %s, %s declared: %s", r.Control.Records, r.Control.DeclaredRecords,
			r.Control.Total, r.Control.DeclaredTotal, map[bool]string{true: "agrees", false: "DIFFERS"}[r.Control.Agrees])
	} else {
		line("Control", "%d records; the format declares nothing", r.Control.Records)
	}
	var classes []string
	for _, class := range sortedKeys(r.Findings.ByClass) {
		classes = append(classes, fmt.Sprintf("%s %d", class, r.Findings.ByClass[class]))
	}
	line("Findings", "%d on %d rows%s", r.Findings.Count, r.Findings.Rows, inBrackets(strings.Join(classes, ", ")))
	if r.Review != nil {
		line("Review", "%s by %s: %s", r.Review.Decision, r.Review.By, r.Review.Reason)
	}
	for _, file := range r.Files {
		line("File", "%s (%s, SHA-256 %s)", file.URI, bytesText(file.Bytes), file.SHA256)
	}
	for _, job := range r.Recovered {
		line("Recovered", "%s", job.Manifest)
	}
	for _, job := range r.LeftOver {
		line("Left over", "%s%s", job.ID, inBrackets(cmp.Or(job.Code, job.Run)))
	}
	if r.Gap != nil {
		line("Gap", "%s", gapNote(*r.Gap))
	}
	if r.RecoveryProblem != "" {
		line("Left over", "not known: %s", r.RecoveryProblem)
	}
	line("Manifest", "%s", r.Manifest)
	line("Report", "%s", r.Reports.Link)
	for _, place := range []string{r.Reports.XLSX, r.Reports.CSV, r.Reports.Rows, r.Reports.JSON} {
		if place != "" {
			line("", "%s", place)
		}
	}
}

func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// storeOf opens the bucket of an s3:// place and gives the place's key: results name their bucket themselves, so no
// configuration is needed to read what they point at.
func (a *program) storeOf(ctx context.Context, place string) (*bucket.Store, string, error) {
	bucket, key, ok := strings.Cut(strings.TrimPrefix(place, "s3://"), "/")
	if !ok || !strings.HasPrefix(place, "s3://") || bucket == "" || key == "" {
		return nil, "", fmt.Errorf("%q is not a place such as s3://bucket/key", place)
	}
	store, err := a.store(ctx, bucket)
	return store, key, err
}

func readReport(ctx context.Context, store *bucket.Store, key string) (*report.Document, error) {
	body, _, err := store.Open(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", store.URI(key), err)
	}
	defer body.Close()
	var doc report.Document
	if err := json.NewDecoder(io.LimitReader(body, maxReport)).Decode(&doc); err != nil {
		return nil, fmt.Errorf("reading %s: %w", store.URI(key), err)
	}
	return &doc, nil
}

// maxReport bounds the report.json that is taken into memory.
const maxReport = 1 << 30
