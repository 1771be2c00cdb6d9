// Package propose drafts a first tieout.yaml. It compares the values of an extract with Concur's lists, and proposes a
// check where a column holds the codes of a list. What it returns names columns and counts, and no values.
package propose

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"tieout/concur"
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
)

const (
	// enough is the share of filled rows whose codes must be in a list for a column to hold the list.
	enough = 0.7
	// distinct is how many different codes must be found, because codes such as Y and N are in many lists.
	distinct = 3
	// atOnce is how many columns are read in one pass, which bounds the memory.
	atOnce = 40
	// mostLists bounds the requests on an account with very many lists.
	mostLists = 200
)

// Lists reads lists and their items at Concur.
type Lists interface {
	Lists(ctx context.Context) ([]concur.List, error)
	Items(ctx context.Context, list concur.List, parent concur.Parent) ([]concur.Item, error)
}

// Proposal is a proposed check with its evidence.
type Proposal struct {
	Check pipeline.Check
	// Levels is how many levels the list has; the check may have fewer.
	Levels int
	// Rows are the sample's rows with a code in the first column that were looked up, Matched those whose codes are in
	// the list at every level of the check. Unread are rows in branches of the list that were not read.
	Rows, Matched, Unread int64
	// Also names other columns that hold codes of the list.
	Also []string
}

// Result is what a sample suggests.
type Result struct {
	Proposals []Proposal
	// Rows are the sample's.
	Rows int64
	// Unread names lists that could not be read.
	Unread []string
}

// Checks proposes checks for a sample of an extract in the layout's format.
func Checks(ctx context.Context, sample []byte, layout *extractfile.Layout, source Lists) (*Result, error) {
	f := &finder{ctx: ctx, sample: sample, layout: layout, source: source, result: &Result{}}
	if err := f.columns(); err != nil {
		return nil, err
	}
	lists, err := source.Lists(ctx)
	if err != nil {
		return nil, err
	}
	for _, list := range lists[:min(len(lists), mostLists)] {
		if list.Deleted {
			continue
		}
		if _, err := concur.ChooseList(lists, list.Name); err != nil { // a check names its list by its name
			f.result.Unread = append(f.result.Unread, fmt.Sprintf("%q (%s): others have the same name; rename one in Concur", list.Name, list.ID))
			continue
		}
		if err := f.list(list); err != nil {
			return nil, err
		}
	}
	return f.result, nil
}

type finder struct {
	ctx    context.Context
	sample []byte
	layout *extractfile.Layout
	source Lists
	filled []column
	result *Result
}

// column is a column of the sample that holds something.
type column struct {
	extractfile.NamedColumn
	codes []extractfile.Tuple
	rows  int64
}

// scan reads the sample once.
func (f *finder) scan(checks []pipeline.Check) (*extractfile.Summary, error) {
	return extractfile.Scan(f.ctx, bytes.NewReader(f.sample), f.layout, checks, extractfile.ScanOptions{})
}

// columns collects the distinct values of every named column.
func (f *finder) columns() error {
	for named := range slices.Chunk(f.layout.Columns(), atOnce) {
		var checks []pipeline.Check
		for _, c := range named {
			checks = append(checks, pipeline.Check{Name: c.Name, Columns: []pipeline.Column{number(c.Number)}})
		}
		summary, err := f.scan(checks)
		if err != nil {
			return err
		}
		f.result.Rows = summary.Records
		for i, c := range named {
			found := column{NamedColumn: c}
			for tuple := range summary.Checks[i].Tuples.All() {
				if tuple.Values[0] != "" {
					found.codes = append(found.codes, tuple.Clone())
					found.rows += tuple.Rows
				}
			}
			if found.rows > 0 {
				f.filled = append(f.filled, found)
			}
		}
	}
	return nil
}

func number(n int) pipeline.Column { return pipeline.Column(strconv.Itoa(n)) }

// match is a column with how well its values fit a list.
type match struct {
	column   column
	matched  int64
	distinct int
}

func (m match) share() float64 { return float64(m.matched) / float64(m.column.rows) }

// list finds the columns that hold the first level of a list, and proposes a check on the best of them.
func (f *finder) list(list concur.List) error {
	answer, err := f.source.Items(f.ctx, list, concur.Parent{})
	if err != nil {
		if f.ctx.Err() != nil {
			return f.ctx.Err()
		}
		f.result.Unread = append(f.result.Unread, fmt.Sprintf("%q: %v", list.Name, err))
		return nil
	}
	items := concur.Children(answer, concur.Parent{})
	refs := make(map[string]concur.Parent, len(items))
	for _, item := range items {
		refs[item.Code] = item.Parent()
	}
	var matches []match
	for _, c := range f.filled {
		m := match{column: c}
		for _, code := range c.codes {
			if _, ok := refs[code.Values[0]]; ok {
				m.matched += code.Rows
				m.distinct++
			}
		}
		if m.share() >= enough && m.distinct >= min(distinct, len(items)) {
			matches = append(matches, m)
		}
	}
	if len(matches) == 0 {
		return nil
	}
	// The best column has the most rows, then the most codes; of equals it is the first in the file.
	slices.SortStableFunc(matches, func(a, b match) int {
		return cmp.Or(cmp.Compare(b.matched, a.matched), cmp.Compare(b.distinct, a.distinct))
	})
	return f.propose(list, refs, matches)
}

// propose makes the check on the best column, with the columns beside it that hold the deeper levels.
func (f *finder) propose(list concur.List, refs map[string]concur.Parent, matches []match) error {
	best := matches[0]
	known := newBranches(refs)
	p := Proposal{Levels: list.Levels, Check: pipeline.Check{Name: list.Name, List: list.Name, Columns: []pipeline.Column{number(best.column.Number)}, Blank: pipeline.BlankAllow}}
	if err := f.deepen(list, known, &p.Check); err != nil {
		return err
	}
	if err := f.count(&p, known); err != nil {
		return err
	}
	if err := f.skip(refs, &p); err != nil {
		return err
	}
	f.placeholders(best.column, refs, &p.Check)
	for i, c := range p.Check.Columns {
		p.Check.Columns[i] = f.name(c)
	}
	for _, other := range matches[1:] {
		if name := string(f.name(number(other.column.Number))); !slices.Contains(p.Check.Columns, pipeline.Column(name)) {
			p.Also = append(p.Also, name)
		}
	}
	f.result.Proposals = append(f.result.Proposals, p)
	return nil
}

// name returns the name of a column in the format.
func (f *finder) name(c pipeline.Column) pipeline.Column {
	for _, named := range f.layout.Columns() {
		if number(named.Number) == c {
			return pipeline.Column(named.Name)
		}
	}
	return c
}
