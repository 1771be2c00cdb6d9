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

// mostParents is how many branches of a level are read to see whether a column holds the level below.
const mostParents = 8

// deepen adds the columns beside the first one for as long as they hold the codes below.
func (f *finder) deepen(list concur.List, refs map[string]concur.Parent, check *pipeline.Check) error {
	parents := map[string]concur.Parent{} // by path
	for code, ref := range refs {
		parents[extractfile.Key([]string{code})] = ref
	}
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
		below, ok, err := f.fits(list, summary.Checks[0].Tuples.Slice(), parents)
		if err != nil || !ok {
			return err
		}
		*check, parents = deeper, below
	}
	return nil
}

// fits reads the branches that most rows lie in and tells whether the tuples' last values are codes there.
func (f *finder) fits(list concur.List, tuples []extractfile.Tuple, parents map[string]concur.Parent) (map[string]concur.Parent, bool, error) {
	rows := map[string]int64{} // by parent
	for _, t := range tuples {
		parent := extractfile.Key(t.Values[:len(t.Values)-1])
		if _, known := parents[parent]; known && t.Values[len(t.Values)-1] != "" {
			rows[parent] += t.Rows
		}
	}
	largest := make([]string, 0, len(rows))
	for parent := range rows {
		largest = append(largest, parent)
	}
	slices.SortFunc(largest, func(a, b string) int { return cmp.Or(cmp.Compare(rows[b], rows[a]), cmp.Compare(a, b)) })
	largest = largest[:min(len(largest), mostParents)]
	below := map[string]concur.Parent{}
	read := map[string]map[string]concur.Parent{}
	for _, parent := range largest {
		answer, err := f.source.Items(f.ctx, list, parents[parent])
		if err != nil {
			return nil, false, err
		}
		read[parent] = map[string]concur.Parent{}
		for _, item := range concur.Children(answer, parents[parent]) {
			read[parent][item.Code] = item.Parent()
		}
	}
	var all, matched int64
	for _, t := range tuples {
		parent, code := extractfile.Key(t.Values[:len(t.Values)-1]), t.Values[len(t.Values)-1]
		codes, known := read[parent]
		if !known || code == "" {
			continue
		}
		all += t.Rows
		if ref, found := codes[code]; found {
			matched += t.Rows
			below[extractfile.Key(t.Values)] = ref
		}
	}
	return below, all > 0 && float64(matched) >= enough*float64(all), nil
}

// skip adds the rules for rows that carry other codes in the column than the list's: personal expenses, cash advances
// and tax rows of an accounting extract. A rule is kept when it leaves out rows that would be findings.
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

// known are the texts that Concur writes where it has no code.
func known() []string { return []string{"Inactive-Call Concur", "Pending Client"} }

// placeholders adds the texts of Concur's own that the column holds.
func (f *finder) placeholders(c column, refs map[string]concur.Parent, check *pipeline.Check) {
	for _, text := range known() {
		for _, code := range c.codes {
			if _, isCode := refs[code.Values[0]]; !isCode && strings.EqualFold(code.Values[0], text) {
				check.Placeholders = append(check.Placeholders, code.Values[0])
			}
		}
	}
}
