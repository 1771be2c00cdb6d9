package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tieout/internal/contract"
	"tieout/internal/money"
	"tieout/internal/wording"
)

// Tones of a verdict.
const (
	toneGood = "good"
	toneWarn = "warn"
	toneBad  = "bad"
	toneCalm = "calm"
)

// headline is the tie-out in one sentence.
type headline struct {
	Tone     string // one of the Tone constants
	Word     string // "Findings"
	Sentence string // plain text, safe to show
}

// headlineOf reads the headline off a document.
func headlineOf(doc *Document) headline {
	v := headline{toneWarn, "Findings", findingsSentence(doc)}
	switch {
	case doc.Outcome == contract.OutcomeApproved || doc.Outcome == contract.OutcomeRejected:
		v = reviewed(doc)
	case doc.Control.Declared && !doc.Control.Agrees:
		v = headline{toneBad, "Control totals differ", controlSentence(doc)}
	case doc.Outcome == contract.OutcomeClean:
		v = headline{toneGood, "Clean", cleanSentence(doc)}
	case doc.Outcome == contract.OutcomeEmpty:
		v = headline{toneCalm, "Empty", "The extract holds no rows: Concur had nothing ready to be posted."}
	}
	return v
}

func cleanSentence(doc *Document) string {
	if len(doc.Checks) == 0 {
		s := "No code of the " + wording.Counted(doc.Control.Records, "row", "rows") + " was looked at: the pipeline has no checks."
		if doc.Control.Declared {
			s += " The control totals agree."
		}
		return s
	}
	rows := "All " + wording.Count(doc.Control.Records) + " rows tie"
	if doc.Control.Records == 1 {
		rows = "The only row ties"
	}
	s := rows + " out"
	if doc.Control.Declared {
		s += " and the control totals agree"
	}
	if doc.Summary.Waived > 0 {
		s += ", with " + wording.Counted(doc.Summary.Waived, "finding", "findings") + " waived"
	}
	return s + "."
}

func findingsSentence(doc *Document) string {
	s := fmt.Sprintf("%s in %s of %s", wording.Counted(doc.Summary.Count, "finding", "findings"),
		wording.Count(doc.Summary.Rows), wording.Counted(doc.Control.Records, "row", "rows"))
	if amounts := gross(doc.Summary.Amounts); amounts != "" {
		s += ", gross " + amounts
	}
	if doc.Control.Declared && doc.Control.Agrees {
		s += "; the control totals agree"
	}
	return s + "."
}

func controlSentence(doc *Document) string {
	c := doc.Control
	s := fmt.Sprintf("The file does not tie out with its own header: it declares %s and a total of %s, and holds %s that come to %s.",
		wording.Counted(c.DeclaredRecords, "row", "rows"), Money(c.DeclaredTotal), wording.Counted(c.Records, "row", "rows"), Money(c.Total))
	if c.DeclaredRecords == c.Records && c.DeclaredTotal == c.Total {
		s = "A file does not tie out with its own header, although the sums over all files agree."
	}
	return s
}

func reviewed(doc *Document) headline {
	v := headline{toneGood, "Approved", ""}
	if doc.Outcome == contract.OutcomeRejected {
		v = headline{toneBad, "Rejected", ""}
	}
	s := v.Word
	if r := doc.Review; r != nil && r.By != "" {
		s += " by " + show(r.By) + " on " + moment(r.At)
	}
	v.Sentence = s + ", with " + lowerFirst(findingsSentence(doc))
	return v
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// action is one thing to do now, with what it concerns.
type action struct {
	Title    string // "Cost centre: 12 unknown codes"
	Do       string // one sentence
	Findings int
	Rows     int64
	Amounts  money.Sums
	group    *group
}

// mostActions is how many actions a report asks for: more is not what to do now.
const mostActions = 5

// Figures says what an action concerns: "27 rows, gross 410.50 EUR"; empty for a check on the file without rows.
func (a action) Figures() string {
	var parts []string
	if a.Rows > 0 {
		parts = append(parts, wording.Counted(a.Rows, "row", "rows"))
	}
	if amounts := gross(a.Amounts); amounts != "" {
		parts = append(parts, "gross "+amounts)
	}
	return strings.Join(parts, ", ")
}

// actionsOf returns what to do now, most pressing first: the file itself, then the most money in the leading currency.

func actionsOf(doc *Document, groups []*group) []action {
	var open []*group
	for _, g := range groups {
		if g.Open > 0 {
			open = append(open, g)
		}
	}
	leading := leadingCurrency(doc)
	slices.SortStableFunc(open, func(a, b *group) int {
		if a.Class.Control != b.Class.Control {
			if a.Class.Control {
				return -1
			}
			return 1
		}
		if a.Class.Control {
			return 0
		}
		return cmp.Or(b.Amounts[leading].Gross.Cmp(a.Amounts[leading].Gross), cmp.Compare(b.Rows, a.Rows))
	})
	var actions []action
	for _, g := range open {
		if n := len(actions); n > 0 && actions[n-1].group.Check == g.Check && actions[n-1].Do == g.Class.Do {
			actions[n-1].join(g)
			continue
		}
		if len(actions) == mostActions {
			break
		}
		a := action{Title: checkTitle(g.Check) + ": " + g.count(), Do: g.Class.Do, Findings: g.Open, Rows: g.Rows, Amounts: money.Sums{}, group: g}
		a.Amounts.Merge(g.Amounts)
		actions = append(actions, a)
	}
	return actions
}

// join takes another class of the same check into an action that asks for the same.
func (a *action) join(g *group) {
	a.Title += ", " + g.count()
	a.Findings += g.Open
	a.Rows += g.Rows
	a.Amounts.Merge(g.Amounts)
}

// next says what to do where no finding asks for anything, or where somebody has decided.
func next(doc *Document) string {
	switch {
	case doc.Outcome == contract.OutcomeRejected:
		return "Do not post this extract; the review below says why."
	case doc.Outcome == contract.OutcomeEmpty:
		return "Nothing to post. If reports were expected, see whether they were approved for payment before the job started."
	case doc.Outcome == contract.OutcomeApproved:
		return "The extract was approved as it is and can be posted; what is listed here can be corrected later."
	case doc.Outcome == contract.OutcomeClean && len(doc.Checks) == 0:
		return "Configure checks for this pipeline: until then codes that are not in Concur's lists pass unseen."
	case doc.Outcome == contract.OutcomeClean:
		return "Nothing to correct: the extract can be posted."
	}
	return "Look at the control totals before posting."
}
