package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"tieout/internal/bucket"
	"tieout/internal/contract"
	"tieout/internal/report"
	"tieout/internal/wording"
	"tieout/starter/printer"
)

const (
	// summaryWithin is how long the bucket has to answer for the summary of a report, whose figures the result has too.
	summaryWithin = 5 * time.Second
	// maxReport is the largest report.json that is read into memory, in bytes.
	maxReport = 1 << 30
)

// showResult shows a result to people: the summary of its report where the bucket can be read, else the figures of the
// result and the URIs of its reports.
func (a *program) showResult(ctx context.Context, result *contract.ExtractResult) error {
	if result.Answered != "" {
		a.Say("%s was extracted already; this is the verdict of %s. For a further extract: %s run %s --date %[1]s --again",
			result.BusinessDate, result.Answered, a.name, result.Pipeline)
	}
	reading, cancel := context.WithTimeout(ctx, summaryWithin)
	defer cancel()
	if store, key, err := a.storeOf(reading, result.Reports.JSON); err == nil {
		if doc, err := readReport(reading, store, key); err == nil {
			return report.WriteSummary(a.Out, doc, report.SummaryOptions{Color: a.Color, Width: a.Width})
		}
	}
	a.showFigures(result)
	return nil
}

// showFigures prints the figures of a result and the URIs of its reports.
func (a *program) showFigures(r *contract.ExtractResult) {
	line := func(name, format string, args ...any) {
		a.Printf("%-10s %s\n", name, printer.Visible(fmt.Sprintf(format, args...)))
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
	for _, class := range slices.Sorted(maps.Keys(r.Findings.ByClass)) {
		classes = append(classes, fmt.Sprintf("%s %d", class, r.Findings.ByClass[class]))
	}
	line("Findings", "%d on %d rows%s", r.Findings.Count, r.Findings.Rows, inBrackets(strings.Join(classes, ", ")))
	if r.Review != nil {
		line("Review", "%s by %s: %s", r.Review.Decision, r.Review.By, r.Review.Reason)
	}
	for _, file := range r.Files {
		line("File", "%s (%s, SHA-256 %s)", file.URI, wording.Size(file.Bytes), file.SHA256)
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
	for _, uri := range []string{r.Reports.XLSX, r.Reports.CSV, r.Reports.Rows, r.Reports.JSON} {
		if uri != "" {
			line("", "%s", uri)
		}
	}
}

// inBrackets returns a text in brackets after a space; no text stays empty.
func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// storeOf opens the bucket that an s3:// URI names, and returns it with the key of the URI. Results name their bucket, so
// that reading what they point at needs no configuration.
func (a *program) storeOf(ctx context.Context, uri string) (*bucket.Store, string, error) {
	bucket, key, ok := strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	if !ok || !strings.HasPrefix(uri, "s3://") || bucket == "" || key == "" {
		return nil, "", fmt.Errorf("%q is not a URI such as s3://bucket/key", uri)
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
