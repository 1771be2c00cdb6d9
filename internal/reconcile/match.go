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

// Input is all that a judgement follows from.
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
	// JobID is the job that is tied out: its own entry in Batches is not a repeat.
	JobID string
	// Batches are those of the pipeline's other landed jobs, in any order.
	Batches []Batch
	// LeftOver is how many jobs of earlier nights have yet to be landed: that many batches may be missing.
	LeftOver int
	// Previous holds the findings of the previous run of the pipeline that had rows, PreviousDate its business date.
	Previous     []Finding
	PreviousDate string
	// Seen passes id and first date of the findings of earlier runs to each, in any order; nil knows of none.
	Seen func(each func(id, since string)) error
	// Rows passes over the files again; without it findings keep what the first pass knows.
	Rows RowSource
}

// RowSource passes over the rows of the files again, as extractfile.Rows does: it emits those for which lookup names a
// finding or to which a control check objects, in the order of their file, files in the order of the input.
type RowSource func(lookup func(check int, key []byte) int, emit func(file string, row *extractfile.Row) error) error

// Judgement is what a tie-out found.
type Judgement struct {
	// Findings are sorted by check (control first), class, gross amount and path.
	Findings []Finding
	// Resolved lists the previous run's findings that are gone.
	Resolved []Resolved
	Control  Control
	Checks   []CheckUsed
	Summary  contract.FindingsSummary
	Outcome  contract.Outcome

	required bool
	lookups  []map[string]int32 // per check: Key of a whole tuple -> index into Findings
}

// CheckUsed says what one check looked at.
type CheckUsed struct {
	Name    string            `json:"name"`
	List    string            `json:"list"`
	Columns []pipeline.Column `json:"columns"`
	// Tuples counts the distinct tuples of codes, Skipped the rows that the skip rules left out.
	Tuples  int64 `json:"tuples"`
	Skipped int64 `json:"skipped"`
	// Rows counts the rows that were judged, Found those of them in a finding of the check, waived or not.
	Rows  int64 `json:"rows"`
	Found int64 `json:"found"`
}

// Lookup returns the index into Findings of the finding that a tuple belongs to, -1 if it ties out. The key is
// extractfile.Key of all its values.
func (v *Judgement) Lookup(check int, key []byte) int {
	if i, found := v.lookups[check][string(key)]; found {
		return int(i)
	}
	return -1
}

// NeedsRows reports whether any rows belong to a finding.
func (v *Judgement) NeedsRows() bool {
	return slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Rows > 0 })
}

// ControlTotalsFail reports whether the pipeline requires its control totals and they do not agree: the run ends with
// ControlTotals once everything was reported.
func (v *Judgement) ControlTotalsFail() bool { return v.required && !v.Control.Agrees }

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

// InputError says that the input contradicts itself, or, where it wraps an UnreadError, that a list was not read as far as
// a judgement needs. Matching the same input again fails again.
type InputError struct{ Err error }

func (e *InputError) Error() string { return e.Err.Error() }
func (e *InputError) Unwrap() error { return e.Err }

// Match judges every tuple and every control figure, and locates the rows of what it finds. What it cannot judge is an
// *InputError; errors of Seen and Rows are returned as they are.
func Match(in Input) (*Judgement, error) {
	v, err := judge(&in)
	if err != nil {
		return nil, &InputError{err}
	}
	if err := v.firstSeen(in.Seen); err != nil {
		return nil, err
	}
	return v, v.locate(in.Rows)
}

// judge judges by the summaries of the files alone.
func judge(in *Input) (*Judgement, error) {
	covers, err := newWaivers(in.Waivers, in.BusinessDate)
	if err != nil {
		return nil, err
	}
	v := &Judgement{required: in.ControlTotals == pipeline.ControlRequire, lookups: make([]map[string]int32, len(in.Checks)),
		Control: controlOf(in.Files), Checks: []CheckUsed{}}
	drafts := controlDrafts(in, v.Control.Files)
	classifiers := map[string]*classifier{}
	for i := range in.Checks {
		found, err := matchCheck(in, i, len(drafts), classifiers)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, found.drafts...)
		v.lookups[i] = found.lookup
		v.Checks = append(v.Checks, found.used)
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
	if v.Control.Records > 0 { // a file without rows cannot show that anything is mended
		v.Resolved = resolved(in.Previous, v.Findings, in.PreviousDate)
	}
	v.summarise()
	return v, nil
}

// locate passes over the rows of the findings and fills in what only they can tell.
func (v *Judgement) locate(rows RowSource) error {
	if rows == nil {
		return nil
	}
	a := newAffected(v)
	if v.NeedsRows() {
		if err := rows(v.Lookup, a.add); err != nil {
			return err
		}
	}
	return a.apply()
}

// take sorts the drafts, keeps them as the judgement's findings and points the lookups at their new positions.
func (v *Judgement) take(drafts []*draft) {
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
func (v *Judgement) suggestNearest(drafts []*draft) {
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

func (v *Judgement) summarise() {
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
	used   CheckUsed

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
		byPath: map[string]int32{}, used: CheckUsed{Name: check.Name, List: check.List, Columns: check.Columns},
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
		m.used.Skipped += summary.Skipped
		m.used.Tuples += int64(summary.Tuples.Len())
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
	m.used.Rows += t.Rows
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
	m.used.Found += t.Rows
	f := &d.finding
	f.Rows += t.Rows
	f.Amounts.Merge(t.Amounts)
	if d.file == file && (f.FirstRow == 0 || t.FirstRow < f.FirstRow) {
		f.FirstRow = t.FirstRow
	}
}

// newDraft decides the class of the position where the list was left.
func (m *checkMatch) newDraft(t *extractfile.Tuple, at position) (*draft, error) {
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
