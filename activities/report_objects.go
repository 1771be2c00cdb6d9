package activities

import (
	"context"
	"fmt"
	"io"

	"tieout/internal/contract"
	"tieout/internal/extractfile"
	"tieout/internal/report"
)

const (
	typeHTML = "text/html; charset=utf-8"
	typeCSV  = "text/csv; charset=utf-8"
	typeJSON = "application/json"
	typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// eachRow passes over the rows that belong to a finding, file by file. Each pass proves anew that its bytes are those that
// were landed: nothing is reported from others than were scanned.
func (t *tieOut) eachRow(ctx context.Context, emit func(file string, row *extractfile.Row) error) error {
	for _, file := range t.files {
		err := t.a.readLanded(ctx, t.p, t.job, file, func(body io.Reader) error {
			return extractfile.Rows(ctx, body, t.layout, t.p.Scope.Settings.Checks, t.verdict.Lookup,
				func(row *extractfile.Row) error { return emit(file.Name, row) },
				extractfile.ScanOptions{Progress: func(bytes, rows int64) {
					note(ctx, contract.Heartbeat{File: file.Name, Bytes: bytes, Of: file.Bytes, Rows: rows})
				}})
		})
		if err != nil {
			return fmt.Errorf("passing over %s again: %w", t.a.Store.URI(file.Key), err)
		}
	}
	return nil
}

// writeReports writes every report of the tie-out and returns report.json, which comes last and names the others with
// their hashes.
func (t *tieOut) writeReports(ctx context.Context, doc *report.Document) (report.Object, error) {
	if err := t.writeRows(ctx, doc); err != nil {
		return report.Object{}, err
	}
	if err := t.create(ctx, "findings.csv", typeCSV, func(w io.Writer) error { return report.WriteFindingsCSV(w, doc.Findings) }); err != nil {
		return report.Object{}, err
	}
	if err := t.create(ctx, "report.html", typeHTML, func(w io.Writer) error { return report.WriteHTML(w, doc, report.HTMLOptions{}) }); err != nil {
		return report.Object{}, err
	}
	doc.Evidence.Objects = t.objects
	return t.a.createObject(ctx, t.key("report.json"), typeJSON, func(w io.Writer) error { return report.WriteJSON(w, doc) })
}

// create streams one object of the tie-out and notes which bytes it has.
func (t *tieOut) create(ctx context.Context, name, contentType string, write func(io.Writer) error) error {
	object, err := t.a.createObject(ctx, t.key(name), contentType, write)
	if err == nil {
		t.objects = append(t.objects, object)
	}
	return err
}

// writeRows writes rows.csv and report.xlsx, which both hold the affected rows, in one pass.
func (t *tieOut) writeRows(ctx context.Context, doc *report.Document) error {
	workbook, err := report.NewXLSX(doc, report.XLSXOptions{})
	if err != nil {
		return err
	}
	defer workbook.Close()
	err = t.create(ctx, "rows.csv", typeCSV, func(w io.Writer) error {
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
	return t.create(ctx, "report.xlsx", typeXLSX, func(w io.Writer) error {
		_, err := workbook.WriteTo(w)
		return err
	})
}
