package extractgen

import (
	"fmt"
	"iter"
)

// maxLevels is the largest number of levels that a list of Concur's has.
const maxLevels = 10

// Tree is a [List] with its items laid out for looking them up.
type Tree struct {
	// Name is that of the list.
	Name string
	// Levels counts the levels of the list, which may be more than its items have.
	Levels int
	// Nodes holds the items level by level, the children of one side by side. The first node stands above level 1 and is
	// no item.
	Nodes []Node
}

// Node is one item in a [Tree].
type Node struct {
	Code, Name string
	// ID is the id that the list gives the item, "" where it gives none.
	ID string
	// Level counts from 1.
	Level int
	// Parent is the index of the item above, 0 for an item of level 1.
	Parent int
	// Deleted reports whether the item or one above it is deleted.
	Deleted bool

	first, count int // children
}

// HasChildren reports whether items lie below this one, deleted or not.
func (n Node) HasChildren() bool { return n.count > 0 }

// NewTree lays out the items of a list, or makes them as its ListSpec says. It fails where a list of Concur's cannot be so
// deep, or where the spec cannot be followed.
func NewTree(l List) (*Tree, error) {
	t := &Tree{Name: l.Name, Nodes: []Node{{}}, Levels: l.Levels}
	if l.Generate == nil {
		t.copyItems(l.Items)
	} else if err := t.generate(*l.Generate); err != nil {
		return nil, fmt.Errorf("list %q: %w", l.Name, err)
	}
	depth := t.Nodes[len(t.Nodes)-1].Level
	if t.Levels == 0 {
		t.Levels = max(depth, 1)
	}
	if t.Levels < depth || t.Levels > maxLevels {
		return nil, fmt.Errorf("list %q: its items have %d levels, the list %d; a list has at most %d", l.Name, depth, t.Levels, maxLevels)
	}
	return t, nil
}

// copyItems lays out items that are written out. What it appends it visits later, for what lies below.
func (t *Tree) copyItems(items []Item) {
	below := [][]Item{items} // by node
	for at := 0; at < len(t.Nodes); at++ {
		parent := t.Nodes[at]
		t.Nodes[at].first, t.Nodes[at].count = len(t.Nodes), len(below[at])
		for _, item := range below[at] {
			t.Nodes = append(t.Nodes, Node{Code: item.Code, Name: item.Name, ID: item.ID, Parent: at, Level: parent.Level + 1, Deleted: parent.Deleted || item.Deleted})
			below = append(below, item.Items)
		}
	}
}

// Items returns an iterator over the items of the list, level by level, with their codes from level 1 down.
func (t *Tree) Items() iter.Seq2[[]string, Node] {
	return func(yield func([]string, Node) bool) {
		for i := 1; i < len(t.Nodes) && yield(t.Path(i), t.Nodes[i]); i++ {
		}
	}
}

// Path returns the codes from level 1 down to node i.
func (t *Tree) Path(i int) []string {
	path := make([]string, t.Nodes[i].Level)
	for ; i != 0; i = t.Nodes[i].Parent {
		path[t.Nodes[i].Level-1] = t.Nodes[i].Code
	}
	return path
}

// ends returns the live items at which a tuple of the given levels may end: leaves, and items of the last level.
func (t *Tree) ends(levels int) []int {
	var ends []int
	for i, n := range t.Nodes {
		if i > 0 && !n.Deleted && (n.Level == levels || n.Level < levels && n.count == 0) {
			ends = append(ends, i)
		}
	}
	return ends
}

// Children returns the indices of node i's children, from the first up to but not including the last.
func (t *Tree) Children(i int) (from, to int) {
	n := t.Nodes[i]
	return n.first, n.first + n.count
}
