package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"tieout/internal/extractfile"
	"tieout/internal/money"
	"tieout/internal/reconcile"
)

// FindingsColumns are the columns of findings.csv. A finding takes one line per currency; rows and reports stand on its
// first line only, so that every column of figures adds up.
var FindingsColumns = []string{"finding", "check", "class", "level", "value", "path", "declared", "computed", "rows", "reports",
	"currency", "net", "gross", "file", "first_row", "sample_rows", "sample_reports", "suggested_path", "suggested_name",
	"searched", "status", "since", "waived_reason", "waived_by", "waived_until"}

// RowsColumns are the columns of rows.csv. A row takes one line per finding that it is part of; nth counts these lines, so
// that the lines with nth 1 count every row and its amount once.
var RowsColumns = []string{"file", "row", "sequence", "report", "entry", "check", "class", "level", "value", "path", "amount",
	"currency", "nth", "finding"}

// WriteFindingsCSV writes findings.csv: UTF-8, comma, RFC 4180 quoting, lines end in LF, texts guarded against formulas.
func WriteFindingsCSV(w io.Writer, findings []reconcile.Finding) error {
	out := csv.NewWriter(w)
	out.Write(FindingsColumns)
	for i := range findings {
		writeFinding(out, &findings[i])
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("writing findings.csv: %w", err)
	}
	return nil
}

func writeFinding(out *csv.Writer, f *reconcile.Finding) {
	line := []string{guard(f.ID), guard(f.Check), guard(f.Class), number(int64(f.Level)), guard(value(f.Path, f.Level)),
		guard(joined(f.Path)), figure(f.Declared), figure(f.Computed), strconv.FormatInt(f.Rows, 10), strconv.FormatInt(f.Reports, 10),
		"", "", "", guard(f.File), number(f.FirstRow), numbers(f.SampleRows), guard(strings.Join(f.SampleReports, " ")),
		"", "", guard(f.Searched), guard(f.Status), guard(f.Since), "", "", ""}
	if s := f.Suggestion; s != nil {
		line[17], line[18] = guard(joined(s.Path)), guard(s.Name)
	}
	if w := f.Waived; w != nil {
		line[22], line[23], line[24] = guard(w.Reason), guard(w.By), guard(w.Until)
	}
	if len(f.Amounts) == 0 {
		out.Write(line)
	}
	for _, code := range currencies(f.Amounts) {
		line[10], line[11], line[12] = guard(code), f.Amounts[code].Net.String(), f.Amounts[code].Gross.String()
		out.Write(line)
		line[8], line[9] = "", ""
	}
}

// RowsCSV writes rows.csv row by row; its form is that of findings.csv.
type RowsCSV struct{ out *csv.Writer }

// NewRowsCSV starts rows.csv. Its errors come with Write and Flush.
func NewRowsCSV(w io.Writer) *RowsCSV {
	out := csv.NewWriter(w)
	out.Write(RowsColumns)
	return &RowsCSV{out}
}

// Write adds the lines of one row of a file: one per finding that it is part of. row.Findings index into findings; a
// row that is in none adds nothing.
func (r *RowsCSV) Write(file string, row *extractfile.Row, findings []reconcile.Finding) error {
	lines, err := rowLines(file, row, findings)
	if err != nil {
		return err
	}
	for i, l := range lines {
		err := r.out.Write([]string{guard(file), strconv.FormatInt(row.Number, 10), figure(row.Sequence), guard(row.Report), guard(row.Entry),
			guard(l.check), guard(l.class), number(int64(l.level)), guard(value(l.path, l.level)), guard(joined(l.path)), figure(row.Amount),
			guard(row.Currency), strconv.Itoa(i + 1), guard(l.id)})
		if err != nil {
			return fmt.Errorf("writing rows.csv: %w", err)
		}
	}
	return nil
}

// Flush ends rows.csv.
func (r *RowsCSV) Flush() error {
	r.out.Flush()
	if err := r.out.Error(); err != nil {
		return fmt.Errorf("writing rows.csv: %w", err)
	}
	return nil
}

// value returns the code at the level that the finding is about.
func value(path []string, level int) string {
	if level < 1 || level > len(path) {
		return ""
	}
	return path[level-1]
}

// joined writes a path as a waiver names it; report.json keeps its levels apart.
func joined(path []string) string { return strings.Join(path, reconcile.PathSeparator) }

// figure leaves a plain decimal as it is and guards anything else: a negative amount is not a formula.
func figure(text string) string {
	if _, err := money.Parse(text); err == nil {
		return text
	}
	return guard(text)
}

// number leaves 0 out, which stands for "none" in levels and row numbers.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func numbers(values []int64) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = strconv.FormatInt(v, 10)
	}
	return strings.Join(texts, " ")
}
