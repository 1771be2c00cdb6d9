package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
	"tieout/internal/report"
)

// Report matches the scanned tuples with the lists and writes the tie-out's reports. Only where something is found
// does it pass over the rows again, to locate them.
func (a *Activities) Report(ctx context.Context, p contract.TieOutParams) (contract.ReportResult, error) {
	a = a.on(p.Scope)
	t, err := a.loadTieOut(ctx, p)
	if err != nil {
		return contract.ReportResult{}, failed(ctx, "Reading what the tie-out needs", err)
	}
	if t.verdict, err = reconcile.Match(t.input()); err != nil {
		var unread *reconcile.UnreadError
		if errors.As(err, &unread) {
			return contract.ReportResult{}, final(contract.CodeListUnavailable, err.Error())
		}
		return contract.ReportResult{}, invalid("Matching the codes: " + err.Error()) // no retry makes other input of it
	}
	if err := t.firstSeen(ctx); err != nil {
		return contract.ReportResult{}, failed(ctx, "Looking when the findings were first seen", err)
	}
	affected := reconcile.NewAffected(t.verdict)
	if t.verdict.NeedsRows() {
		if err := t.eachRow(ctx, func(file string, row *extractfile.Row) error { return affected.Add(file, row) }); err != nil {
			return contract.ReportResult{}, failed(ctx, "Locating the rows", err)
		}
	}
	if err := affected.Apply(); err != nil {
		return contract.ReportResult{}, failed(ctx, "Locating the rows", err)
	}
	doc := t.document()
	if t.verdict.ControlTotalsFail() {
		doc.Links.Result = ""
	}
	written, err := t.writeReports(ctx, doc)
	if err != nil {
		return contract.ReportResult{}, failed(ctx, "Writing the reports", err)
	}
	result := contract.ReportResult{Result: t.result(doc, written), ControlTotalsFail: t.verdict.ControlTotalsFail()}
	if result.ControlTotalsFail {
		result.Result.ResultURI = "" // such a tie-out ends the run: nothing is handed over
		result.ControlMessage = t.controlMessage()
	}
	return result, nil
}

// tieOut is one tie-out with all that it follows from.
type tieOut struct {
	a         *Activities
	p         contract.TieOutParams
	job       landedJob
	basis     basis
	layout    *extractfile.Layout
	files     []evidence.File
	scanned   []reconcile.FileSummary
	snapshots map[string]*reconcile.Snapshot
	// snapshotObjects are the snapshots as they were read, by list.
	snapshotObjects map[string]report.Object
	// objects are all that the tie-out was made from and that was made of it, report.json apart.
	objects  []report.Object
	rechecks []report.Recheck
	memory   *reconcile.Memory
	previous []reconcile.Finding
	verdict  *reconcile.Verdict
}

func (a *Activities) loadTieOut(ctx context.Context, p contract.TieOutParams) (*tieOut, error) {
	t := &tieOut{a: a, p: p, snapshots: map[string]*reconcile.Snapshot{}, snapshotObjects: map[string]report.Object{}}
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
	basisObject, err := a.readObject(ctx, t.key(basisName), func(body io.Reader) error { return json.NewDecoder(body).Decode(&t.basis) })
	if err != nil {
		return nil, fmt.Errorf("reading what the tie-out is compared with: %w", err)
	}
	var scanObject report.Object
	if t.scanned, scanObject, err = a.readScan(ctx, t.job, p.Number); err != nil {
		return nil, fmt.Errorf("reading the scan: %w", err)
	}
	for i, file := range t.files {
		if file.SHA256 != t.scanned[i].Summary.SHA256 {
			return nil, invalid(fmt.Sprintf("%s names other bytes of %s than were scanned: it has changed in the meantime. Restore the version that was written (docs/bucket.md, Versioning) and run again.", p.Manifest, file.Name))
		}
	}
	t.objects = append(t.objects, basisObject, scanObject)
	var read []*reconcile.Snapshot
	for _, name := range listNames(p.Scope.Settings.Checks) {
		object, err := a.readObject(ctx, t.job.keys.List(t.job.key, p.Number, name), func(body io.Reader) (err error) {
			t.snapshots[name], err = reconcile.ReadSnapshot(body)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("reading the snapshot of list %q: %w", name, err)
		}
		t.snapshotObjects[name] = object
		t.objects, read = append(t.objects, object), append(read, t.snapshots[name])
	}
	if t.rechecks, err = a.rechecks(ctx, t.job, p.Number); err != nil {
		return nil, err
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
		Batches: t.basis.Batches, LeftOver: t.basis.LeftOver, Previous: t.previous,
	}
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
		Rechecks: recheckedTo(t.rechecks, figuresOf(t.p.Number, v.Summary)),
		Trend:    trend(append(t.basis.Trend, v.TrendPoint(scope.BusinessDate))),
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
			Requests: int64(snapshot.Requests), ReadAt: snapshot.ReadAt, URI: t.snapshotObjects[name].URI, SHA256: t.snapshotObjects[name].SHA256,
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
		used := reportFile(file, t.scanned[i].Summary.Records)
		used.ScannedSHA256 = t.scanned[i].Summary.SHA256
		doc.Evidence.Files = append(doc.Evidence.Files, used)
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

func reportFile(file evidence.File, records int64) report.File {
	return report.File{Name: file.Name, URI: file.URI, Bytes: file.Bytes, SHA256: file.SHA256, Records: records, Proof: file.Proof}
}

// startDecision says in one sentence how the first run that landed the job came by it.
func startDecision(origin contract.Origin) string {
	switch origin {
	case contract.OriginStarted:
		return "Started: Concur answered the one request with this job"
	case contract.OriginAdopted:
		return "Adopted: Concur listed this job, and the run did not start another"
	}
	return "Given: the run was asked to take up this job"
}

// result is the tie-out as workflows and result.json know it; written is its report.json.
func (t *tieOut) result(doc *report.Document, written report.Object) contract.ExtractResult {
	uri := func(name string) string { return t.a.Store.URI(t.key(name)) }
	result := contract.ExtractResult{
		Schema: 1, Pipeline: t.p.Scope.Settings.Name, BusinessDate: t.p.Scope.BusinessDate, Outcome: t.verdict.Outcome,
		Job: resultJob(t.job.manifest.Job), Manifest: t.p.Manifest, ResultURI: uri("result.json"),
		Control: t.verdict.Control, Findings: t.verdict.Summary, TieOut: t.p.Number, Recovered: []contract.Recovered{},
		Reports: contract.Reports{JSON: uri("report.json"), CSV: uri("findings.csv"), HTML: uri("report.html"), XLSX: uri("report.xlsx"),
			Rows: uri("rows.csv"), Link: doc.Links.HTML, JSONSHA256: written.SHA256},
	}
	for i, file := range t.files {
		result.Files = append(result.Files, contract.File{Name: file.Name, URI: file.URI, Bytes: file.Bytes, SHA256: file.SHA256,
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
func landedAgain(m *evidence.Manifest) *report.LandedAgain {
	if m.Again == nil {
		return nil
	}
	return &report.LandedAgain{By: m.Again.By, Reason: m.Again.Reason, At: timestamp(m.Again.At)}
}
