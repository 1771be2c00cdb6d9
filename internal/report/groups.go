package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tieout/internal/money"
	"tieout/internal/reconcile"
	"tieout/internal/wording"
)

// group is the findings of one check and class. A row is in one finding of a check at most, so its figures add up.
type group struct {
	Check string
	Class Class
	// Findings holds the open ones first, then by gross amount in the leading currency, then by rows.
	Findings []*reconcile.Finding
	// Open, Rows, Amounts, Added, Repeated and Oldest leave the waived findings out.
	Open, Waived, Added, Repeated int
	Rows                          int64
	Amounts                       money.Sums
	Oldest                        string // business date of the oldest open finding
}

// groupFindings orders the findings as a report shows them: checks on the file first, then the checks in the order of
// the configuration, each by class.
func groupFindings(doc *Document) []*group {
	type key struct{ check, class string }
	byKey := map[key]*group{}
	var groups []*group
	for i := range doc.Findings {
		f := &doc.Findings[i]
		g := byKey[key{f.Check, f.Class}]
		if g == nil {
			g = &group{Check: f.Check, Class: ClassOf(f.Class), Amounts: money.Sums{}}
			byKey[key{f.Check, f.Class}] = g
			groups = append(groups, g)
		}
		g.add(f)
	}
	checks, classes := checkOrder(doc), classOrder()
	slices.SortStableFunc(groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(checks[a.Check], checks[b.Check]), strings.Compare(a.Check, b.Check),
			cmp.Compare(classes[a.Class.Name], classes[b.Class.Name]), strings.Compare(a.Class.Name, b.Class.Name))
	})
	leading := leadingCurrency(doc)
	for _, g := range groups {
		g.sort(leading)
	}
	return groups
}

func (g *group) add(f *reconcile.Finding) {
	g.Findings = append(g.Findings, f)
	if f.Waived != nil {
		g.Waived++
		return
	}
	g.Open++
	if f.Status == reconcile.StatusRepeated {
		g.Repeated++
	} else {
		g.Added++
	}
	g.Rows += f.Rows
	g.Amounts.Merge(f.Amounts)
	if f.Since != "" && (g.Oldest == "" || f.Since < g.Oldest) {
		g.Oldest = f.Since
	}
}

func (g *group) sort(leading string) {
	slices.SortStableFunc(g.Findings, func(a, b *reconcile.Finding) int {
		if (a.Waived == nil) != (b.Waived == nil) {
			if a.Waived == nil {
				return -1
			}
			return 1
		}
		return cmp.Or(b.Amounts[leading].Gross.Cmp(a.Amounts[leading].Gross), cmp.Compare(b.Rows, a.Rows),
			cmp.Compare(a.FirstRow, b.FirstRow))
	})
}

// count says how many findings are open: "12 unknown codes".
func (g *group) count() string { return wording.Counted(g.Open, g.Class.One, g.Class.Many) }

// statuses says "2 new, 1 repeated, 3 waived".
func (g *group) statuses() string {
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{g.Added, "new"}, {g.Repeated, "repeated"}, {g.Waived, "waived"}} {
		if p.n > 0 {
			parts = append(parts, wording.Count(int64(p.n))+" "+p.word)
		}
	}
	return strings.Join(parts, ", ")
}

func checkOrder(doc *Document) map[string]int {
	order := map[string]int{reconcile.CheckControl: -1}
	for i, c := range doc.Checks {
		order[c.Name] = i
	}
	for _, f := range doc.Findings {
		if _, known := order[f.Check]; !known {
			order[f.Check] = len(order)
		}
	}
	return order
}

func classOrder() map[string]int {
	order := map[string]int{}
	for i, c := range Classes() {
		order[c.Name] = i - len(Classes())
	}
	return order
}

// leadingCurrency returns the one that most findings are in: lists are ordered by it, since amounts of different currencies
// cannot be compared.
func leadingCurrency(doc *Document) string {
	counts := map[string]int{}
	leading := ""
	for i := range doc.Findings {
		for code := range doc.Findings[i].Amounts {
			counts[code]++
		}
	}
	for code, n := range counts {
		if n > counts[leading] || n == counts[leading] && code < leading {
			leading = code
		}
	}
	return leading
}

// checkTitle returns the heading of a check.
func checkTitle(check string) string {
	if check == reconcile.CheckControl {
		return "The file itself"
	}
	return show(check)
}

// age says how long a finding has been there on the business date.
func age(since, businessDate string) string {
	switch n := days(since, businessDate); n {
	case -1:
		return brief(since)
	case 0:
		return "today"
	default:
		return fmt.Sprintf("%s (%s)", since, wording.Counted(n, "day", "days"))
	}
}
