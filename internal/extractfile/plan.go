package extractfile

import (
	"fmt"
	"slices"

	"tieout/internal/pipeline"
)

type purpose int

const (
	forScan purpose = iota
	forRows         // the report and entry columns are wanted as well
)

// plan says which columns of each row are wanted and what for. Columns are slots: places in targets, -1 for none.
type plan struct {
	layout  *Layout
	header  Header
	targets []int // wanted columns, ascending

	amount, currency, report, entry, sequence, batch int
	checks                                           []checkPlan
}

type checkPlan struct {
	slots []int // one per level
	skip  []skipPlan
}

type skipPlan struct {
	slot   int
	equals []byte // nil: no value is compared
	filled bool
}

// nameFinder resolves names against the names record of one file.
type nameFinder struct {
	numbers map[string]int
	twice   map[string]bool
	line    int64
}

func (n nameFinder) number(l *Layout, c pipeline.Column, use string) (int, error) {
	if l.Dynamic() && n.twice[string(c)] {
		return 0, formatError(n.line, "%s: the file names two columns %q. Give the column's number in tieout.yaml", use, c)
	}
	number, err := l.column(c, n.numbers)
	if err == nil {
		return number, nil
	}
	if _, inFile := n.numbers[string(c)]; l.Dynamic() && !inFile && c != "" {
		return 0, formatError(n.line, "%s: the file has no column %q. Compare the first record of the file with tieout.yaml", use, c)
	}
	return 0, fmt.Errorf("%s: %w", use, err)
}

func newPlan(l *Layout, checks []pipeline.Check, purpose purpose, header Header, names nameFinder) (*plan, error) {
	p := &plan{layout: l, header: header}
	b := planBuilder{plan: p, names: names, slots: map[*int]int{}}
	r := l.roles
	b.role(&p.amount, r.amount, "amount")
	b.role(&p.currency, r.currency, "currency")
	b.role(&p.sequence, r.sequence, "sequence")
	b.role(&p.batch, r.batch, "batch")
	b.role(&p.report, r.report, "report")
	b.role(&p.entry, r.entry, "entry")
	p.checks = make([]checkPlan, len(checks))
	for i, check := range checks {
		use := fmt.Sprintf("check %q", check.Name)
		c := &p.checks[i]
		c.slots = make([]int, len(check.Columns))
		for level, column := range check.Columns {
			b.want(&c.slots[level], column, use)
		}
		c.skip = make([]skipPlan, len(check.Skip))
		for k, rule := range check.Skip {
			c.skip[k].filled = rule.Filled
			if rule.Equals != nil {
				c.skip[k].equals = append([]byte{}, *rule.Equals...)
			}
			b.want(&c.skip[k].slot, rule.Column, use+", skip")
		}
	}
	if b.err != nil {
		return nil, b.err
	}
	b.assign(purpose)
	return p, nil
}

// planBuilder collects the wanted columns first and gives them their slots once all are known.
type planBuilder struct {
	plan  *plan
	names nameFinder
	slots map[*int]int // where a slot is to be written -> column number
	err   error
}

// role wants a column that the format may do without.
func (b *planBuilder) role(slot *int, c pipeline.Column, use string) {
	*slot = -1
	if c != "" {
		b.want(slot, c, use)
	}
}

func (b *planBuilder) want(slot *int, c pipeline.Column, use string) {
	*slot = -1
	if b.err != nil {
		return
	}
	number, err := b.names.number(b.plan.layout, c, use)
	if err != nil {
		b.err = err
		return
	}
	b.slots[slot] = number
}

func (b *planBuilder) assign(purpose purpose) {
	p := b.plan
	last := 0
	for _, number := range b.slots {
		last = max(last, number)
	}
	for slot, number := range b.slots {
		// Report and entry ids are only wanted for row listings; the last mapped column is always looked for, to see the width.
		if located := slot == &p.report || slot == &p.entry; !located || purpose == forRows || number == last {
			p.targets = append(p.targets, number)
		}
	}
	slices.Sort(p.targets)
	p.targets = slices.Compact(p.targets)
	for slot, number := range b.slots {
		if i, ok := slices.BinarySearch(p.targets, number); ok {
			*slot = i
		}
	}
}

// width returns the highest mapped column, 0 when none is.
func (p *plan) width() int {
	if len(p.targets) == 0 {
		return 0
	}
	return p.targets[len(p.targets)-1]
}
