package report

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"tieout/internal/contract"
	"tieout/internal/money"
	"tieout/internal/wording"
)

// SummaryOptions shape the summary on a terminal.
type SummaryOptions struct {
	Color bool
	// Width is the terminal's; 0 means 100 columns.
	Width int
}

const (
	defaultWidth = 100
	narrowest    = 40
	topFindings  = 10
	// narrowestColumn leaves the longest class name whole.
	narrowestColumn = 13
)

// Colours of a terminal, all that the summary ever writes beside text.
const (
	bold  = "\x1b[1m"
	dim   = "\x1b[2m"
	plain = "\x1b[0m"
)

var tones = map[string]string{toneGood: "\x1b[1;32m", toneWarn: "\x1b[1;33m", toneBad: "\x1b[1;31m", toneCalm: "\x1b[1;36m"}

// WriteSummary writes the plain summary: verdict, control totals, findings by class, top findings, where the reports lie.
func WriteSummary(w io.Writer, doc *Document, options SummaryOptions) error {
	if options.Width <= 0 {
		options.Width = defaultWidth
	}
	s := &summary{options: options, width: max(options.Width, narrowest)}
	groups := groupFindings(doc)
	verdict := headlineOf(doc)
	s.line(s.paint(bold, cut(show(doc.Run.Pipeline), 40)) + "  " + brief(doc.Run.BusinessDate) + "  " + s.paint(tones[verdict.Tone], verdict.Word))
	s.wrapped("", verdict.Sentence)
	s.review(doc)
	s.control(doc)
	s.classes(doc, groups)
	s.actions(doc, groups)
	s.top(doc, groups)
	s.reports(doc)
	if _, err := io.WriteString(w, s.b.String()); err != nil {
		return fmt.Errorf("writing the summary: %w", err)
	}
	return nil
}

type summary struct {
	b       strings.Builder
	options SummaryOptions
	width   int
}

func (s *summary) line(text string) {
	s.b.WriteString(strings.TrimRight(text, " "))
	s.b.WriteByte('\n')
}

func (s *summary) heading(text string) { s.line("\n" + s.paint(bold, text)) }

func (s *summary) paint(color, text string) string {
	if !s.options.Color || text == "" {
		return text
	}
	return color + text + plain
}

// review writes who decided, and who asked for another look before.
func (s *summary) review(doc *Document) {
	v := newReviewView(doc.Review)
	if v == nil && len(doc.Rechecks) == 0 {
		return
	}
	s.heading("Review")
	for _, r := range recheckViews(doc.Rechecks) {
		s.wrapped("  ", fmt.Sprintf("Recheck by %s on %s: %s", r.By, r.At, r.Reason))
		s.wrapped("     ", fmt.Sprintf("on %s; it came to %s", r.On.Sentence(), r.Then.Sentence()))
	}
	if v != nil {
		s.wrapped("  ", fmt.Sprintf("%s by %s on %s: %s", reviewed(doc).Word, v.By, v.At, v.Reason))
		s.wrapped("     ", "on "+v.On.Sentence())
	}
}

// wrapped writes words in lines that fit, indented.
func (s *summary) wrapped(indent, text string) {
	line := indent
	for _, word := range strings.Fields(text) {
		if line != indent && columns(line)+1+columns(word) > s.width {
			s.line(line)
			line = indent
		}
		if line != indent {
			line += " "
		}
		line += word
	}
	s.line(line)
}

func (s *summary) control(doc *Document) {
	s.heading("Control totals")
	v := newControlView(doc)
	rows := [][]string{{"", "", "declared", "computed", "difference", ""}}
	for _, l := range v.Lines {
		file, result := "", "computed"
		if l.First {
			file = l.File
		}
		if v.Declared {
			result = map[bool]string{true: "agrees", false: "DIFFERS"}[l.Agrees]
		}
		rows = append(rows, []string{file, strings.ToLower(l.What), l.Declared, l.Computed, l.Difference, result})
	}
	s.table(rows, "llrrrl")
}

func (s *summary) classes(doc *Document, groups []*group) {
	if len(groups) == 0 {
		return
	}
	s.heading("Findings")
	rows := [][]string{{"check", "class", "findings", "rows", "gross", "", "status"}}
	add := func(check, class string, count int, n int64, sums money.Sums, status string) {
		row := []string{check, class, wording.Count(int64(count)), wording.Count(n), "", "", status}
		for i, code := range currencies(sums) {
			if i > 0 {
				row = []string{"", "", "", "", "", "", ""}
			}
			row[4], row[5] = Money(sums[code].Gross), currencyName(code)
			rows = append(rows, row)
		}
		if len(sums) == 0 {
			rows = append(rows, row)
		}
	}
	for i, g := range groups {
		name := checkTitle(g.Check)
		if i > 0 && groups[i-1].Check == g.Check {
			name = ""
		}
		add(name, show(g.Class.Name), g.Open, g.Rows, g.Amounts, g.statuses())
	}
	add("total, each row once", "", doc.Summary.Count, doc.Summary.Rows, doc.Summary.Amounts, waivedText(doc.Summary.Waived))
	s.table(rows, "llrrrll")
}

func (s *summary) actions(doc *Document, groups []*group) {
	s.heading("What to do now")
	actions := actionsOf(doc, groups)
	if len(actions) == 0 || doc.Outcome == contract.OutcomeApproved || doc.Outcome == contract.OutcomeRejected {
		s.wrapped("  ", next(doc))
	}
	for i, a := range actions {
		title := fmt.Sprintf("%d. %s", i+1, a.Title)
		if figures := a.Figures(); figures != "" {
			title += " (" + figures + ")"
		}
		s.wrapped("  ", title)
		s.wrapped("     ", a.Do)
	}
}

// top lists the first findings of each group in turns, so that every class is seen.
func (s *summary) top(doc *Document, groups []*group) {
	rows := [][]string{{"code", "class", "rows", "first row", "suggestion"}}
	open := 0
	for _, g := range groups {
		open += g.Open
	}
	for turn := 0; len(rows) <= min(topFindings, open); turn++ {
		for _, g := range groups {
			if turn >= g.Open || len(rows) > topFindings {
				continue
			}
			f := g.Findings[turn]
			what, suggestion := joined(codes(f.Path)), ""
			if len(f.Path) == 0 {
				what = "declared " + show(f.Declared) + ", computed " + show(f.Computed)
			}
			if f.Suggestion != nil {
				suggestion = joined(codes(f.Suggestion.Path))
			}
			rows = append(rows, []string{what, show(f.Class), wording.Count(f.Rows), number(f.FirstRow), suggestion})
		}
	}
	if open == 0 {
		return
	}
	title := "Top findings"
	if open > topFindings {
		title += " (" + wording.Count(topFindings) + " of " + wording.Count(int64(open)) + ")"
	}
	s.heading(title)
	s.table(rows, "llrrl")
}

func (s *summary) reports(doc *Document) {
	links := linksOf(doc.Links)
	if doc.Evidence.Manifest != "" {
		links = append(links, newLink("Manifest of the landing", doc.Evidence.Manifest))
	}
	if len(links) == 0 {
		return
	}
	s.heading("Where the reports lie")
	for _, p := range links {
		s.line("  " + pad(p.Label, 28, 'l') + p.Text)
	}
}

// table writes rows in columns, l for left and r for right, the first row as a head. Too wide, it cuts the widest text.
func (s *summary) table(rows [][]string, aligns string) {
	const gap = 2
	widths := make([]int, len(aligns))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], columns(cell))
		}
	}
	for {
		total, widest := gap, -1
		for i, n := range widths {
			total += n + gap
			if aligns[i] == 'l' && n > narrowestColumn && (widest < 0 || n > widths[widest]) {
				widest = i
			}
		}
		if total-gap <= s.width || widest < 0 {
			break
		}
		widths[widest]--
	}
	for n, row := range rows {
		line := strings.Repeat(" ", gap)
		for i, cell := range row {
			line += pad(cut(cell, widths[i]), widths[i], aligns[i]) + strings.Repeat(" ", gap)
		}
		if line = strings.TrimRight(line, " "); n == 0 {
			line = s.paint(dim, line)
		}
		s.line(line)
	}
}

func pad(text string, n int, align byte) string {
	space := strings.Repeat(" ", max(0, n-columns(text)))
	if align == 'r' {
		return space + text
	}
	return text + space
}

// cut shortens a text to n columns.
func cut(text string, n int) string {
	if columns(text) <= n {
		return text
	}
	used, end := 0, 0
	for i, r := range text {
		if used += runeColumns(r); used > n-1 {
			break
		}
		end = i + len(string(r))
	}
	return text[:end] + "…"
}

// columns returns how many columns of a terminal a text takes.
func columns(text string) int {
	n := 0
	for _, r := range text {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	switch k := width.LookupRune(r).Kind(); {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case k == width.EastAsianWide || k == width.EastAsianFullwidth:
		return 2
	}
	return 1
}
