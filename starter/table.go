package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/width"

	"tieout/internal/wording"
)

// Colours of a terminal.
const (
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	cyan   = "\x1b[36m"
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	plain  = "\x1b[0m"
)

func (a *program) paint(color, text string) string {
	if !a.color || text == "" {
		return text
	}
	return color + text + plain
}

// table collects rows of text. On a terminal they are written in columns under a head; piped, each is a line of
// fields with tabs between them and without the head, so that cut and awk can read them.
type table struct {
	head  []string
	rows  [][]string
	right map[int]bool   // columns aligned to the right
	tone  map[int]string // colour by row
}

func newTable(head ...string) *table {
	return &table{head: head, right: map[int]bool{}, tone: map[int]string{}}
}

func (t *table) add(cells ...string) {
	for i := range cells {
		cells[i] = visible(cells[i])
	}
	t.rows = append(t.rows, cells)
}

func (t *table) alignRight(columns ...int) {
	for _, i := range columns {
		t.right[i] = true
	}
}

func (a *program) table(t *table) {
	if !a.terminal {
		for _, row := range t.rows {
			a.println(strings.Join(row, "\t"))
		}
		return
	}
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], columnsOf(cell))
		}
	}
	a.println(a.paint(dim, t.line(t.head, widths)))
	for i, row := range t.rows {
		a.println(a.paint(t.tone[i], t.line(row, widths)))
	}
}

func (t *table) line(cells []string, widths []int) string {
	var b strings.Builder
	for i, cell := range cells {
		space := strings.Repeat(" ", max(0, widths[i]-columnsOf(cell)))
		if t.right[i] {
			b.WriteString(space + cell + "  ")
		} else {
			b.WriteString(cell + space + "  ")
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// visible shows a text from outside with its control and invisible characters replaced: it may be hostile.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, text)
}

// columnsOf is how many columns of a terminal a text takes.
func columnsOf(text string) int {
	n := 0
	for _, r := range text {
		switch k := width.LookupRune(r).Kind(); {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case k == width.EastAsianWide || k == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

// bytesText returns a size for people: 999 B, 1.4 MB.
func bytesText(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	return wording.Size(n)
}

// took is a duration for people: 4s, 12m, 3h5m.
func took(d time.Duration) string {
	switch {
	case d < 0:
		d = 0
		fallthrough
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours())/24)
}

// moment is a time for people, in UTC.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func plural(n int, one string) string { return wording.Counted(n, one, one+"s") }
