package tieout

import (
	"context"
	"fmt"
	"io"

	"tieout/internal/contract"
	"tieout/internal/extractfile"
	"tieout/internal/report"
)

// Write writes the reports and returns where they are. report.json comes last and names the others with their hashes.
func (j *Judged) Write(ctx context.Context) (contract.Reports, error) {
	workbook, err := report.NewXLSX(j.Document)
	if err != nil {
		return contract.Reports{}, err
	}
	defer workbook.Close()
	var r contract.Reports
	j.Document.Evidence.Objects = j.t.read
	err = write(ctx, j.t.Objects, j.Document, &r, []output{
		// rows.csv and report.xlsx both hold the affected rows, which are read once.
		{"rows.csv", typeCSV, &r.Rows, func(w io.Writer) error { return j.writeRows(ctx, w, workbook) }},
		{"report.xlsx", typeXLSX, &r.XLSX, workbook.Write},
		{"findings.csv", typeCSV, &r.CSV, func(w io.Writer) error { return report.WriteFindingsCSV(w, j.Findings) }},
		{"report.html", typeHTML, &r.HTML, func(w io.Writer) error { return report.WriteHTML(w, j.Document) }},
		{reportName, typeJSON, &r.JSON, func(w io.Writer) error { return report.WriteJSON(w, j.Document) }},
	})
	return r, err
}

// WriteDecided writes reports again, once the document carries the decision on it, and returns where they are now.
// copyRows passes the rows.csv that was decided on to a function that reads it.
func WriteDecided(ctx context.Context, objects Objects, doc *report.Document, r contract.Reports, copyRows func(read func(io.Reader) error) error) (contract.Reports, error) {
	workbook, err := report.NewXLSX(doc)
	if err != nil {
		return contract.Reports{}, err
	}
	defer workbook.Close()
	if err := copyRows(workbook.CopyRows); err != nil {
		return contract.Reports{}, err
	}
	err = write(ctx, objects, doc, &r, []output{
		{DecidedName("report.xlsx"), typeXLSX, &r.XLSX, workbook.Write},
		{DecidedName("report.html"), typeHTML, &r.HTML, func(w io.Writer) error { return report.WriteHTML(w, doc) }},
		{DecidedName(reportName), typeJSON, &r.JSON, func(w io.Writer) error { return report.WriteJSON(w, doc) }},
	})
	return r, err
}

// DecidedName returns the name of a report that is written again once a person, or the deadline, has decided.
func DecidedName(name string) string { return "decided/" + name }

// output is one report to be written; uri is set to where it is.
type output struct {
	name, contentType string
	uri               *string
	write             func(io.Writer) error
}

// write writes the outputs in their order; each is named among the document's objects for those after it.
func write(ctx context.Context, objects Objects, doc *report.Document, reports *contract.Reports, outputs []output) error {
	for _, o := range outputs {
		object, err := objects.Create(ctx, o.name, o.contentType, o.write)
		if err != nil {
			return fmt.Errorf("writing %s: %w", o.name, err)
		}
		doc.Evidence.Objects = append(doc.Evidence.Objects, object)
		*o.uri, reports.JSONSHA256 = object.URI, object.SHA256
	}
	reports.Link = doc.Links.HTML
	return nil
}

// writeRows writes rows.csv, and the same rows into the workbook.
func (j *Judged) writeRows(ctx context.Context, w io.Writer, workbook *report.XLSX) error {
	rows := report.NewRowsCSV(w)
	if j.NeedsRows() {
		if err := j.t.readRows(ctx, j.Lookup, func(file string, row *extractfile.Row) error {
			if err := workbook.WriteRow(file, row, j.Findings); err != nil {
				return err
			}
			return rows.Write(file, row, j.Findings)
		}); err != nil {
			return err
		}
	}
	return rows.Flush()
}
