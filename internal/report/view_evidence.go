package report

import (
	"fmt"
	"strings"

	"tieout/internal/contract"
	"tieout/internal/money"
	"tieout/internal/reconcile"
	"tieout/internal/wording"
)

// resolvedView lists what the previous run had and this one has not.
type resolvedView struct {
	Resolved     []resolvedLine
	ResolvedAll  string
	ResolvedLeft int
}

type resolvedLine struct {
	Check, Class, Since, LastSeen string
	Path                          []string
}

func newResolvedView(resolved []reconcile.Resolved, most int) resolvedView {
	most = min(most, 100)
	v := resolvedView{ResolvedAll: wording.Counted(len(resolved), "finding", "findings"), ResolvedLeft: max(0, len(resolved)-most)}
	for _, r := range resolved[:min(len(resolved), most)] {
		v.Resolved = append(v.Resolved, resolvedLine{checkTitle(r.Check), ClassOf(r.Class).Title, brief(r.Since), brief(r.LastSeen), codes(r.Path)})
	}
	return v
}

type listView struct {
	Name, API, ID, Levels, Items, Requests, ReadAt, SHA256 string
	Link                                                   link
	Doubles                                                []doubleView
	DoubleCount, DoublesLeft                               string
}

// doubleView is a code that stands more than once under one parent.
type doubleView struct {
	Path  []string
	Names string
}

func listViews(lists []ListUsed) []listView {
	var views []listView
	for _, l := range lists {
		v := listView{Name: show(l.Name), API: brief(l.API), ID: show(l.ID), Levels: number(int64(l.Levels)), Items: wording.Count(l.Items),
			Requests: wording.Count(l.Requests), ReadAt: moment(l.ReadAt), SHA256: show(l.SHA256), Link: newLink("", l.URI),
			DoubleCount: wording.Counted(l.DoubleCount, "code stands", "codes stand")}
		for _, d := range l.Doubles {
			v.Doubles = append(v.Doubles, doubleView{codes(d.Path), strings.Join(showAll(d.Names), ", ")})
		}
		if left := l.DoubleCount - len(l.Doubles); left > 0 {
			v.DoublesLeft = wording.Count(int64(left))
		}
		views = append(views, v)
	}
	return views
}

type usedView struct{ Name, List, Columns, Tuples, Skipped string }

func usedViews(checks []reconcile.CheckUsed) []usedView {
	var views []usedView
	for _, c := range checks {
		views = append(views, usedView{show(c.Name), show(c.List), strings.Join(showAll(c.Columns), ", "), wording.Count(c.Tuples), wording.Count(c.Skipped)})
	}
	return views
}

// evidenceView leads back to the bytes.
type evidenceView struct {
	Facts []fact
	Files []fileView
}

// fact is a term with its value; a value that is a URI may be a link.
type fact struct {
	Term  string
	Value link
	Code  bool
}

type fileView struct {
	Name, Bytes, Size, Records, SHA256, Scanned, Proof string
	Link                                               link
}

func newEvidenceView(doc *Document) evidenceView {
	e, run, job := doc.Evidence, doc.Run, doc.Job
	var v evidenceView
	add := func(term, text string, code bool) {
		if text != "" {
			v.Facts = append(v.Facts, fact{term, link{Text: shorten(text, 300)}, code})
		}
	}
	add("Job", job.ID, true)
	add("Definition", job.Definition, true)
	add("How the run came by the job", startText(job.Origin, e.Start), false)
	if job.StartTime != "" {
		add("Job ran", moment(job.StartTime)+until(job.StopTime), false)
	}
	if e.LandedAt != "" {
		add("Landed", moment(e.LandedAt), false)
	}
	if a := e.LandedAgain; a != nil {
		add("Landed again", "asked for by "+a.By+" on "+moment(a.At)+" ("+a.Reason+")", false)
	}
	if e.ScannedAt != "" {
		add("Scanned", moment(e.ScannedAt), false)
	}
	if e.Manifest != "" {
		v.Facts = append(v.Facts, fact{"Manifest", newLink("", e.Manifest), true})
	}
	add("Configuration (SHA-256)", e.Config, true)
	add("Software", e.Software, true)
	add("Workflow", run.WorkflowID, true)
	add("Workflow run", run.RunID, true)
	add("Concur correlation ids", strings.Join(e.CorrelationIDs, ", "), true)
	files := e.Files
	if e.Raw != nil {
		files = append([]contract.File{*e.Raw}, files...)
	}
	for i, f := range files {
		records := wording.Count(f.Records)
		if e.Raw != nil && i == 0 {
			records = "–"
		}
		v.Files = append(v.Files, fileView{show(f.Name), wording.Count(f.Bytes), size(f.Bytes), records, show(f.SHA256), scannedText(f), brief(f.Proof), newLink("", f.URI)})
	}
	return v
}

// scannedText says which bytes the figures were made of.
func scannedText(f contract.File) string {
	switch f.ScannedSHA256 {
	case "":
		return ""
	case f.SHA256:
		return "The figures are of these bytes: they were hashed while they were scanned."
	}
	return "The figures are of other bytes: SHA-256 " + show(f.ScannedSHA256)
}

func startText(origin contract.Origin, s *StartDecision) string {
	if s == nil {
		return string(origin)
	}
	text := s.Decision
	if s.By != "" {
		text += "; decided by " + s.By + " (" + s.Reason + ")"
	}
	return text
}

func until(stop string) string {
	if stop == "" {
		return ""
	}
	return " to " + moment(stop)
}

type reviewView struct {
	Decision, By, At, Reason string
	On                       figuresView
	Then                     *figuresView // what a recheck came to
}

type figuresView struct {
	TieOut         int
	Findings, Rows string
	Amounts        []amountView
}

func newFiguresView(tieOut, findings int, rows int64, amounts money.Sums) figuresView {
	return figuresView{tieOut, wording.Counted(findings, "finding", "findings"), wording.Counted(rows, "row", "rows"), amountViews(amounts)}
}

// Sentence says the figures in words.
func (v figuresView) Sentence() string {
	s := fmt.Sprintf("tie-out %d: %s in %s", v.TieOut, v.Findings, v.Rows)
	for i, a := range v.Amounts {
		s += map[bool]string{true: ", gross ", false: ", "}[i == 0] + a.Gross + " " + a.Currency
	}
	return s
}

func newReviewView(r *contract.Review) *reviewView {
	if r == nil {
		return nil
	}
	return &reviewView{Decision: brief(string(r.Decision)), By: show(r.By), At: moment(r.At), Reason: shorten(r.Reason, 500),
		On: newFiguresView(r.TieOut, r.Findings, r.Rows, r.Amounts)}
}

func recheckViews(rechecks []Recheck) []*reviewView {
	var views []*reviewView
	for i := range rechecks {
		v, then := newReviewView(&rechecks[i].Review), rechecks[i].Then
		came := newFiguresView(then.TieOut, then.Findings, then.Rows, then.Amounts)
		v.Then = &came
		views = append(views, v)
	}
	return views
}

type waiverView struct {
	Reason, By, Until, Check, Findings string
	Amounts                            []amountView
}

// waiverViews gathers the waived findings by the waiver that covers them.
func waiverViews(doc *Document) []waiverView {
	type key struct {
		check string
		reconcile.Waived
	}
	var keys []key
	counts, sums := map[key]int64{}, map[key]money.Sums{}
	for i := range doc.Findings {
		f := &doc.Findings[i]
		if f.Waived == nil {
			continue
		}
		k := key{f.Check, *f.Waived}
		if counts[k] == 0 {
			keys, sums[k] = append(keys, k), money.Sums{}
		}
		counts[k]++
		sums[k].Merge(f.Amounts)
	}
	var views []waiverView
	for _, k := range keys[:min(len(keys), 200)] {
		views = append(views, waiverView{shorten(k.Reason, 300), show(k.By), brief(k.Until), checkTitle(k.check), wording.Count(counts[k]), amountViews(sums[k])})
	}
	return views
}

// newLink makes a link of what a browser can open and shows anything else as text.
func newLink(label, uri string) link {
	p := link{Label: label, Text: shorten(uri, 300)}
	if strings.HasPrefix(uri, "https://") || strings.HasPrefix(uri, "http://") {
		p.URL = uri
	}
	return p
}

func linksOf(l Links) []link {
	var links []link
	for _, p := range []link{newLink("Report", l.HTML), newLink("Workbook", l.XLSX), newLink("Every finding", l.Findings),
		newLink("Every row concerned", l.Rows), newLink("Report for programs", l.JSON), newLink("Result of the run", l.Result)} {
		if p.Text != "" {
			links = append(links, p)
		}
	}
	return links
}
