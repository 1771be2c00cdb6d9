package activities

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"tieout/internal/extractfile"
	"tieout/internal/landing"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
	"tieout/internal/report"
	"tieout/workflows"
)

// Report matches the scanned tuples with the lists and writes the tie-out's reports. Only where something is found
// does it pass over the rows again, to locate them.
func (a *Activities) Report(ctx context.Context, p workflows.TieOutParams) (workflows.ReportResult, error) {
	a = a.on(p.Scope)
	t, err := a.loadTieOut(ctx, p)
	if err != nil {
		return workflows.ReportResult{}, failed(ctx, "Reading what the tie-out needs", err)
	}
	if t.verdict, err = reconcile.Match(t.input()); err != nil {
		var unread *reconcile.UnreadError
		if errors.As(err, &unread) {
			return workflows.ReportResult{}, final(workflows.CodeListUnavailable, err.Error())
		}
		return workflows.ReportResult{}, invalid("Matching the codes: " + err.Error()) // no retry makes other input of it
	}
	if err := t.firstSeen(ctx); err != nil {
		return workflows.ReportResult{}, failed(ctx, "Looking when the findings were first seen", err)
	}
	affected := reconcile.NewAffected(t.verdict)
	if t.verdict.NeedsRows() {
		if err := t.eachRow(ctx, func(file string, row *extractfile.Row) error { return affected.Add(file, row) }); err != nil {
			return workflows.ReportResult{}, failed(ctx, "Locating the rows", err)
		}
	}
	if err := affected.Apply(); err != nil {
		return workflows.ReportResult{}, failed(ctx, "Locating the rows", err)
	}
	doc := t.document()
	if t.verdict.ControlTotalsFail() {
		doc.Links.Result = ""
	}
	if err := t.writeReports(ctx, doc); err != nil {
		return workflows.ReportResult{}, failed(ctx, "Writing the reports", err)
	}
	result := workflows.ReportResult{Result: t.result(doc), ControlTotalsFail: t.verdict.ControlTotalsFail()}
	if result.ControlTotalsFail {
		result.Result.ResultURI = "" // such a tie-out ends the run: nothing is handed over
		result.ControlMessage = t.controlMessage()
	}
	return result, nil
}

// tieOut is one tie-out with all that it follows from.
type tieOut struct {
	a         *Activities
	p         workflows.TieOutParams
	job       landedJob
	basis     basis
	layout    *extractfile.Layout
	files     []landing.File
	scanned   []reconcile.FileSummary
	snapshots map[string]*reconcile.Snapshot
	// snapshotSums are the SHA-256 of the snapshots as they are kept, in hex.
	snapshotSums map[string]string
	memory       *reconcile.Memory
	previous     []reconcile.Finding
	verdict      *reconcile.Verdict
}

func (a *Activities) loadTieOut(ctx context.Context, p workflows.TieOutParams) (*tieOut, error) {
	t := &tieOut{a: a, p: p, snapshots: map[string]*reconcile.Snapshot{}, snapshotSums: map[string]string{}}
	var err error
	if t.job, err = a.landedJob(ctx, p); err != nil {
		return nil, err
	}
	if t.layout, err = extractfile.NewLayout(p.Scope.Settings.Format); err != nil {
		return nil, invalid(err.Error())
	}
	if t.files, err = tiedOut(t.job.manifest, p.Scope.Settings.Members); err != nil {
		return nil, invalid(err.Error())
	}
	if err := a.Store.GetJSON(ctx, t.key(basisName), &t.basis); err != nil {
		return nil, fmt.Errorf("reading what the tie-out is compared with: %w", err)
	}
	if t.scanned, err = a.readScan(ctx, t.job, p.Number); err != nil {
		return nil, fmt.Errorf("reading the scan: %w", err)
	}
	var read []*reconcile.Snapshot
	for _, name := range listNames(p.Scope.Settings.Checks) {
		hash := sha256.New()
		snapshot, err := a.readSnapshot(ctx, t.job.keys.List(t.job.key, p.Number, name), hash)
		if err != nil {
			return nil, fmt.Errorf("reading the snapshot of list %q: %w", name, err)
		}
		t.snapshots[name], t.snapshotSums[name] = snapshot, hex.EncodeToString(hash.Sum(nil))
		read = append(read, snapshot)
	}
	if t.memory, err = a.memory(ctx, t.job, p, t.scanned, read); err != nil {
		return nil, err
	}
	t.previous, err = a.previousFindings(ctx, t.basis.Previous)
	return t, err
}

func (t *tieOut) key(name string) string { return t.job.keys.TieOut(t.job.key, t.p.Number, name) }

func (t *tieOut) input() reconcile.Input {
	s := t.p.Scope.Settings
	return reconcile.Input{
		Checks: s.Checks, Files: t.scanned, Snapshots: t.snapshots, Memory: t.memory, Waivers: s.Waivers,
		BusinessDate: t.p.Scope.BusinessDate, ControlTotals: s.ControlTotals, JobID: t.job.manifest.Job.ID,
		Batches: t.basis.Batches, Previous: t.previous,
	}
}

// eachRow passes over the rows that belong to a finding, file by file.
func (t *tieOut) eachRow(ctx context.Context, emit func(file string, row *extractfile.Row) error) error {
	for _, file := range t.files {
		body, _, err := t.a.Store.Open(ctx, file.Key)
		if err != nil {
			return err
		}
		err = extractfile.Rows(ctx, body, t.layout, t.p.Scope.Settings.Checks, t.verdict.Lookup,
			func(row *extractfile.Row) error { return emit(file.Name, row) },
			extractfile.ScanOptions{Progress: func(bytes, rows int64) { note(ctx, scanProgress{file.Name, bytes, file.Bytes, rows}) }})
		body.Close()
		if err != nil {
			return fmt.Errorf("passing over %s again: %w", t.a.Store.URI(file.Key), err)
		}
	}
	return nil
}

// writeReports writes every report of the tie-out; report.json comes last.
func (t *tieOut) writeReports(ctx context.Context, doc *report.Document) error {
	if err := t.writeRows(ctx, doc); err != nil {
		return err
	}
	for _, object := range []struct {
		name, contentType string
		write             func(io.Writer) error
	}{
		{"findings.csv", "text/csv; charset=utf-8", func(w io.Writer) error { return report.WriteFindingsCSV(w, doc.Findings) }},
		{"report.html", "text/html; charset=utf-8", func(w io.Writer) error { return report.WriteHTML(w, doc, report.HTMLOptions{}) }},
		{"report.json", "application/json", func(w io.Writer) error { return report.WriteJSON(w, doc) }},
	} {
		if err := t.create(ctx, object.name, object.contentType, object.write); err != nil {
			return err
		}
	}
	return nil
}

// create streams one object of the tie-out.
func (t *tieOut) create(ctx context.Context, name, contentType string, write func(io.Writer) error) error {
	w, err := t.a.Store.Create(ctx, t.key(name), contentType)
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	defer w.Abort()
	if err := write(w); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if err := w.Commit(ctx); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// writeRows writes rows.csv and report.xlsx, which both hold the affected rows, in one pass.
func (t *tieOut) writeRows(ctx context.Context, doc *report.Document) error {
	workbook, err := report.NewXLSX(doc, report.XLSXOptions{})
	if err != nil {
		return err
	}
	defer workbook.Close()
	err = t.create(ctx, "rows.csv", "text/csv; charset=utf-8", func(w io.Writer) error {
		rows := report.NewRowsCSV(w)
		if t.verdict.NeedsRows() {
			if err := t.eachRow(ctx, func(file string, row *extractfile.Row) error {
				if err := workbook.WriteRow(file, row, doc.Findings); err != nil {
					return err
				}
				return rows.Write(file, row, doc.Findings)
			}); err != nil {
				return err
			}
		}
		return rows.Flush()
	})
	if err != nil {
		return err
	}
	return t.create(ctx, "report.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", func(w io.Writer) error {
		_, err := workbook.WriteTo(w)
		return err
	})
}

// document is report.json.
func (t *tieOut) document() *report.Document {
	scope, manifest, v := t.p.Scope, t.job.manifest, t.verdict
	job := resultJob(manifest.Job)
	doc := &report.Document{
		Schema: report.Schema, Outcome: v.Outcome, Findings: v.Findings, Summary: v.Summary,
		Run: report.Run{Pipeline: scope.Settings.Name, BusinessDate: scope.BusinessDate, TieOut: t.p.Number,
			TiedOutAt: timestamp(t.basis.At), WorkflowID: scope.WorkflowID, RunID: scope.RunID},
		Job:      report.Job{ID: job.ID, Definition: job.Definition, Origin: job.Origin, StartTime: job.StartTime, StopTime: job.StopTime},
		Control:  report.Control{Control: v.Control, Files: []report.FileControl{}},
		Resolved: t.resolved(), Lists: []report.ListUsed{}, Checks: []report.CheckUsed{},
		Evidence: report.Evidence{
			Manifest: t.p.Manifest, Config: scope.ConfigHash, Software: t.basis.Software,
			Start:          &report.StartDecision{Decision: startDecision(manifest.Job.Origin), By: manifest.Job.DecidedBy, Reason: manifest.Job.Reason},
			CorrelationIDs: manifest.CorrelationIDs, LandedAt: timestamp(manifest.LandedAt), ScannedAt: timestamp(t.basis.At),
			LandedAgain: landedAgain(manifest),
		},
		Trend: trend(append(t.basis.Trend, v.TrendPoint(scope.BusinessDate))),
		Links: report.Links{JSON: t.link("report.json"), HTML: t.link("report.html"), XLSX: t.link("report.xlsx"),
			Findings: t.link("findings.csv"), Rows: t.link("rows.csv"), Result: t.link("result.json")},
	}
	for i, file := range v.Files {
		doc.Control.Files = append(doc.Control.Files, report.FileControl{Name: file.Name, Control: file.Control, Amounts: t.scanned[i].Summary.Amounts})
	}
	for _, name := range listNames(scope.Settings.Checks) {
		snapshot := t.snapshots[name]
		doubles, count := snapshot.Doubles(report.MostDoubles)
		doc.Lists = append(doc.Lists, report.ListUsed{Doubles: doubles, DoubleCount: count,
			Name: name, API: snapshot.API, ID: snapshot.ListID, Levels: snapshot.Levels, Items: int64(snapshot.Items()),
			Requests: int64(snapshot.Requests), ReadAt: snapshot.ReadAt, URI: t.a.Store.URI(t.job.keys.List(t.job.key, t.p.Number, name)), SHA256: t.snapshotSums[name],
		})
	}
	for i, check := range scope.Settings.Checks {
		doc.Checks = append(doc.Checks, checkUsed(check, i, t.scanned))
	}
	if manifest.Zip {
		raw := reportFile(manifest.Raw, 0)
		doc.Evidence.Raw = &raw
	}
	for i, file := range t.files {
		doc.Evidence.Files = append(doc.Evidence.Files, reportFile(file, t.scanned[i].Summary.Records))
	}
	return doc
}

// resolved are the previous run's findings that are gone, as the report shows them.
func (t *tieOut) resolved() []report.Resolved {
	gone := []report.Resolved{}
	for _, r := range t.verdict.Resolved {
		gone = append(gone, report.Resolved{ID: r.ID, Check: r.Check, Class: r.Class, Level: r.Level, Path: r.Path, Since: r.Since,
			LastSeen: t.basis.PreviousDate})
	}
	return gone
}

// trend is the pipeline's last runs as the report draws them.
func trend(points []reconcile.TrendPoint) []report.TrendPoint {
	drawn := []report.TrendPoint{}
	for _, point := range points[max(0, len(points)-reconcile.TrendRuns):] {
		p := report.TrendPoint{BusinessDate: point.BusinessDate, Findings: point.Findings, Rows: point.Rows, ByCheck: map[string]map[string]int{}}
		for _, c := range point.Classes {
			if p.ByCheck[c.Check] == nil {
				p.ByCheck[c.Check] = map[string]int{}
			}
			p.ByCheck[c.Check][c.Class] = c.Findings
		}
		drawn = append(drawn, p)
	}
	return drawn
}

func (t *tieOut) link(name string) string { return t.a.Config.Storage.ReportLink(t.key(name)) }

func checkUsed(check pipeline.Check, i int, scanned []reconcile.FileSummary) report.CheckUsed {
	used := report.CheckUsed{Name: check.Name, List: check.List}
	for _, column := range check.Columns {
		used.Columns = append(used.Columns, string(column))
	}
	for _, file := range scanned {
		used.Tuples += int64(file.Summary.Checks[i].Tuples.Len())
		used.Skipped += file.Summary.Checks[i].Skipped
	}
	return used
}

func reportFile(file landing.File, records int64) report.File {
	return report.File{Name: file.Name, URI: file.URI, Bytes: file.Bytes, SHA256: file.SHA256, Records: records, Proof: file.Proof}
}

// startDecision says in one sentence how the first run that landed the job came by it.
func startDecision(origin string) string {
	switch origin {
	case workflows.OriginStarted:
		return "Started: Concur answered the one request with this job"
	case workflows.OriginAdopted:
		return "Adopted: Concur listed this job, and the run did not start another"
	}
	return "Given: the run was asked to take up this job"
}

// result is the tie-out as workflows and result.json know it.
func (t *tieOut) result(doc *report.Document) workflows.ExtractResult {
	uri := func(name string) string { return t.a.Store.URI(t.key(name)) }
	result := workflows.ExtractResult{
		Schema: 1, Pipeline: t.p.Scope.Settings.Name, BusinessDate: t.p.Scope.BusinessDate, Outcome: t.verdict.Outcome,
		Job: resultJob(t.job.manifest.Job), Manifest: t.p.Manifest, ResultURI: uri("result.json"),
		Control: t.verdict.Control, Findings: t.verdict.Summary, TieOut: t.p.Number, Recovered: []workflows.Recovered{},
		Reports: workflows.Reports{JSON: uri("report.json"), CSV: uri("findings.csv"), HTML: uri("report.html"), XLSX: uri("report.xlsx"),
			Rows: uri("rows.csv"), Link: doc.Links.HTML},
	}
	for i, file := range t.files {
		result.Files = append(result.Files, workflows.File{Name: file.Name, URI: file.URI, Bytes: file.Bytes, SHA256: file.SHA256,
			Records: t.scanned[i].Summary.Records, Control: &t.verdict.Files[i].Control})
	}
	return result
}

// controlMessage says which figures do not agree.
func (t *tieOut) controlMessage() string {
	var b bytes.Buffer
	for _, file := range t.verdict.Files {
		if file.Control.Agrees {
			continue
		}
		fmt.Fprintf(&b, "%s declares %d records and %s in total, but holds %d and %s. ", file.Name,
			file.Control.DeclaredRecords, file.Control.DeclaredTotal, file.Control.Records, file.Control.Total)
	}
	fmt.Fprintf(&b, "Do not post it: ask SAP Concur for the extract again. The file and the report are kept: %s",
		t.link("report.html"))
	return b.String()
}

// landedAgain is what the report says of a landing that a person asked for.
func landedAgain(m *landing.Manifest) *report.LandedAgain {
	if m.Again == nil {
		return nil
	}
	return &report.LandedAgain{By: m.Again.By, Reason: m.Again.Reason, At: timestamp(m.Again.At)}
}
