package printer

import (
	"slices"
	"strings"
)

// Table collects rows of text. On a terminal they are written in columns under a head. Elsewhere each row is a line
// with tabs between its fields and there is no head, so that cut and awk can read it.
type Table struct {
	head   []string
	rows   [][]string
	colors []string // by row
	right  []int    // the columns that are aligned to the right
}

// NewTable returns an empty table with the titles of its columns.
func NewTable(head ...string) *Table { return &Table{head: head} }

// AlignRight aligns columns to the right. They are counted from 0.
func (t *Table) AlignRight(columns ...int) *Table {
	t.right = append(t.right, columns...)
	return t
}

// Add adds a row.
func (t *Table) Add(cells ...string) { t.AddColored("", cells...) }

// AddColored adds a row in a colour.
func (t *Table) AddColored(color string, cells ...string) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = Visible(cell)
	}
	t.rows, t.colors = append(t.rows, row), append(t.colors, color)
}

// Table writes a table to Out.
func (p *Printer) Table(t *Table) {
	if !p.Terminal {
		for _, row := range t.rows {
			p.Println(strings.Join(row, "\t"))
		}
		return
	}
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], columns(cell))
		}
	}
	p.Println(p.Paint(Dim, t.line(t.head, widths)))
	for i, row := range t.rows {
		p.Println(p.Paint(t.colors[i], t.line(row, widths)))
	}
}

func (t *Table) line(cells []string, widths []int) string {
	var b strings.Builder
	for i, cell := range cells {
		space := strings.Repeat(" ", max(0, widths[i]-columns(cell)))
		if slices.Contains(t.right, i) {
			b.WriteString(space + cell + "  ")
		} else {
			b.WriteString(cell + space + "  ")
		}
	}
	return strings.TrimRight(b.String(), " ")
}
