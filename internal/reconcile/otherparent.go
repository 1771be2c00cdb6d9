package reconcile

import (
	"cmp"
	"slices"
	"sort"
)

// stretch is a run of the items at one depth below which was not read: those with a common beginning of their paths.
type stretch struct{ depth, from, to int }

func (s stretch) len() int { return s.to - s.from }

// compare puts shorter stretches first.
func (s stretch) compare(other stretch) int {
	return cmp.Or(cmp.Compare(s.len(), other.len()), cmp.Compare(s.depth, other.depth), cmp.Compare(s.from, other.from))
}

// otherParent looks for the code at the end of a path under the other parents of its level: first under those that share
// most leading levels with the path, which would be the one that is meant, then further away. It finds nothing before
// all parents that are as near were read, so that what it finds follows from the list alone, whatever other rows made
// be read. Until then it returns what is to be read next.
func (c *classifier) otherParent(path []string) (item itemRef, found bool, unread stretch) {
	depth := len(path) - 1
	item, shared := c.closest(c.depth(depth).find(c.tree, path[depth]), path)
	for n := depth - 1; n >= 0; n-- {
		if unread := c.unreadUnder(path[:n], depth); unread.len() > 0 {
			return itemRef{}, false, unread
		}
		if shared >= n {
			return item, true, stretch{}
		}
	}
	return itemRef{}, false, stretch{}
}

// closest returns the item whose path shares most leading levels with the given one, the first by path among equals,
// and how many it shares: -1 without an item.
func (c *classifier) closest(refs []itemRef, path []string) (best itemRef, shared int) {
	shared = -1
	for _, ref := range refs {
		parent, n := c.snapshot.branches[ref.branch].parent, 0
		for n < len(parent) && parent[n] == path[n] {
			n++
		}
		if n > shared {
			best, shared = ref, n
		}
	}
	return best, shared
}

// unreadUnder returns the items below a path, on the highest level that has some, that must be read to know all parents
// of a depth there.
func (c *classifier) unreadUnder(path []string, depth int) stretch {
	for d := len(path) + 1; d <= depth; d++ {
		refs := c.unread(d)
		beginning := func(i int) int { return slices.Compare(c.snapshot.branches[refs[i].branch].parent[:len(path)], path) }
		from := sort.Search(len(refs), func(i int) bool { return beginning(i) >= 0 })
		to := from + sort.Search(len(refs)-from, func(i int) bool { return beginning(from+i) > 0 })
		if from < to {
			return stretch{d, from, to}
		}
	}
	return stretch{}
}

// unread returns the items at a depth below which was not read, in path order.
func (c *classifier) unread(depth int) []itemRef {
	refs, known := c.unreads[depth]
	if !known {
		refs = c.tree.unreadAt(depth)
		c.unreads[depth] = refs
	}
	return refs
}
