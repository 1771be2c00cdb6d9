package extractfile

import (
	"iter"
	"maps"
	"slices"

	"tieout/internal/money"
)

// Tuple is one distinct tuple of codes, level 1 first, byte for byte as in the file once its quoting is removed.
type Tuple struct {
	Values   []string   `json:"values"`
	Rows     int64      `json:"rows"`
	FirstRow int64      `json:"firstRow"`
	Amounts  money.Sums `json:"amounts"`
}

// Tuples holds tuples in about 75 bytes each and their codes, where a slice of Tuple would take 500: there can be
// millions. The zero value holds none.
type Tuples struct {
	keys       string // all codes; what All hands out are parts of it
	ends       list[keyEnd]
	entries    list[tupleEntry]
	more       []moreSum
	order      []uint32 // in which All goes through the entries
	currencies []string
}

// TuplesOf holds the given tuples, in their order.
func TuplesOf(list ...Tuple) Tuples {
	var b tuplesBuilder
	for i := range list {
		b.add(&list[i])
	}
	return b.tuples()
}

// Len returns how many tuples there are.
func (t *Tuples) Len() int { return t.entries.n }

// All goes through the tuples in their order. A tuple, its Values and its Amounts are overwritten by the next: Clone what is
// to be kept.
func (t *Tuples) All() iter.Seq[*Tuple] {
	return func(yield func(*Tuple) bool) {
		tuple := Tuple{Amounts: money.Sums{}}
		for _, n := range t.order {
			e := t.entries.at(int(n))
			tuple.Values = keyValues(tuple.Values[:0], keyAt(t.keys, &t.ends, int(n)))
			tuple.Rows, tuple.FirstRow = e.rows, e.first
			clear(tuple.Amounts)
			if e.currency >= 0 {
				tuple.Amounts[t.currencies[e.currency]] = e.sum
			}
			for next := e.more; next != 0; next = t.more[next-1].more {
				tuple.Amounts[t.currencies[t.more[next-1].currency]] = t.more[next-1].sum
			}
			if !yield(&tuple) {
				return
			}
		}
	}
}

// Slice returns copies of all tuples, for where there are few.
func (t *Tuples) Slice() []Tuple {
	list := make([]Tuple, 0, t.Len())
	for tuple := range t.All() {
		list = append(list, tuple.Clone())
	}
	return list
}

// Clone returns a tuple that stays as it is.
func (t *Tuple) Clone() Tuple {
	return Tuple{Values: slices.Clone(t.Values), Rows: t.Rows, FirstRow: t.FirstRow, Amounts: maps.Clone(t.Amounts)}
}

// tuplesBuilder gathers tuples that are known to be distinct.
type tuplesBuilder struct {
	gathered tuples
	names    []string
	key      []byte
}

func (b *tuplesBuilder) add(tuple *Tuple) {
	t := &b.gathered
	b.key = b.key[:0]
	for _, value := range tuple.Values {
		b.key = AppendKey(b.key, value)
	}
	t.keys.Write(b.key)
	t.ends.add(keyEnd{end: uint64(t.keys.Len())})
	e := tupleEntry{rows: tuple.Rows, first: tuple.FirstRow, currency: -1}
	for code, sum := range tuple.Amounts {
		if currency := b.currency(code); e.currency < 0 {
			e.currency, e.sum = currency, sum
		} else {
			*t.sumOf(&e, currency) = sum
		}
	}
	t.entries.add(e)
}

func (b *tuplesBuilder) currency(code string) int32 {
	if n := slices.Index(b.names, code); n >= 0 {
		return int32(n)
	}
	b.names = append(b.names, code)
	return int32(len(b.names) - 1)
}

func (b *tuplesBuilder) tuples() Tuples {
	t := &b.gathered
	order := make([]uint32, t.entries.n)
	for i := range order {
		order[i] = uint32(i)
	}
	return Tuples{keys: t.keys.String(), ends: t.ends, entries: t.entries, more: t.more, order: order, currencies: b.names}
}
