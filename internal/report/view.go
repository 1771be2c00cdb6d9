package report

import (
	"fmt"
	"html/template"
	"strings"

	"tieout/internal/contract"
	"tieout/internal/money"
	"tieout/internal/reconcile"
	"tieout/internal/wording"
)

// view is what the page's template reads: texts made safe to show, figures written for people.
type view struct {
	Policy  template.HTMLAttr
	Style   template.CSS
	Title   string
	Run     Run
	Day     string
	Verdict headline
	Actions []actionView
	Next    string
	Control controlView
	Checks  []checkView
	Total   totalView
	Trend   *sparkline
	Details []detailView
	Left    string // findings that are not listed, if any
	resolvedView
	Lists    []listView
	Used     []usedView
	Evidence evidenceView
	Review   *reviewView
	Rechecks []*reviewView
	Waivers  []waiverView
	Links    []link
}

type amountView struct{ Net, Gross, Currency string }

type actionView struct {
	Title, Do, Figures, Anchor string
}

type totalView struct {
	Count, Rows string
	Amounts     []amountView
	Waived      string
}

// checkView is one check in the table of findings, with a line per class.
type checkView struct {
	Name    string
	Classes []classView
}

type classView struct {
	Title, Anchor, Count, Rows, Status, Oldest string
	Amounts                                    []amountView
	Trend                                      *sparkline
}

// link says where something is: a link when a browser can open it, else a text.
type link struct{ Label, Text, URL string }

func newView(doc *Document, perClass int) *view {
	groups := groupFindings(doc)
	v := &view{
		// The policy is made of constants; as an attribute it keeps its quotes readable.
		Policy:   template.HTMLAttr(`content="` + stylePolicy() + `"`),
		Style:    template.CSS(pageStyle),
		Run:      Run{Pipeline: show(doc.Run.Pipeline), BusinessDate: brief(doc.Run.BusinessDate), TieOut: doc.Run.TieOut, TiedOutAt: moment(doc.Run.TiedOutAt)},
		Day:      day(doc.Run.BusinessDate),
		Verdict:  headlineOf(doc),
		Control:  newControlView(doc),
		Trend:    trendOfRuns(doc.Trend),
		Lists:    listViews(doc.Lists),
		Used:     usedViews(doc.Checks),
		Review:   newReviewView(doc.Review),
		Rechecks: recheckViews(doc.Rechecks),
		Waivers:  waiverViews(doc),
		Links:    linksOf(doc.Links),
	}
	v.Title = fmt.Sprintf("%s %s: %s", v.Run.Pipeline, v.Run.BusinessDate, lowerFirst(v.Verdict.Word))
	v.Evidence = newEvidenceView(doc)
	v.resolvedView = newResolvedView(doc.Resolved, perClass)
	v.Total = totalView{wording.Count(int64(doc.Summary.Count)), wording.Count(doc.Summary.Rows), amountViews(doc.Summary.Amounts), ""}
	if doc.Summary.Waived > 0 {
		v.Total.Waived = wording.Count(int64(doc.Summary.Waived)) + " waived"
	}
	for _, a := range actionsOf(doc, groups) {
		v.Actions = append(v.Actions, actionView{a.Title, a.Do, a.Figures(), anchorOf(groups, a.group)})
	}
	if len(v.Actions) == 0 || doc.Outcome == contract.OutcomeApproved || doc.Outcome == contract.OutcomeRejected {
		v.Next = next(doc)
	}
	v.Checks = checkViews(doc, groups)
	left := 0
	if v.Details, left = detailViews(doc, groups, perClass); left > 0 {
		v.Left = wording.Count(int64(left))
	}
	return v
}

func anchorOf(groups []*group, wanted *group) string {
	for i, g := range groups {
		if g == wanted {
			return fmt.Sprintf("g%d", i+1)
		}
	}
	return ""
}

func checkViews(doc *Document, groups []*group) []checkView {
	var views []checkView
	for i, g := range groups {
		if name := checkTitle(g.Check); i == 0 || groups[i-1].Check != g.Check {
			views = append(views, checkView{Name: name})
		}
		last := &views[len(views)-1]
		oldest := "–"
		if g.Oldest != "" {
			oldest = age(g.Oldest, doc.Run.BusinessDate)
		}
		rows := wording.Count(g.Rows)
		if g.Class.Control && g.Rows == 0 {
			rows = "–" // the check is about the file, not about rows
		}
		last.Classes = append(last.Classes, classView{g.Class.Title, fmt.Sprintf("g%d", i+1), wording.Count(int64(g.Open)), rows,
			g.statuses(), oldest, amountViews(g.Amounts), trendOf(doc.Trend, g.Check, g.Class.Name)})
	}
	return views
}

func amountViews(sums money.Sums) []amountView {
	views := make([]amountView, 0, len(sums))
	for _, code := range currencies(sums) {
		views = append(views, amountView{Money(sums[code].Net), Money(sums[code].Gross), currencyName(code)})
	}
	return views
}

// controlView compares what is declared with what was computed.
type controlView struct {
	Declared bool
	Agrees   bool
	Lines    []controlLine
	// Quiet names the other checks on the file that found nothing.
	Quiet string
}

type controlLine struct {
	File, What, Declared, Computed, Difference string
	Agrees, First                              bool
}

func newControlView(doc *Document) controlView {
	v := controlView{Declared: doc.Control.Declared, Agrees: doc.Control.Agrees}
	label := "All files"
	if len(doc.Control.Files) <= 1 {
		label = "The file"
		if len(doc.Control.Files) == 1 {
			label = show(doc.Control.Files[0].Name)
		}
	}
	v.Lines = controlLines(label, doc.Control.Control)
	if len(doc.Control.Files) > 1 {
		for i, f := range doc.Control.Files {
			v.Lines = append(v.Lines, controlLines(fmt.Sprintf("%d. %s", i+1, show(f.Name)), f.Control)...)
		}
	}
	found := map[string]bool{reconcile.ControlRecordCount: true, reconcile.ControlJournalTotal: true}
	for _, f := range doc.Findings {
		found[f.Class] = true
	}
	var quiet []string
	for _, c := range Classes() {
		if c.Control && !found[c.Name] {
			quiet = append(quiet, strings.ToLower(c.Title))
		}
	}
	v.Quiet = strings.Join(quiet, ", ")
	return v
}

func controlLines(file string, c contract.Control) []controlLine {
	rows := controlLine{file, "Rows", wording.Count(c.DeclaredRecords), wording.Count(c.Records), wording.Count(c.Records - c.DeclaredRecords), c.Records == c.DeclaredRecords, true}
	total := controlLine{file, "Journal total", Money(c.DeclaredTotal), Money(c.Total), Money(c.Total.Sub(c.DeclaredTotal)), c.Total == c.DeclaredTotal, false}
	if !c.Declared {
		rows.Declared, rows.Difference, total.Declared, total.Difference = "none", "–", "none", "–"
	}
	return []controlLine{rows, total}
}
