package extractfile

import (
	"cmp"
	"hash/maphash"
	"slices"

	"tieout/internal/money"
)

// tuples gathers the distinct tuples of one check.
type tuples struct {
	table
	skipped int64
	entries list[tupleEntry] // by the table's numbers
	more    []moreSum
}

// tupleEntry has room for the sum of one currency; nearly every tuple has no other.
type tupleEntry struct {
	rows, first int64
	sum         money.Sum
	currency    int32
	more        int32 // index in more + 1, 0 for none
}

// moreSum is a further currency of a tuple.
type moreSum struct {
	sum      money.Sum
	currency int32
	more     int32
}

func newTuples(seed maphash.Seed) *tuples { return &tuples{table: newTable(seed)} }

// entry returns the entry of a key and whether it is new.
func (t *tuples) entry(key []byte, row int64, currency int32) (*tupleEntry, bool) {
	n, isNew := t.number(key)
	if isNew {
		t.entries.add(tupleEntry{first: row, currency: currency})
	}
	return t.entries.at(n), isNew
}

// sumOf returns a pointer to a currency's sum.
func (t *tuples) sumOf(e *tupleEntry, currency int32) *money.Sum {
	if e.currency == currency {
		return &e.sum
	}
	for next := e.more; next != 0; next = t.more[next-1].more {
		if m := &t.more[next-1]; m.currency == currency {
			return &m.sum
		}
	}
	t.more = append(t.more, moreSum{currency: currency, more: e.more})
	e.more = int32(len(t.more))
	return &t.more[e.more-1].sum
}

// merge adds another worker's tuples; currency translates its currency numbers into ours.
func (t *tuples) merge(other *tuples, currency []int32) {
	t.skipped += other.skipped
	var key []byte
	for n := range other.entries.n {
		from := other.entries.at(n)
		key = append(key[:0], other.at(n)...)
		to, _ := t.entry(key, from.first, currency[from.currency])
		to.rows += from.rows
		to.first = min(to.first, from.first)
		sum := t.sumOf(to, currency[from.currency])
		*sum = sum.Merge(from.sum)
		for next := from.more; next != 0; next = other.more[next-1].more {
			m := &other.more[next-1]
			sum := t.sumOf(to, currency[m.currency])
			*sum = sum.Merge(m.sum)
		}
	}
}

// summary hands the tuples over in the order of their first rows, without copying them.
func (t *tuples) summary(currencies []string) CheckSummary {
	order := make([]uint32, t.len())
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(t.entries.at(int(a)).first, t.entries.at(int(b)).first) })
	return CheckSummary{Skipped: t.skipped, Tuples: Tuples{
		keys: t.keys.String(), ends: t.ends, entries: t.entries, more: t.more, order: order, currencies: currencies}}
}
