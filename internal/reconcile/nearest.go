package reconcile

import (
	"math/bits"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

const (
	// maxEdits is how far a code may be from the one that is suggested for it.
	maxEdits = 2
	// nearestWork bounds the search for suggestions in one tie-out, in comparisons of two signatures: a few seconds.
	nearestWork = 1 << 29
	// distanceWork is what computing one distance costs in that unit.
	distanceWork = 64
)

// nearestIndex finds the nearest code in a branch. Candidates are told apart by length and by a signature of their
// characters before any distance is computed.
type nearestIndex struct {
	byLength map[int][]signed // by length in runes, in code order
}

type signed struct {
	signature uint64
	item      int32
}

func newNearestIndex(items items) *nearestIndex {
	n := &nearestIndex{byLength: map[int][]signed{}}
	for i, item := range items.live() {
		length := utf8.RuneCountInString(item.Code)
		n.byLength[length] = append(n.byLength[length], signed{signature(item.Code), i})
	}
	return n
}

// find returns the item that is nearest to a value which no item has, the first by code among equals, within
// maxEdits. It takes what it costs from work, and finds nothing once that is used up.
func (n *nearestIndex) find(items items, value string, work *int64) (int32, bool) {
	length, sign := utf8.RuneCountInString(value), signature(value)
	for edits := 1; edits <= maxEdits; edits++ {
		nearest := int32(items.len())
		for l := length - edits; l <= length+edits; l++ {
			for _, c := range n.byLength[l] {
				if c.item >= nearest {
					break
				}
				if *work--; *work < 0 {
					return 0, false
				}
				// One edit changes at most two counts by one each.
				if bits.OnesCount64(c.signature^sign) > 2*edits {
					continue
				}
				*work -= distanceWork
				if code, _ := items.code(c.item); levenshtein.ComputeDistance(value, code) <= edits {
					nearest = c.item
				}
			}
		}
		if int(nearest) < items.len() {
			return nearest, true
		}
	}
	return 0, false
}

// signature counts the characters of a code in 16 counters of 4 bits, each in unary up to 4. The bits in which two
// signatures differ are never more than the counts by which the codes do.
func signature(code string) uint64 {
	var s uint64
	for _, r := range code {
		counter := 4 * (uint(r) & 15)
		count := s >> counter & 15
		s |= (count<<1 | 1) & 15 << counter
	}
	return s
}
