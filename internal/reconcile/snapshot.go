package reconcile

import (
	"cmp"
	"iter"
	"slices"

	"tieout/internal/extractfile"
)

// List services that a snapshot can come from.
const (
	APIv1 = "v1"
	APIv4 = "v4"
)

const snapshotSchema = 1

// What Walk.Levels says of a level.
const (
	LevelWhole   = "whole"
	LevelPartial = "partial"
	LevelUnread  = "no"
)

// Snapshot is what was read of one list: the evidence of a tie-out (lists/<list>.json) and, later on, the memory by
// which codes are known as retired. It is not safe for concurrent use.
type Snapshot struct {
	Schema int    `json:"schema"` // 1
	List   string `json:"list"`   // the list's name
	ListID string `json:"listId"`
	API    string `json:"api"` // v1 or v4
	// Levels is how many levels the list has; 0 where nobody said.
	Levels int    `json:"levels"`
	ReadAt string `json:"readAt"` // RFC 3339, when reading began
	// Requests counts all requests that reading cost, those of Walk included.
	Requests int  `json:"requests"`
	Walk     Walk `json:"walk"`

	branches []branch // sorted: shorter parents first, then by code; a branch that is here was read whole
	texts    texts
	tree     *tree // built on first use, dropped by each Add
}

// Walk says how far the list was read, and what the search for other parents (wrong_parent) cost.
type Walk struct {
	// Levels says, from level 1 down, whether the level was read whole, partial or no; Write fills it.
	Levels []string `json:"levels"`
	// Requests counts the requests that were spent on the branches that the search asked for.
	Requests int `json:"requests"`
	// Limited is true when list_walk_limit stopped the search.
	Limited bool `json:"limited"`
}

// branch holds the items under one parent; level 1 lies under the empty path.
type branch struct {
	parent      []string
	items       []uint32 // positions in the snapshot's texts, sorted by code
	deletedRead bool     // the deleted items were asked for (List v4)
}

// Item is one list item.
type Item struct {
	Code string `json:"code"`
	Name string `json:"name"`
	// Ref is what the list service needs to read the items below: v1 the path of items-link, v4 the item's id. It is not
	// kept where nothing can lie below: on the lowest level and of deleted items.
	Ref     string `json:"ref,omitempty"`
	Deleted bool   `json:"deleted,omitempty"`
	// Leaf is true when the service said that nothing lies below (List v4's hasChildren: false).
	Leaf bool `json:"leaf,omitempty"`
}

// NewSnapshot starts the snapshot of a list of which nothing was read yet.
func NewSnapshot(list, listID, api string, levels int, readAt string) *Snapshot {
	return &Snapshot{Schema: snapshotSchema, List: list, ListID: listID, API: api, Levels: levels, ReadAt: readAt}
}

// Placed is an item of an answer, with the codes of the parents that it says it lies under.
type Placed struct {
	Parent []string
	Item
}

// File stores what a list service answered about the items below a parent, each item under its own parent. An answer that
// shows items of a level holds all items down to that level, so the branches above it are known, the empty ones too;
// what may lie below its deepest items stays to be asked for.
func (s *Snapshot) File(parent []string, answer []Placed) {
	items, deepest := map[string][]Item{}, len(parent)
	for i := range answer {
		key := extractfile.Key(answer[i].Parent)
		items[key] = append(items[key], answer[i].Item)
		deepest = max(deepest, len(answer[i].Parent))
	}
	for paths := [][]string{parent}; len(paths) > 0; paths = paths[1:] {
		path := paths[0]
		here := items[extractfile.Key(path)]
		slices.SortStableFunc(here, func(a, b Item) int { return cmp.Compare(a.Code, b.Code) })
		s.Add(path, here)
		for i, item := range here {
			twin := i > 0 && here[i-1].Code == item.Code && !here[i-1].Deleted
			if len(path) < deepest && !item.Deleted && !twin {
				paths = append(paths, append(slices.Clone(path), item.Code))
			}
		}
	}
}

// Add stores the items right under a parent, and replaces what was known of that branch. It takes the path over.
func (s *Snapshot) Add(parent []string, items []Item) {
	b := s.branch(parent)
	b.items, b.deletedRead = make([]uint32, 0, len(items)), false
	for i := range items {
		b.items = append(b.items, s.keep(len(parent), &items[i]))
	}
	s.sortItems(b.items)
}

// AddDeleted adds the deleted items under a parent, after the answer to ?isDeleted=true, to those that the answer about
// the live ones showed. Live items in it are left out. A parent without a branch is a leaf and gets one that holds
// nothing live.
func (s *Snapshot) AddDeleted(parent []string, items []Item) {
	b := s.branch(parent)
	b.deletedRead = true
	known := map[string]bool{}
	for _, at := range b.items {
		if code, deleted := s.texts.code(at); deleted {
			known[code] = true
		}
	}
	for i := range items {
		if code := items[i].Code; items[i].Deleted && !known[code] {
			known[code] = true
			b.items = append(b.items, s.keep(len(parent), &items[i]))
		}
	}
	s.sortItems(b.items)
}

// branch returns the branch under a parent, a new one if there is none, for it to be changed.
func (s *Snapshot) branch(parent []string) *branch {
	s.tree = nil
	at, found := s.find(parent)
	if !found {
		s.branches = slices.Insert(s.branches, at, branch{parent: parent})
	}
	return &s.branches[at]
}

// keep stores an item under a parent whose path has a length.
func (s *Snapshot) keep(depth int, item *Item) uint32 {
	kept := *item
	if kept.Deleted || s.lowest(depth) {
		kept.Ref = ""
	}
	return s.texts.add(&kept)
}

// lowest reports whether the items under a path of that length are on the list's lowest level.
func (s *Snapshot) lowest(depth int) bool { return s.Levels > 0 && depth+1 >= s.Levels }

// Items counts the live items that were read.
func (s *Snapshot) Items() int {
	n := 0
	for b := range s.branches {
		for range s.items(int32(b)).live() {
			n++
		}
	}
	return n
}

func (s *Snapshot) find(parent []string) (int, bool) {
	return slices.BinarySearchFunc(s.branches, parent, func(b branch, p []string) int { return comparePaths(b.parent, p) })
}

func (s *Snapshot) index() *tree {
	if s.tree == nil {
		s.tree = newTree(s)
	}
	return s.tree
}

// items returns the items of a branch, to be looked at.
func (s *Snapshot) items(branch int32) items { return items{&s.texts, s.branches[branch].items} }

// items are those of one branch, sorted by code.
type items struct {
	texts *texts
	at    []uint32
}

func (l items) len() int { return len(l.at) }

func (l items) item(i int32) Item { return l.texts.item(l.at[i]) }

// code returns an item's code, and whether the item is deleted.
func (l items) code(i int32) (string, bool) { return l.texts.code(l.at[i]) }

// live goes through the items that are not deleted.
func (l items) live() iter.Seq2[int32, Item] {
	return func(yield func(int32, Item) bool) {
		for i := range l.at {
			if item := l.item(int32(i)); !item.Deleted && !yield(int32(i), item) {
				return
			}
		}
	}
}

// sortItems puts a live item before a deleted one of the same code, so that a search meets it first.
func (s *Snapshot) sortItems(items []uint32) {
	order := func(a, b uint32) int {
		x, y := s.texts.item(a), s.texts.item(b)
		if c := cmp.Compare(x.Code, y.Code); c != 0 {
			return c
		}
		if x.Deleted != y.Deleted {
			if y.Deleted {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Ref, y.Ref))
	}
	if !slices.IsSortedFunc(items, order) {
		slices.SortFunc(items, order)
	}
}

// comparePaths puts shorter paths first: the order of a walk, breadth first.
func comparePaths(a, b []string) int {
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	return slices.Compare(a, b)
}
