package report

import (
	"strings"

	"github.com/xuri/excelize/v2"

	"tieout/internal/contract"
	"tieout/internal/money"
	"tieout/internal/reconcile"
	"tieout/internal/wording"
)

func (x *XLSX) writeSummary() error {
	s, err := x.plain(sheetSummary, []column{{"", 30, kindText}, {"", 26, kindText}, {"", 12, kindNumber}, {"", 12, kindNumber}, {"", 10, kindText},
		{"", 18, kindMoney}, {"", 18, kindMoney}, {"", 26, kindText}, {"", 16, kindText}})
	if err != nil {
		return err
	}
	verdict := headlineOf(x.doc)
	lines := [][]any{
		{excelize.Cell{StyleID: s.styles.title, Value: harmless(x.doc.Run.Pipeline + ", " + x.doc.Run.BusinessDate + ": " + verdict.Word)}},
		{verdict.Sentence}, nil,
	}
	groups := groupFindings(x.doc)
	actions := actionsOf(x.doc, groups)
	lines = append(lines, s.headed("What to do now"))
	if len(actions) == 0 {
		lines = append(lines, []any{next(x.doc)})
	}
	for _, a := range actions {
		what := a.Do
		if figures := a.Figures(); figures != "" {
			what += " (" + figures + ")"
		}
		lines = append(lines, []any{a.Title, what})
	}
	lines = append(lines, nil, s.headed("Check", "Class", "Findings", "Rows", "Currency", "Net", "Gross", "Status", "Oldest"))
	for _, g := range groups {
		lines = append(lines, withAmounts([]any{checkTitle(g.Check), g.Class.Title, g.Open, g.Rows, nil, nil, nil, g.statuses(), text(g.Oldest)}, g.Amounts)...)
	}
	lines = append(lines, withAmounts([]any{"Total, each row counted once", nil, x.doc.Summary.Count, x.doc.Summary.Rows, nil, nil, nil,
		text(waivedText(x.doc.Summary.Waived)), nil}, x.doc.Summary.Amounts)...)
	if x.allRows > int64(x.maxRows-2) {
		lines = append(lines, nil, []any{"The sheet Rows is cut at Excel's limit; every row is in rows.csv (" + wording.Count(x.allRows) + " lines)."})
	}
	for _, line := range lines {
		if err := s.write(line...); err != nil {
			return err
		}
	}
	return s.out.Flush()
}

func waivedText(n int) string {
	if n == 0 {
		return ""
	}
	return wording.Count(int64(n)) + " waived"
}

// withAmounts repeats a line per currency, its counts on the first only.
func withAmounts(line []any, sums money.Sums) [][]any {
	var lines [][]any
	for i, code := range currencies(sums) {
		next := append([]any(nil), line...)
		if i > 0 {
			next[2], next[3] = nil, nil
		}
		next[4], next[5], next[6] = text(code), decimal(sums[code].Net), decimal(sums[code].Gross)
		lines = append(lines, next)
	}
	if lines == nil {
		lines = [][]any{line}
	}
	return lines
}

func (x *XLSX) writeEvidence() error {
	s, err := x.plain(sheetEvidence, []column{{"", 34, kindText}, {"", 60, kindText}, {"", 16, kindNumber}, {"", 14, kindNumber}, {"", 68, kindText}, {"", 60, kindText}, {"", 68, kindText}})
	if err != nil {
		return err
	}
	var lines [][]any
	for _, f := range newEvidenceView(x.doc).Facts {
		lines = append(lines, []any{f.Term, text(f.Value.Text)})
	}
	lines = append(lines, nil, s.headed("File", "Place", "Bytes", "Rows", "SHA-256", "End proved by", "SHA-256 when it was scanned"))
	files := x.doc.Evidence.Files
	if x.doc.Evidence.Raw != nil {
		files = append([]contract.File{*x.doc.Evidence.Raw}, files...)
	}
	for _, f := range files {
		lines = append(lines, []any{text(f.Name), text(f.URI), f.Bytes, f.Records, text(f.SHA256), text(f.Proof), text(f.ScannedSHA256)})
	}
	lines = append(lines, nil, s.headed("List", "Snapshot", "Items read", "Requests", "SHA-256", "Read"))
	for _, l := range x.doc.Lists {
		lines = append(lines, []any{text(l.Name + " (" + l.API + ", " + l.ID + ")"), text(l.URI), l.Items, l.Requests, text(l.SHA256), text(l.ReadAt)})
	}
	for _, l := range x.doc.Lists {
		for _, d := range l.Doubles {
			lines = append(lines, []any{text("Defect of list " + l.Name), text(strings.Join(d.Path, reconcile.PathSeparator) + " stands more than once: " + strings.Join(d.Names, ", "))})
		}
	}
	lines = append(lines, x.reviewLines(s)...)
	for _, line := range lines {
		if err := s.write(line...); err != nil {
			return err
		}
	}
	return s.out.Flush()
}

// reviewLines are the decision and the rechecks before it.
func (x *XLSX) reviewLines(s *sheet) [][]any {
	var lines [][]any
	review := func(title string, r contract.Review, more ...[]any) {
		lines = append(lines, nil, s.headed(title), []any{"Decision", text(string(r.Decision))}, []any{"By", text(r.By)}, []any{"Reason", text(r.Reason)},
			[]any{"At", text(r.At)}, []any{"Given on", newReviewView(&r).On.Sentence()})
		lines = append(lines, more...)
	}
	for i, v := range recheckViews(x.doc.Rechecks) {
		review("Recheck", x.doc.Rechecks[i].Review, []any{"Came to", v.Then.Sentence()})
	}
	if r := x.doc.Review; r != nil {
		review("Review", *r)
	}
	return lines
}
