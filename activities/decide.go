package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"

	"tieout/internal/bucket"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/report"
	"tieout/internal/tieout"
)

// Decide keeps the decision on a held run and writes the reports again with it: who decided what, when, why and on
// which figures. The findings are taken from report.json as they were decided on, and nothing is judged again.
func (a *Activities) Decide(ctx context.Context, p contract.DecideParams) (contract.Reports, error) {
	r := a.run(p.Scope)
	ref := tieout.Ref{JobKey: contract.JobKey(p.Result.Job.ID), Number: p.Result.TieOut}
	objects := decidedObjects{tieOutObjects{r, ref}}
	doc, err := r.decidedOn(ctx, objects, p.Result)
	if err != nil {
		return contract.Reports{}, failed(ctx, "Reading the report that was decided on", err)
	}
	reports, err := tieout.WriteDecided(ctx, objects, doc, p.Result.Reports, func(read func(io.Reader) error) error {
		key, err := r.Key(p.Result.Reports.Rows)
		if err != nil {
			return err
		}
		got, err := r.readObject(ctx, key, read)
		return unchanged(listed(doc, p.Result.Reports.Rows), "its report.json", got, err)
	})
	return reports, failed(ctx, "Writing the reports again", err)
}

// decidedOn keeps the review, then reads report.json and puts the review into it.
func (r *run) decidedOn(ctx context.Context, objects decidedObjects, result contract.ExtractResult) (*report.Document, error) {
	review, err := r.putReview(ctx, objects.ref.JobKey, result)
	if err != nil {
		return nil, err
	}
	doc := &report.Document{}
	original, err := r.readReport(ctx, result.Reports, func(body io.Reader) error { return json.NewDecoder(body).Decode(doc) })
	if err != nil {
		return nil, err
	}
	link := func(name string) string {
		return r.Config.Storage.ReportLink(r.URI(objects.key(tieout.DecidedName(name))))
	}
	doc.Outcome, doc.Review = result.Outcome, result.Review
	doc.Links.JSON, doc.Links.HTML, doc.Links.XLSX = link("report.json"), link("report.html"), link("report.xlsx")
	doc.Evidence.Objects = append(doc.Evidence.Objects, original, review)
	return doc, nil
}

// listed returns an object as report.json lists it.
func listed(doc *report.Document, uri string) report.Object {
	for _, object := range doc.Evidence.Objects {
		if object.URI == uri {
			return object
		}
	}
	return report.Object{URI: uri}
}

// decidedObjects writes the reports of a tie-out that was decided on.
type decidedObjects struct{ tieOutObjects }

// Create writes one report. One that is there in other bytes stays: another version of the software wrote it, and on
// the same decision, because review.json comes first.
func (o decidedObjects) Create(ctx context.Context, name, contentType string, write func(io.Writer) error) (report.Object, error) {
	object, err := o.tieOutObjects.Create(ctx, name, contentType, write)
	if conflict, ok := errors.AsType[*bucket.ConflictError](err); ok {
		return report.Object{URI: conflict.URI, Bytes: conflict.ThereBytes, SHA256: conflict.ThereSHA256}, nil
	}
	return object, err
}

// putReview writes review.json and returns it as an object.
func (r *run) putReview(ctx context.Context, jobKey string, result contract.ExtractResult) (report.Object, error) {
	if err := r.WriteReview(ctx, jobKey, result.TieOut, *result.Review); err != nil {
		return report.Object{}, err
	}
	return r.readObject(ctx, r.Keys.Review(jobKey, result.TieOut), func(io.Reader) error { return nil })
}

// readReport passes report.json to read and proves that it is the one that the run wrote.
func (r *run) readReport(ctx context.Context, reports contract.Reports, read func(io.Reader) error) (report.Object, error) {
	key, err := r.Key(reports.JSON)
	if err != nil {
		return report.Object{}, err
	}
	got, err := r.readObject(ctx, key, read)
	return got, unchanged(report.Object{URI: reports.JSON, SHA256: reports.JSONSHA256}, "the run that wrote it", got, err)
}

// unchanged returns a *evidence.ChangedError where an object that was read is not what doc says, else err.
func unchanged(want report.Object, doc string, got report.Object, err error) error {
	gone, other := errors.Is(err, bucket.ErrNotFound), got.SHA256 != "" && got.SHA256 != want.SHA256
	if !gone && !other {
		return err
	}
	return &evidence.ChangedError{Doc: doc, Want: want, Got: got, Remedy: fmt.Sprintf(
		"Restore the version of %s that was written (docs/bucket.md, Versioning) and run again, or tie the job out again with `tieout reconcile`", path.Base(want.URI))}
}
