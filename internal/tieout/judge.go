package tieout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"tieout/internal/extractfile"
	"tieout/internal/reconcile"
	"tieout/internal/report"
)

// Judged is a tie-out that has been judged, with its report.
type Judged struct {
	*reconcile.Judgement
	Document *report.Document
	t        *TieOut
}

// Judge judges what was scanned against the lists that were read. Only where something is found does it pass over the
// rows again, to locate them. What no second attempt would judge is a *reconcile.InputError.
func (t *TieOut) Judge(ctx context.Context, scanned []reconcile.FileSummary) (*Judged, error) {
	snapshots, used, err := t.snapshots(ctx)
	if err != nil {
		return nil, err
	}
	var all []*reconcile.Snapshot
	for _, list := range used {
		all = append(all, snapshots[list.Name])
	}
	memory, err := t.memory(ctx, scanned, all...)
	if err != nil {
		return nil, err
	}
	previous, err := t.previousFindings(ctx)
	if err != nil {
		return nil, err
	}
	judgement, err := reconcile.Match(reconcile.Input{
		Checks: t.Settings.Checks, Files: scanned, Snapshots: snapshots, Memory: memory, Waivers: t.Settings.Waivers,
		BusinessDate: t.Run.BusinessDate, ControlTotals: t.Settings.ControlTotals, JobID: t.Job.ID,
		Batches: t.Basis.Batches, LeftOver: t.Basis.LeftOver, Previous: previous, PreviousDate: t.Basis.PreviousDate,
		Seen: func(each func(id, since string)) error { return t.seen(ctx, each) },
		Rows: func(lookup func(check int, key []byte) int, emit func(file string, row *extractfile.Row) error) error {
			return t.readRows(ctx, lookup, emit)
		},
	})
	if err != nil {
		return nil, err
	}
	s := judgement.Summary
	rechecks, err := t.rechecks(ctx, report.Figures{TieOut: t.Run.TieOut, Findings: s.Count, Rows: s.Rows, Amounts: s.Amounts})
	if err != nil {
		return nil, err
	}
	doc := t.document(judgement, scanned)
	doc.Lists, doc.Rechecks = used, rechecks
	return &Judged{judgement, doc, t}, nil
}

// snapshots reads what was read of each list that a check names, and how the report names it.
func (t *TieOut) snapshots(ctx context.Context) (map[string]*reconcile.Snapshot, []report.ListUsed, error) {
	snapshots, used := map[string]*reconcile.Snapshot{}, []report.ListUsed{}
	for _, name := range listNames(t.Settings.Checks) {
		s, object, err := t.readSnapshot(ctx, t.Ref, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil, fmt.Errorf("there is no snapshot of list %q: %w", name, err)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("reading the snapshot of list %q: %w", name, err)
		}
		s.Walk.Limited = s.Walk.Limited || t.ListsIncomplete
		snapshots[name], t.read = s, append(t.read, object)
		doubles, count := s.Doubles(report.MostDoubles)
		used = append(used, report.ListUsed{Name: name, API: s.API, ID: s.ListID, Levels: s.Levels, Items: int64(s.Items()), Requests: int64(s.Requests),
			ReadAt: s.ReadAt, URI: object.URI, SHA256: object.SHA256, Doubles: doubles, DoubleCount: count})
	}
	return snapshots, used, nil
}

// document returns report.json but for lists and rechecks.
func (t *TieOut) document(j *reconcile.Judgement, scanned []reconcile.FileSummary) *report.Document {
	doc := &report.Document{
		Schema: report.Schema, Run: t.Run, Job: t.Job, Outcome: j.Outcome, Control: j.Control, Findings: j.Findings, Resolved: j.Resolved,
		Summary: j.Summary, Checks: j.Checks, Evidence: t.Evidence, Links: t.Links,
	}
	doc.Run.TiedOutAt = t.Basis.At.UTC().Format(time.RFC3339)
	doc.Evidence.ScannedAt = doc.Run.TiedOutAt
	for i, file := range t.Files {
		used, summary := file.File, scanned[i].Summary
		used.SHA256, used.ScannedSHA256 = cmp.Or(file.SHA256, summary.SHA256), summary.SHA256
		used.Bytes, used.Records = summary.Bytes, summary.Records
		doc.Evidence.Files = append(doc.Evidence.Files, used)
	}
	doc.Trend = append(append(doc.Trend, t.Basis.Trend...), report.NewTrendPoint(t.Run.BusinessDate, j.Summary))
	doc.Trend = doc.Trend[max(0, len(doc.Trend)-report.TrendRuns):]
	return doc
}
