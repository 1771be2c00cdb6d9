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
)

// decidedName is where a report is written again once a person, or the deadline, has decided.
func decidedName(name string) string { return "decided/" + name }

// Decide keeps the decision on a held run and writes the reports again with it: who decided what, when, why, on which
// figures. The findings are those of report.json, byte for byte what was decided on; nothing is judged anew.
func (a *Activities) Decide(ctx context.Context, p contract.DecideParams) (contract.Reports, error) {
	a = a.on(p.Scope)
	d := &decision{a: a, result: p.Result, keys: a.keys(p.Scope), jobKey: contract.JobKey(p.Result.Job.ID)}
	if err := d.load(ctx); err != nil {
		return contract.Reports{}, failed(ctx, "Reading the report that was decided on", err)
	}
	reports, err := d.write(ctx)
	return reports, failed(ctx, "Writing the reports again", err)
}

// decision is a decision that becomes part of the reports.
type decision struct {
	a      *Activities
	result contract.ExtractResult
	keys   evidence.Keys
	jobKey string
	doc    report.Document
}

func (d *decision) key(name string) string { return d.keys.TieOut(d.jobKey, d.result.TieOut, name) }

// load keeps the review, then reads report.json and puts the review into it.
func (d *decision) load(ctx context.Context) error {
	review, err := d.a.putReview(ctx, d.keys, d.jobKey, d.result)
	if err != nil {
		return err
	}
	original, err := d.a.readReport(ctx, d.result.Reports, func(body io.Reader) error { return json.NewDecoder(body).Decode(&d.doc) })
	if err != nil {
		return err
	}
	given := reportReview(*d.result.Review)
	link := func(name string) string { return d.a.Config.Storage.ReportLink(d.key(decidedName(name))) }
	d.doc.Outcome, d.doc.Review = d.result.Outcome, &given
	d.doc.Links.JSON, d.doc.Links.HTML, d.doc.Links.XLSX = link("report.json"), link("report.html"), link("report.xlsx")
	d.doc.Evidence.Objects = append(d.doc.Evidence.Objects, original, review)
	return nil
}

// write writes the reports; report.json comes last and names the others.
func (d *decision) write(ctx context.Context) (contract.Reports, error) {
	workbook, err := report.NewXLSX(&d.doc, report.XLSXOptions{})
	if err != nil {
		return contract.Reports{}, err
	}
	defer workbook.Close()
	rows, err := d.a.Store.Key(d.result.Reports.Rows)
	if err != nil {
		return contract.Reports{}, err
	}
	read, err := d.a.readObject(ctx, rows, workbook.CopyRows)
	if err := unchanged(d.listed(d.result.Reports.Rows), "its report.json", read, err); err != nil {
		return contract.Reports{}, err
	}
	reports := d.result.Reports
	for _, one := range []struct {
		name, contentType string
		write             func(io.Writer) error
		place             *string
	}{
		{"report.xlsx", typeXLSX, func(w io.Writer) error { _, err := workbook.WriteTo(w); return err }, &reports.XLSX},
		{"report.html", typeHTML, func(w io.Writer) error { return report.WriteHTML(w, &d.doc, report.HTMLOptions{}) }, &reports.HTML},
		{"report.json", typeJSON, func(w io.Writer) error { return report.WriteJSON(w, &d.doc) }, &reports.JSON},
	} {
		object, err := d.create(ctx, decidedName(one.name), one.contentType, one.write)
		if err != nil {
			return contract.Reports{}, err
		}
		d.doc.Evidence.Objects = append(d.doc.Evidence.Objects, object)
		*one.place, reports.JSONSHA256 = object.URI, object.SHA256
	}
	reports.Link = d.doc.Links.HTML
	return reports, nil
}

// listed is an object as report.json lists it.
func (d *decision) listed(uri string) report.Object {
	for _, object := range d.doc.Evidence.Objects {
		if object.URI == uri {
			return object
		}
	}
	return report.Object{URI: uri}
}

// create writes one report. One that is there in other bytes was written by another version of the software, on the same
// decision, since review.json comes first: it stands.
func (d *decision) create(ctx context.Context, name, contentType string, write func(io.Writer) error) (report.Object, error) {
	object, err := d.a.createObject(ctx, d.key(name), contentType, write)
	var conflict *bucket.ConflictError
	if errors.As(err, &conflict) {
		return report.Object{URI: conflict.URI, Bytes: conflict.ThereBytes, SHA256: conflict.ThereSHA256}, nil
	}
	return object, err
}

// putReview keeps a decision and returns the object that it stands in.
func (a *Activities) putReview(ctx context.Context, keys evidence.Keys, jobKey string, result contract.ExtractResult) (report.Object, error) {
	key := keys.TieOut(jobKey, result.TieOut, reviewName)
	if err := putSame(ctx, a, key, *result.Review); err != nil {
		return report.Object{}, err
	}
	return a.readObject(ctx, key, func(io.Reader) error { return nil })
}

// readReport passes report.json to read and proves that it is the one which the run wrote.
func (a *Activities) readReport(ctx context.Context, reports contract.Reports, read func(io.Reader) error) (report.Object, error) {
	key, err := a.Store.Key(reports.JSON)
	if err != nil {
		return report.Object{}, err
	}
	got, err := a.readObject(ctx, key, read)
	return got, unchanged(report.Object{URI: reports.JSON, SHA256: reports.JSONSHA256}, "the run that wrote it", got, err)
}

// unchanged reports whether an object that was read is what doc says that it is.
func unchanged(want report.Object, doc string, got report.Object, err error) error {
	gone, other := errors.Is(err, bucket.ErrNotFound), got.SHA256 != "" && got.SHA256 != want.SHA256
	if !gone && !other {
		return err
	}
	return &evidence.ChangedError{Doc: doc, Want: want, Got: got, Remedy: fmt.Sprintf(
		"Restore the version of %s that was written (docs/bucket.md, Versioning) and run again, or tie the job out again with `tieout reconcile`", path.Base(want.URI))}
}
