package report

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"tieout/internal/extractfile"
	"tieout/internal/money"
	"tieout/internal/reconcile"
	"tieout/internal/wording"
)

// Sheets of report.xlsx, in their order.
const (
	sheetSummary  = "Summary"
	sheetFindings = "Findings"
	sheetRows     = "Rows"
	sheetControl  = "Control"
	sheetEvidence = "Evidence"
)

// resolutions and owners are offered as drop-downs in the sheet Findings; other texts can be typed in. Each list must come
// to 255 characters at most.
var (
	resolutions = []string{"Corrected in Concur", "Added to the list", "Posted to the suggested code", "Posted to another code", "To be waived", "No action"}
	owners      = []string{"Finance operations", "Master data", "Concur administration", "Report owner", "Controller"}
)

// XLSX writes report.xlsx: codes are texts, figures are numbers, and no cell is a formula. Rows pass through a temporary
// file, so memory does not grow with them. Close must be called.
type XLSX struct {
	doc     *Document
	maxRows int // of a sheet
	file    *excelize.File
	styles  styles
	rows    *sheet
	// allRows counts the lines of the row listing, those beyond the sheet's end included.
	allRows int64
}

// NewXLSX starts a workbook and writes all sheets but the rows.
func NewXLSX(doc *Document) (*XLSX, error) { return newXLSX(doc, excelize.TotalRows) }

func newXLSX(doc *Document, maxRows int) (*XLSX, error) {
	x := &XLSX{doc: doc, maxRows: maxRows, file: excelize.NewFile()}
	if err := x.start(); err != nil {
		x.Close()
		return nil, fmt.Errorf("starting report.xlsx: %w", err)
	}
	return x, nil
}

func (x *XLSX) start() error {
	if err := x.file.SetDocProps(&excelize.DocProperties{Creator: "tieout", LastModifiedBy: "tieout", Created: x.doc.Run.TiedOutAt,
		Modified: x.doc.Run.TiedOutAt, Title: harmless("Tie-out of " + x.doc.Run.Pipeline + " " + x.doc.Run.BusinessDate)}); err != nil {
		return err
	}
	if err := x.file.SetSheetName("Sheet1", sheetSummary); err != nil {
		return err
	}
	for _, name := range []string{sheetFindings, sheetRows, sheetControl, sheetEvidence} {
		if _, err := x.file.NewSheet(name); err != nil {
			return err
		}
	}
	if err := x.layOut(); err != nil {
		return err
	}
	var err error
	if x.styles, err = newStyles(x.file); err != nil {
		return err
	}
	x.rows, err = x.table(sheetRows, rowsSheet)
	if err != nil {
		return err
	}
	return errors.Join(x.writeFindings(), x.writeControl(), x.writeEvidence())
}

// layOut makes the sheets that a reader prints fit the paper, in landscape.
func (x *XLSX) layOut() error {
	fit, landscape, wide, tall := true, "landscape", 1, 0
	for _, name := range []string{sheetSummary, sheetControl, sheetEvidence} {
		if err := x.file.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
			return err
		}
		if err := x.file.SetPageLayout(name, &excelize.PageLayoutOptions{Orientation: &landscape, FitToWidth: &wide, FitToHeight: &tall}); err != nil {
			return err
		}
	}
	return nil
}

// WriteRow adds one row of a file, a line per finding, as RowsCSV does. Beyond the sheet's end it only counts.
func (x *XLSX) WriteRow(fileName string, row *extractfile.Row, findings []reconcile.Finding) error {
	lines, err := rowLines(fileName, row, findings)
	if err != nil {
		return err
	}
	for i, l := range lines {
		x.allRows++
		if x.rows.next == x.maxRows { // the last line is kept for the note
			continue
		}
		err := x.rows.write(text(fileName), row.Number, decimalText(row.Sequence), text(row.Report), text(row.Entry), text(l.check), text(l.class),
			level(l.level), text(value(l.path, l.level)), text(joined(l.path)), decimalText(row.Amount), text(row.Currency), i+1, text(l.id))
		if err != nil {
			return fmt.Errorf("writing the rows of report.xlsx: %w", err)
		}
	}
	return nil
}

// Write ends the workbook and writes it.
func (x *XLSX) Write(w io.Writer) error {
	if left := x.allRows - int64(x.rows.next-2); left > 0 {
		note := fmt.Sprintf("The sheet ends here: %s more lines are in rows.csv.", wording.Count(left))
		if err := x.rows.write(note); err != nil {
			return fmt.Errorf("writing report.xlsx: %w", err)
		}
	}
	if err := errors.Join(x.rows.end(x.file), x.writeSummary()); err != nil {
		return fmt.Errorf("writing report.xlsx: %w", err)
	}
	// The library would gather the whole file in memory first; the archive goes to w past it.
	archive, err := newOrderedZip(w)
	if err != nil {
		return fmt.Errorf("writing report.xlsx: %w", err)
	}
	defer archive.discard()
	x.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return archive })
	if err := x.file.Write(io.Discard); err != nil {
		return fmt.Errorf("writing report.xlsx: %w", err)
	}
	return nil
}

// Close removes the temporary files.
func (x *XLSX) Close() error { return x.file.Close() }

// text returns a cell of text: never a formula, invisible characters shown, since XML cannot hold them.
func text(s string) any {
	if s == "" {
		return nil
	}
	return harmless(s)
}

func level(n int) any {
	if n == 0 {
		return nil
	}
	return n
}

// decimalText returns a number where Excel can hold it to the last digit, else the same figures as text.
func decimalText(s string) any {
	if a, err := money.Parse(s); err == nil {
		return decimal(a)
	}
	return text(s)
}

// decimal returns a number where Excel can hold it to the last digit (15 of them), else the same figures as text.
func decimal(a money.Amount) any {
	s := a.String()
	digits := strings.Trim(strings.Replace(strings.TrimPrefix(s, "-"), ".", "", 1), "0")
	if len(digits) > 15 {
		return s
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	return f
}
