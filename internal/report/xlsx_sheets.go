package report

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"tieout/internal/money"
	"tieout/internal/reconcile"
	"tieout/internal/wording"
)

// styles are the few cell formats of the workbook.
type styles struct{ title, head, figures, text, count, money, wrap int }

func newStyles(f *excelize.File) (styles, error) {
	var s styles
	two, text := "#,##0.00######", "@"
	rule := []excelize.Border{{Type: "bottom", Color: "1B1E22", Style: 1}}
	top := &excelize.Alignment{Vertical: "top"}
	strong := &excelize.Font{Bold: true, Family: "Calibri", Size: 11}
	for _, want := range []struct {
		id    *int
		style excelize.Style
	}{
		{&s.title, excelize.Style{Font: &excelize.Font{Bold: true, Family: "Calibri", Size: 14}, Alignment: &excelize.Alignment{Horizontal: "left", Indent: 1}}},
		{&s.head, excelize.Style{Font: strong, Border: rule, Alignment: &excelize.Alignment{Horizontal: "left", Indent: 1, WrapText: true}}},
		{&s.figures, excelize.Style{Font: strong, Border: rule, Alignment: &excelize.Alignment{Horizontal: "right", WrapText: true}}},
		{&s.text, excelize.Style{CustomNumFmt: &text, Alignment: &excelize.Alignment{Horizontal: "left", Indent: 1, Vertical: "top"}}},
		{&s.count, excelize.Style{NumFmt: 3, Alignment: top}},
		{&s.money, excelize.Style{CustomNumFmt: &two, Alignment: top}},
		{&s.wrap, excelize.Style{CustomNumFmt: &text, Alignment: &excelize.Alignment{Horizontal: "left", Indent: 1, Vertical: "top", WrapText: true}}},
	} {
		id, err := f.NewStyle(&want.style)
		if err != nil {
			return s, err
		}
		*want.id = id
	}
	return s, nil
}

// Kinds of columns.
const (
	kindText = iota
	kindNumber
	kindMoney
	kindWrap
)

type column struct {
	title string
	width float64
	kind  int
}

var rowsSheet = []column{{"File", 28, kindText}, {"Row", 10, kindNumber}, {"Sequence", 10, kindNumber}, {"Report", 22, kindText},
	{"Entry", 22, kindText}, {"Check", 18, kindText}, {"Class", 15, kindText}, {"Level", 7, kindNumber}, {"Value", 18, kindText},
	{"Path", 30, kindText}, {"Amount", 16, kindMoney}, {"Currency", 9, kindText}, {"Nth finding of the row", 12, kindNumber}, {"Finding", 20, kindText}}

var findingsSheet = []column{{"Check", 18, kindText}, {"Class", 15, kindText}, {"Level", 7, kindNumber}, {"Value", 18, kindText},
	{"Path", 30, kindText}, {"Declared", 14, kindText}, {"Computed", 14, kindText}, {"Suggested path", 30, kindText},
	{"Suggested name", 26, kindText}, {"Searched", 10, kindText}, {"Rows", 9, kindNumber}, {"Reports", 9, kindNumber}, {"Currency", 9, kindText},
	{"Net", 16, kindMoney}, {"Gross", 16, kindMoney}, {"File", 24, kindText}, {"First row", 10, kindNumber}, {"Sample rows", 22, kindText},
	{"Sample reports", 30, kindText}, {"Status", 10, kindText}, {"Since", 12, kindText}, {"Waived", 30, kindText},
	{"Resolution", 24, kindText}, {"Owner", 22, kindText}, {"Note", 36, kindWrap}, {"Finding", 20, kindText}}

// Positions of the columns that people fill in, from 1.
const (
	resolutionColumn = 23
	ownerColumn      = 24
)

// sheet streams one sheet.
type sheet struct {
	name    string
	out     *excelize.StreamWriter
	columns []column
	styles  styles
	next    int // row to be written next, from 1
}

// plain starts a sheet of columns without a head.
func (x *XLSX) plain(name string, columns []column) (*sheet, error) {
	out, err := x.file.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	s := &sheet{name, out, columns, x.styles, 1}
	for i, c := range columns {
		style := []int{x.styles.text, x.styles.count, x.styles.money, x.styles.wrap}[c.kind]
		if err := out.SetColStyle(i+1, i+1, style); err != nil {
			return nil, err
		}
		if err := out.SetColWidth(i+1, i+1, c.width); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// table starts a sheet with a head that stays in sight and filters.
func (x *XLSX) table(name string, columns []column) (*sheet, error) {
	s, err := x.plain(name, columns)
	if err != nil {
		return nil, err
	}
	if err := s.out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	return s, s.head()
}

func (s *sheet) head() error {
	titles := make([]string, len(s.columns))
	for i, c := range s.columns {
		titles[i] = c.title
	}
	return s.write(s.headed(titles...)...)
}

// headed makes a head of titles, over figures on the right.
func (s *sheet) headed(titles ...string) []any {
	cells := make([]any, len(titles))
	for i, t := range titles {
		style := s.styles.head
		if kind := s.columns[i].kind; kind == kindNumber || kind == kindMoney {
			style = s.styles.figures
		}
		cells[i] = excelize.Cell{StyleID: style, Value: t}
	}
	return cells
}

// write adds a row of cells, each in its column's format.
func (s *sheet) write(cells ...any) error {
	for i, c := range cells {
		if _, styled := c.(excelize.Cell); styled || c == nil || i >= len(s.columns) {
			continue
		}
		cells[i] = excelize.Cell{StyleID: s.style(s.columns[i].kind, c), Value: c}
	}
	row := s.next
	s.next++
	return s.out.SetRow(fmt.Sprintf("A%d", row), cells)
}

func (s *sheet) style(kind int, value any) int {
	_, isText := value.(string)
	switch {
	case kind == kindWrap:
		return s.styles.wrap
	case isText:
		return s.styles.text
	case kind == kindMoney:
		return s.styles.money
	}
	return s.styles.count
}

// end closes a table with its filters.
func (s *sheet) end(f *excelize.File) error {
	last, err := excelize.CoordinatesToCellName(len(s.columns), max(1, s.next-1))
	if err != nil {
		return err
	}
	if err := f.AutoFilter(s.name, "A1:"+last, nil); err != nil {
		return err
	}
	return s.out.Flush()
}

func (x *XLSX) writeFindings() error {
	s, err := x.table(sheetFindings, findingsSheet)
	if err != nil {
		return err
	}
	groups := groupFindings(x.doc)
	left := 0
	for _, g := range groups {
		for _, f := range g.Findings {
			if s.next+max(1, len(f.Amounts)) > x.maxRows {
				left++
				continue
			}
			if err := writeFindingLines(s, f); err != nil {
				return err
			}
		}
	}
	if left > 0 {
		if err := s.write(fmt.Sprintf("The sheet ends here: %s are in findings.csv.", wording.Counted(left, "more finding", "more findings"))); err != nil {
			return err
		}
	}
	for _, d := range []struct {
		column int
		offers []string
	}{{resolutionColumn, resolutions}, {ownerColumn, owners}} {
		if err := x.dropDown(d.column, s.next-1, d.offers); err != nil {
			return err
		}
	}
	return s.end(x.file)
}

// writeFindingLines writes a finding with one line per currency; rows and reports stand on the first, so that columns add up.
func writeFindingLines(s *sheet, f *reconcile.Finding) error {
	var suggested, name, waived string
	if f.Suggestion != nil {
		suggested, name = joined(f.Suggestion.Path), f.Suggestion.Name
	}
	if w := f.Waived; w != nil {
		waived = fmt.Sprintf("%s (%s, until %s)", w.Reason, w.By, w.Until)
	}
	rows, reports := any(f.Rows), any(f.Reports)
	line := func(currency string, net, gross any) error {
		err := s.write(text(f.Check), text(f.Class), level(f.Level), text(value(f.Path, f.Level)), text(joined(f.Path)), decimalCell(f.Declared),
			decimalCell(f.Computed), text(suggested), text(name), text(f.Searched), rows, reports, text(currency), net, gross, text(f.File),
			level(int(f.FirstRow)), text(numbers(f.SampleRows)), text(strings.Join(f.SampleReports, ", ")), text(f.Status), text(f.Since),
			text(waived), nil, nil, nil, text(f.ID))
		rows, reports = nil, nil
		return err
	}
	if len(f.Amounts) == 0 {
		return line("", nil, nil)
	}
	for _, code := range currencies(f.Amounts) {
		if err := line(code, decimal(f.Amounts[code].Net), decimal(f.Amounts[code].Gross)); err != nil {
			return err
		}
	}
	return nil
}

// decimalCell returns what a control check declared or computed, which may be a figure or a text such as a batch id.
func decimalCell(s string) any {
	if _, err := money.Parse(s); err == nil && (len(s) == 1 || s[0] != '0' || strings.HasPrefix(s, "0.")) {
		return decimalText(s)
	}
	return text(s)
}

// dropDown offers texts in a column; a text of one's own is allowed.
func (x *XLSX) dropDown(column, last int, offers []string) error {
	if last < 2 || len(offers) == 0 {
		return nil
	}
	name, err := excelize.ColumnNumberToName(column)
	if err != nil {
		return err
	}
	v := excelize.NewDataValidation(true)
	v.SetSqref(fmt.Sprintf("%s2:%s%d", name, name, last))
	if err := v.SetDropList(offers); err != nil {
		return err
	}
	v.ShowErrorMessage = false
	return x.file.AddDataValidation(sheetFindings, v)
}

func (x *XLSX) writeControl() error {
	s, err := x.table(sheetControl, []column{{"File", 40, kindText}, {"Figure", 16, kindText}, {"Declared", 20, kindMoney}, {"Computed", 20, kindMoney},
		{"Difference", 16, kindMoney}, {"Result", 12, kindText}})
	if err != nil {
		return err
	}
	files := x.doc.Control.Files
	if len(files) != 1 {
		files = append([]reconcile.FileControl{{Name: "All files", Control: x.doc.Control.Control}}, files...)
	}
	for _, f := range files {
		declared, total, difference, rest := any(f.DeclaredRecords), decimal(f.DeclaredTotal), decimal(f.Total.Sub(f.DeclaredTotal)), any(f.Records-f.DeclaredRecords)
		if !f.Declared {
			declared, total, difference, rest = nil, nil, nil, nil
		}
		if err := s.write(text(f.Name), "Rows", count(s, declared), count(s, f.Records), count(s, rest), result(f.Declared, f.Records == f.DeclaredRecords)); err != nil {
			return err
		}
		if err := s.write(text(f.Name), "Journal total", total, decimal(f.Total), difference, result(f.Declared, f.Total == f.DeclaredTotal)); err != nil {
			return err
		}
		for _, code := range currencies(f.Amounts) {
			if err := s.write(text(f.Name), text("Net "+code), nil, decimal(f.Amounts[code].Net)); err != nil {
				return err
			}
		}
	}
	return s.end(x.file)
}

// count formats a whole number in a column of money.
func count(s *sheet, n any) any {
	if n == nil {
		return nil
	}
	return excelize.Cell{StyleID: s.styles.count, Value: n}
}

func result(declared, agrees bool) string {
	switch {
	case !declared:
		return "computed"
	case agrees:
		return "agrees"
	}
	return "differs"
}
