package reconcile

import (
	"cmp"
	"fmt"
	"slices"

	"tieout/internal/contract"
	"tieout/internal/extractfile"
	"tieout/internal/money"
	"tieout/internal/pipeline"
)

// PathSeparator joins the codes of a path where one text names it: in messages and in a waiver's value.
const PathSeparator = " / "

// Input is all that a verdict follows from.
type Input struct {
	Checks []pipeline.Check
	Files  []FileSummary
	// Snapshots holds what was read of each list, by the list's name.
	Snapshots map[string]*Snapshot
	// Memory knows the paths of earlier snapshots; nil knows none.
	Memory        *Memory
	Waivers       []pipeline.Waiver
	BusinessDate  string // yyyy-mm-dd
	ControlTotals pipeline.ControlTotals
	// JobID is the job that is tied out: its own entry in Batches is no repeat.
	JobID string
	// Batches are those of the pipeline's other landed jobs, in any order.
	Batches []Batch
	// LeftOver is how many jobs of earlier nights have yet to be landed: so many batches may be missing.
	LeftOver int
	// Previous holds the findings of the previous run of the pipeline that had rows, for status and Resolved.
	Previous []Finding
}

// Verdict is what a tie-out found.
type Verdict struct {
	// Findings are sorted by check (control first), class, gross amount and path. Their reports and samples, and the
	// money of control findings, are filled in by Affected.
	Findings []Finding
	// Resolved lists the previous run's findings that are gone.
	Resolved []Resolved
	// Control sums the files; Files holds each file's own, in the order of the input.
	Control contract.Control
	Files   []FileControl
	Checks  []CheckResult
	// Summary lacks Rows and Amounts until Affected was applied.
	Summary contract.FindingsSummary
	Outcome contract.Outcome

	required bool
	lookups  []map[string]int32 // per check: Key of a whole tuple -> index into Findings
}

// FileControl is the control of one file.
type FileControl struct {
	Name    string           `json:"name"`
	Control contract.Control `json:"control"`
}

// CheckResult counts the rows of one check: Rows = rows that tie out + Found, and Skipped besides.
type CheckResult struct {
	Check   string `json:"check"`
	List    string `json:"list"`
	Rows    int64  `json:"rows"`    // judged
	Found   int64  `json:"found"`   // in a finding of this check, waived or not
	Skipped int64  `json:"skipped"` // left out by the check's skip rules
}

// Lookup returns the index into Findings of the finding that a tuple belongs to, -1 if it ties out. The key is
// extractfile.Key of all its values.
func (v *Verdict) Lookup(check int, key []byte) int {
	if i, found := v.lookups[check][string(key)]; found {
		return int(i)
	}
	return -1
}

// NeedsRows tells whether a second pass over the rows has anything to locate.
func (v *Verdict) NeedsRows() bool {
	return slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Rows > 0 })
}

// ControlTotalsFail tells whether the pipeline requires its control totals and they do not agree: the run ends with
// ControlTotals once everything was reported.
func (v *Verdict) ControlTotalsFail() bool { return v.required && !v.Control.Agrees }

// draft is a finding in the making.
type draft struct {
	finding Finding
	number  int // among the drafts, in the order of the input
	order   int // of the check, -1 for control
	class   int
	gross   money.Amount
	file    int // index of the file that FirstRow counts in
	// For the search of the nearest code of an unknown.
	classifier *classifier
	branch     int32
}

// Match judges every tuple and every control figure. It fails with an UnreadError where a list was not read as far as
// a judgement needs, and otherwise only on input that contradicts itself.
func Match(in Input) (*Verdict, error) {
	covers, err := newWaivers(in.Waivers, in.BusinessDate)
	if err != nil {
		return nil, err
	}
	v := &Verdict{required: in.ControlTotals == pipeline.ControlRequire, lookups: make([]map[string]int32, len(in.Checks))}
	v.Files, v.Control = controls(in.Files)
	drafts := controlDrafts(in, v.Files)
	classifiers := map[string]*classifier{}
	for i := range in.Checks {
		found, err := matchCheck(&in, i, len(drafts), classifiers)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, found.drafts...)
		v.lookups[i] = found.lookup
		v.Checks = append(v.Checks, found.result)
	}
	v.take(drafts)
	v.suggestNearest(drafts)
	since := map[string]string{}
	for _, f := range in.Previous {
		since[f.ID] = f.Since
	}
	for i := range v.Findings {
		f := &v.Findings[i]
		f.ID = findingID(f)
		setStatus(f, since, in.BusinessDate)
		f.Waived = covers.of(f)
	}
	v.Resolved = []Resolved{}
	if v.Control.Records > 0 { // a file without rows is no comparison: it cannot show that anything is mended
		v.Resolved = resolved(in.Previous, v.Findings)
	}
	v.summarise()
	return v, nil
}

// take sorts the drafts, keeps them as the verdict's findings and points the lookups at their new places.
func (v *Verdict) take(drafts []*draft) {
	for i, d := range drafts {
		d.number = i
		for _, sum := range d.finding.Amounts {
			if sum.Gross.Cmp(d.gross) > 0 {
				d.gross = sum.Gross
			}
		}
	}
	slices.SortFunc(drafts, func(a, b *draft) int {
		if c := cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.class, b.class), b.gross.Cmp(a.gross)); c != 0 {
			return c
		}
		return cmp.Or(slices.Compare(a.finding.Path, b.finding.Path), cmp.Compare(a.number, b.number))
	})
	after := make([]int32, len(drafts))
	v.Findings = make([]Finding, len(drafts))
	for i, d := range drafts {
		after[d.number] = int32(i)
		v.Findings[i] = d.finding
	}
	for _, lookup := range v.lookups {
		for key, i := range lookup {
			lookup[key] = after[i]
		}
	}
}

// suggestNearest fills in the suggestions of `unknown`, in the order of the (sorted) findings: most money first
// within a check. The drafts lie in the order of the findings.
func (v *Verdict) suggestNearest(drafts []*draft) {
	work := int64(nearestWork)
	for i, d := range drafts {
		f := &v.Findings[i]
		if f.Class != ClassUnknown || d.classifier == nil {
			continue
		}
		if item, found := d.classifier.nearest(d.branch, f.Path[f.Level-1], &work); found {
			f.Suggestion = d.classifier.suggestion(item)
		}
	}
}

func (v *Verdict) summarise() {
	v.Summary = contract.FindingsSummary{ByClass: map[string]int{}, Amounts: money.Sums{}}
	for i := range v.Findings {
		if v.Findings[i].Waived != nil {
			v.Summary.Waived++
			continue
		}
		v.Summary.Count++
		v.Summary.ByClass[v.Findings[i].Class]++
	}
	v.Summary.Classes = v.classes()
	switch {
	case v.Summary.Count > 0:
		v.Outcome = contract.OutcomeFindings
	case v.Control.Records == 0:
		v.Outcome = contract.OutcomeEmpty
	default:
		v.Outcome = contract.OutcomeClean
	}
}

// checkMatch is what one check comes to.
type checkMatch struct {
	drafts []*draft
	lookup map[string]int32 // into all drafts, this check's begin at offset
	result CheckResult

	check      *pipeline.Check
	order      int
	offset     int
	several    bool
	classifier *classifier
	byPath     map[string]int32 // kind and path prefix -> draft
}

func matchCheck(in *Input, order, offset int, classifiers map[string]*classifier) (*checkMatch, error) {
	check := &in.Checks[order]
	if check.Name == CheckControl {
		return nil, fmt.Errorf("check %q: the name stands for the control checks, give the check another", check.Name)
	}
	m := &checkMatch{
		lookup: map[string]int32{}, check: check, order: order, offset: offset, several: len(in.Files) > 1,
		byPath: map[string]int32{}, result: CheckResult{Check: check.Name, List: check.List},
	}
	snapshot := in.Snapshots[check.List]
	if snapshot == nil {
		snapshot = NewSnapshot(check.List, "", APIv1, 0, "") // of which nothing was read
	}
	if snapshot.Levels > 0 && len(check.Columns) > snapshot.Levels {
		return nil, fmt.Errorf("check %q has %d columns, but list %q has %d levels: give one column per level, from level 1", check.Name, len(check.Columns), check.List, snapshot.Levels)
	}
	m.classifier = classifiers[check.List]
	if m.classifier == nil {
		m.classifier = newClassifier(snapshot, in.Memory)
		classifiers[check.List] = m.classifier
	}
	for i, file := range in.Files {
		if len(file.Summary.Checks) != len(in.Checks) {
			return nil, fmt.Errorf("the summary of file %q holds %d checks, the pipeline %d: scan the file again with this configuration", file.Name, len(file.Summary.Checks), len(in.Checks))
		}
		summary := &file.Summary.Checks[order]
		m.result.Skipped += summary.Skipped
		for tuple := range summary.Tuples.All() {
			if err := m.judge(i, file.Name, tuple); err != nil {
				return nil, fmt.Errorf("check %q: %w", check.Name, err)
			}
		}
	}
	return m, nil
}

// judge finds the finding that a tuple belongs to, if any, and adds the tuple to it.
func (m *checkMatch) judge(file int, name string, t *extractfile.Tuple) error {
	m.result.Rows += t.Rows
	at := m.classifier.tree.follow(t.Values)
	switch {
	case at.state == tiesOut, at.state == allBlank && m.check.Blank != pipeline.BlankReport:
		return nil
	case at.state == notRead:
		return &UnreadError{List: m.check.List, Parent: slices.Clone(t.Values[:at.level-1])}
	case len(t.Values) == 0:
		return fmt.Errorf("the summary of file %q holds a tuple without values: scan the file again", name)
	}
	// A path that ends in "" can be blank in one row and a gap in another.
	kind := string(rune('0' + int(at.state)))
	key := kind + extractfile.Key(t.Values[:at.level])
	i, known := m.byPath[key]
	if !known {
		d, err := m.newDraft(t, at)
		if err != nil {
			return err
		}
		i = int32(len(m.drafts))
		m.byPath[key] = i
		d.file = file
		if m.several {
			d.finding.File = name
		}
		m.drafts = append(m.drafts, d)
	}
	m.add(m.drafts[i], file, t)
	m.lookup[extractfile.Key(t.Values)] = i + int32(m.offset)
	return nil
}

func (m *checkMatch) add(d *draft, file int, t *extractfile.Tuple) {
	m.result.Found += t.Rows
	f := &d.finding
	f.Rows += t.Rows
	f.Amounts.Merge(t.Amounts)
	if d.file == file && (f.FirstRow == 0 || t.FirstRow < f.FirstRow) {
		f.FirstRow = t.FirstRow
	}
}

// newDraft decides the class of a place where the list was left.
func (m *checkMatch) newDraft(t *extractfile.Tuple, at place) (*draft, error) {
	d := &draft{order: m.order, branch: at.branch, finding: newFinding(m.check.Name)}
	f := &d.finding
	f.Level = at.level
	f.Path = slices.Clone(t.Values[:at.level])
	switch at.state {
	case allBlank:
		f.Class = ClassBlank
	case skippedLevel:
		f.Class = ClassSkippedLevel
	default:
		c := m.classifier
		if c.deletedUnread(m.check, t.Values, at) {
			return nil, &UnreadError{List: m.check.List, Parent: f.Path[:at.level-1], Deleted: true}
		}
		why := c.explain(m.check, t.Values, at)
		f.Class = why.class
		if why.named {
			f.Suggestion = c.suggestion(why.meant)
		}
		if why.unread.len() > 0 {
			if !c.snapshot.Walk.Limited {
				return nil, &UnreadError{List: m.check.List, Parent: c.tree.path(c.unread(why.unread.depth)[why.unread.from])}
			}
			f.Searched = SearchedPartial
		}
		if f.Class == ClassUnknown {
			d.classifier = c
		}
	}
	d.class = slices.Index(Classes(), f.Class)
	return d, nil
}

func (c *classifier) suggestion(ref itemRef) *Suggestion {
	return &Suggestion{Path: c.tree.path(ref), Name: c.tree.at(ref).Name}
}

// newFinding returns a finding whose lists are written as empty rather than null.
func newFinding(check string) Finding {
	return Finding{Check: check, Amounts: money.Sums{}, SampleRows: []int64{}, SampleReports: []string{}}
}
