package report

import (
	"fmt"
	"strings"

	"tieout/internal/reconcile"
	"tieout/internal/wording"
)

// openRows is how many findings of a class are seen before the reader asks for more; printing takes what is open.
const openRows = 25

// detailView lists the findings of one check and class.
type detailView struct {
	Anchor, Heading, Class, Means, Do string
	Control                           bool
	Shown, More                       []findingView
	// Listed and All are counts of findings; they differ where the list was cut.
	Listed, All, Count string
	Cut                bool
}

type findingView struct {
	Path               []string
	Level              string
	Declared, Computed string
	Rows, Reports      string
	Amounts            []amountView
	Suggestion         *suggestionView
	Searched           bool
	Status, Note       string
	Where              string // the file, when there are several
	RowNumbers         string
	ReportIDs          []string
	MoreReports        int
}

type suggestionView struct {
	Path []string
	Name string
}

// detailViews lists up to perClass findings of each class, shared between the checks that have it, and counts the rest.
func detailViews(doc *Document, groups []*group, perClass int) (views []detailView, left int) {
	share := shares(groups, perClass)
	for i, g := range groups {
		listed := g.Findings[:share[i]]
		left += len(g.Findings) - len(listed)
		v := detailView{Anchor: fmt.Sprintf("g%d", i+1), Heading: checkTitle(g.Check) + ": " + g.Class.Title, Class: show(g.Class.Name),
			Means: g.Class.Means, Do: g.Class.Do, Control: g.Check == reconcile.CheckControl,
			Listed: wording.Count(int64(len(listed))), All: wording.Count(int64(len(g.Findings))),
			Count: wording.Counted(len(g.Findings), "finding", "findings"), Cut: len(listed) < len(g.Findings)}
		for n, f := range listed {
			if n < openRows {
				v.Shown = append(v.Shown, newFindingView(doc, f))
			} else {
				v.More = append(v.More, newFindingView(doc, f))
			}
		}
		views = append(views, v)
	}
	return views, left
}

// shares deals perClass findings of each class out to its groups in turns, so that no check is left without.
func shares(groups []*group, perClass int) []int {
	share, left, members := make([]int, len(groups)), map[string]int{}, map[string][]int{}
	for i, g := range groups {
		left[g.Class.Name] = perClass
		members[g.Class.Name] = append(members[g.Class.Name], i)
	}
	for class, indexes := range members {
		for remaining := len(indexes); remaining > 0 && left[class] > 0; {
			each := max(1, left[class]/remaining)
			remaining = 0
			for _, i := range indexes {
				n := min(each, left[class], len(groups[i].Findings)-share[i])
				share[i] += n
				left[class] -= n
				if share[i] < len(groups[i].Findings) {
					remaining++
				}
			}
		}
	}
	return share
}

func newFindingView(doc *Document, f *reconcile.Finding) findingView {
	const reports = 4
	v := findingView{Path: codes(f.Path), Level: number(int64(f.Level)), Declared: show(f.Declared), Computed: show(f.Computed),
		Rows: wording.Count(f.Rows), Reports: wording.Count(f.Reports), Amounts: amountViews(f.Amounts), Searched: f.Searched == "partial",
		RowNumbers: rowNumbers(f), Where: fileOf(doc, f)}
	if f.Check == reconcile.CheckControl && f.Rows == 0 {
		v.Rows = "–"
	}
	v.Status, v.Note = statusOf(f, doc.Run.BusinessDate)
	if s := f.Suggestion; s != nil {
		v.Suggestion = &suggestionView{codes(s.Path), show(s.Name)}
	}
	v.ReportIDs = showAll(f.SampleReports[:min(len(f.SampleReports), reports)])
	v.MoreReports = max(0, int(f.Reports)-len(v.ReportIDs))
	return v
}

// statusOf says how a finding stands, with the day that belongs to it.
func statusOf(f *reconcile.Finding, businessDate string) (status, note string) {
	switch {
	case f.Waived != nil:
		return "waived", "until " + brief(f.Waived.Until)
	case f.Status == reconcile.StatusRepeated:
		return "repeated", "since " + brief(f.Since)
	case f.Status == reconcile.StatusNew && f.Since != "" && f.Since < businessDate: // it went away and came back
		return "new", "again, first on " + brief(f.Since)
	}
	return brief(f.Status), ""
}

// fileOf names a finding's file by its number in the control totals, when the job has several.
func fileOf(doc *Document, f *reconcile.Finding) string {
	if len(doc.Control.Files) < 2 || f.File == "" {
		return ""
	}
	for i := range doc.Control.Files {
		if doc.Control.Files[i].Name == f.File {
			return "file " + wording.Count(int64(i+1))
		}
	}
	return show(f.File)
}

// rowNumbers names the first rows of a finding. They are names, so no thousands are separated.
func rowNumbers(f *reconcile.Finding) string {
	const most = 5
	samples := f.SampleRows
	if len(samples) == 0 && f.FirstRow > 0 {
		samples = []int64{f.FirstRow}
	}
	shown := samples[:min(len(samples), most)]
	texts := make([]string, len(shown))
	for i, n := range shown {
		texts[i] = number(n)
	}
	return strings.Join(texts, ", ")
}
