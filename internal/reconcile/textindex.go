package reconcile

import (
	"cmp"
	"hash/maphash"
	"slices"
)

// textIndex finds numbers by a text that stands for them. It holds 8 bytes for each: a number is known by the hash of
// its text alone, and whoever looks it up compares the text itself.
type textIndex struct {
	seed    maphash.Seed
	entries []textEntry // sorted by hash, then number
}

type textEntry struct {
	hash   uint32
	number int32
}

func newTextIndex(size int) textIndex {
	return textIndex{maphash.MakeSeed(), make([]textEntry, 0, size)}
}

func (x *textIndex) add(text string, number int32) {
	x.entries = append(x.entries, textEntry{x.hash(text), number})
}

func (x *textIndex) hash(text string) uint32 { return uint32(maphash.String(x.seed, text)) }

// sort makes the index ready, once all is added.
func (x *textIndex) sort() {
	slices.SortFunc(x.entries, func(a, b textEntry) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.number, b.number))
	})
}

// find returns, in ascending order, the numbers of a text; same reports whether a number is one.
func (x *textIndex) find(text string, same func(number int32) bool) []int32 {
	hash := x.hash(text)
	from, _ := slices.BinarySearchFunc(x.entries, hash, func(e textEntry, hash uint32) int { return cmp.Compare(e.hash, hash) })
	var found []int32
	for _, e := range x.entries[from:] {
		if e.hash != hash {
			break
		}
		if same(e.number) {
			found = append(found, e.number)
		}
	}
	return found
}
