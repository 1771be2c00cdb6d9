package propose

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"tieout/concur"
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
)

// mostParents is the largest number of branches that are read to see whether a column holds the level below.
const mostParents = 8

// branches holds the parts of a list that were read.
type branches struct {
	// refs holds each item by its path.
	refs map[string]concur.Parent
	// read holds the paths of the parents whose items were read, the root among them.
	read map[string]bool
}

func newBranches(roots map[string]concur.Parent) *branches {
	b := &branches{refs: make(map[string]concur.Parent, len(roots)), read: map[string]bool{extractfile.Key(nil): true}}
	for code, ref := range roots {
		b.refs[extractfile.Key([]string{code})] = ref
	}
	return b
}

// judge reports whether a tuple's codes are in the list down to its last filled level; known is false where they lie
// in a branch that was not read.
func (b *branches) judge(values []string) (in, known bool) {
	for level, code := range values {
		if code == "" {
			return !slices.ContainsFunc(values[level:], func(deeper string) bool { return deeper != "" }), true
		}
		if !b.read[extractfile.Key(values[:level])] {
			return false, false
		}
		if _, found := b.refs[extractfile.Key(values[:level+1])]; !found {
			return false, true
		}
	}
	return true, true
}

// deepen adds the columns after the first one as long as they hold the codes of the deeper levels.
func (f *finder) deepen(list concur.List, known *branches, check *pipeline.Check) error {
	for len(check.Columns) < list.Levels {
		last, err := strconv.Atoi(string(check.Columns[len(check.Columns)-1]))
		if err != nil {
			return err
		}
		deeper := *check
		deeper.Columns = append(slices.Clone(check.Columns), number(last+1))
		if _, err := f.layout.Column(number(last + 1)); err != nil {
			return nil
		}
		summary, err := f.scan([]pipeline.Check{deeper})
		if err != nil {
			return err
		}
		ok, err := f.fits(list, summary.Checks[0].Tuples.Slice(), known)
		if err != nil || !ok {
			return err
		}
		*check = deeper
	}
	return nil
}

// fits reads the branches that most rows lie in and reports whether the tuples' last values are codes there.
func (f *finder) fits(list concur.List, tuples []extractfile.Tuple, known *branches) (bool, error) {
	rows, paths := map[string]int64{}, map[string][]string{} // by parent
	for _, t := range tuples {
		last := len(t.Values) - 1
		parent := extractfile.Key(t.Values[:last])
		if _, there := known.refs[parent]; there && t.Values[last] != "" {
			rows[parent] += t.Rows
			paths[parent] = t.Values[:last]
		}
	}
	largest := make([]string, 0, len(rows))
	for parent := range rows {
		largest = append(largest, parent)
	}
	slices.SortFunc(largest, func(a, b string) int { return cmp.Or(cmp.Compare(rows[b], rows[a]), cmp.Compare(a, b)) })
	for _, parent := range largest[:min(len(largest), mostParents)] {
		answer, err := f.source.Items(f.ctx, list, known.refs[parent])
		if err != nil {
			return false, err
		}
		known.read[parent] = true
		for _, item := range concur.Children(answer, known.refs[parent]) {
			known.refs[extractfile.Key(append(slices.Clone(paths[parent]), item.Code))] = item.Parent()
		}
	}
	var all, matched int64
	for _, t := range tuples {
		last := len(t.Values) - 1
		if !known.read[extractfile.Key(t.Values[:last])] || t.Values[last] == "" {
			continue
		}
		all += t.Rows
		if _, found := known.refs[extractfile.Key(t.Values)]; found {
			matched += t.Rows
		}
	}
	return all > 0 && float64(matched) >= enough*float64(all), nil
}

// count counts the rows whose codes are in the list at every level that the check has.
func (f *finder) count(p *Proposal, known *branches) error {
	all := p.Check
	all.Skip, all.Placeholders = nil, nil
	summary, err := f.scan([]pipeline.Check{all})
	if err != nil {
		return err
	}
	for t := range summary.Checks[0].Tuples.All() {
		if t.Values[0] == "" {
			continue
		}
		switch in, judged := known.judge(t.Values); {
		case !judged:
			p.Unread += t.Rows
		case in:
			p.Matched += t.Rows
			p.Rows += t.Rows
		default:
			p.Rows += t.Rows
		}
	}
	return nil
}

// skip adds rules for rows whose column holds codes of something else: personal expenses, cash advances and tax rows of
// an accounting extract. It keeps a rule that leaves out rows that would be findings.
func (f *finder) skip(refs map[string]concur.Parent, p *Proposal) error {
	if f.layout.Name() != extractfile.FormatSAE || len(p.Check.Columns) > 1 {
		return nil
	}
	yes := "Y"
	without, err := f.unmatched(refs, p.Check)
	if err != nil {
		return err
	}
	for _, rule := range []pipeline.SkipRule{{Column: "68", Equals: &yes}, {Column: "185", Filled: true}, {Column: "232", Filled: true}} {
		with := p.Check
		with.Skip = append(slices.Clone(p.Check.Skip), rule)
		left, err := f.unmatched(refs, with)
		if err != nil {
			return err
		}
		if left < without {
			rule.Column = f.name(rule.Column)
			p.Check.Skip, without = append(p.Check.Skip, rule), left
		}
	}
	return nil
}

// unmatched counts the rows whose code is not in the list.
func (f *finder) unmatched(refs map[string]concur.Parent, check pipeline.Check) (int64, error) {
	check.Columns = check.Columns[:1]
	summary, err := f.scan([]pipeline.Check{check})
	if err != nil {
		return 0, err
	}
	var n int64
	for t := range summary.Checks[0].Tuples.All() {
		if _, found := refs[t.Values[0]]; !found && t.Values[0] != "" {
			n += t.Rows
		}
	}
	return n, nil
}

// placeholderTexts returns the texts that Concur writes where it has no code.
func placeholderTexts() []string { return []string{"Inactive-Call Concur", "Pending Client"} }

// placeholders adds the placeholder texts that the column holds.
func (f *finder) placeholders(c column, refs map[string]concur.Parent, check *pipeline.Check) {
	for _, text := range placeholderTexts() {
		for _, code := range c.codes {
			if _, isCode := refs[code.Values[0]]; !isCode && strings.EqualFold(code.Values[0], text) {
				check.Placeholders = append(check.Placeholders, code.Values[0])
			}
		}
	}
}
