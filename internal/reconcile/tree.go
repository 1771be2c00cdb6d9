package reconcile

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// tree finds paths in a snapshot. It adds four bytes to each item: where the branch below it lies.
type tree struct {
	snapshot *Snapshot
	below    [][]int32 // per branch and item: index of the branch below, or one of the two values that follow
	linked   []bool    // per branch: its parent is live, all the way up
}

const (
	unread  int32 = -1 // below may lie items that were not read
	nothing int32 = -2 // below lies nothing live, that is known
)

// itemRef is an item's position: branch and item within it.
type itemRef struct{ branch, item int32 }

// state is where following a tuple down the list ended.
type state int

const (
	tiesOut state = iota
	allBlank
	skippedLevel // level is the empty column
	missing      // the value at level is not live under its parent
	notRead      // the branch that holds level was not read
)

// position is the end of a tuple's way down the list.
type position struct {
	state state
	level int // from 1
	// branch holds the items of that level when state is missing: nothing where the parent has no branch.
	branch int32
	parent itemRef // of that level; not set at level 1
}

func newTree(s *Snapshot) *tree {
	t := &tree{snapshot: s, below: make([][]int32, len(s.branches)), linked: make([]bool, len(s.branches))}
	// Parents come before their branches, so each branch finds its parent linked already, or never.
	for b := range s.branches {
		parent, items := s.branches[b].parent, s.items(int32(b))
		t.below[b] = make([]int32, items.len())
		first := 0 // of the items that have one code: it stands for all of them
		for i := range t.below[b] {
			t.below[b][i] = nothing
			item := items.item(int32(i))
			if code, _ := items.code(int32(first)); code != item.Code {
				first = i
			}
			if !item.Leaf && !item.Deleted && !s.lowest(len(parent)) {
				t.below[b][first] = unread
			}
		}
		if len(parent) == 0 {
			t.linked[b] = true
			continue
		}
		if ref, found := t.live(parent); found {
			t.below[ref.branch][ref.item] = int32(b)
			t.linked[b] = true
		}
	}
	return t
}

// root returns the branch of level 1.
func (t *tree) root() int32 {
	if len(t.linked) == 0 || len(t.snapshot.branches[0].parent) > 0 {
		return unread
	}
	return 0
}

// item finds a live item by its code.
func (t *tree) item(branch int32, code string) (int32, bool) {
	at, found, deleted := t.first(branch, code)
	return at, found && !deleted
}

// deleted reports whether a code is there as deleted.
func (t *tree) deleted(branch int32, code string) bool {
	if branch < 0 {
		return false
	}
	_, found, deleted := t.first(branch, code)
	return found && deleted
}

// first finds the first item of a code; live items come before deleted ones.
func (t *tree) first(branch int32, code string) (at int32, found, deleted bool) {
	items := t.snapshot.items(branch)
	low, high := int32(0), int32(items.len())
	for low < high {
		middle := (low + high) / 2
		if other, _ := items.code(middle); other < code {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if int(low) == items.len() {
		return low, false, false
	}
	other, deleted := items.code(low)
	return low, other == code, deleted
}

// live finds the item at a path, all of whose levels are live.
func (t *tree) live(path []string) (itemRef, bool) {
	var ref itemRef
	branch := t.root()
	for _, code := range path {
		if branch < 0 {
			return itemRef{}, false
		}
		item, found := t.item(branch, code)
		if !found {
			return itemRef{}, false
		}
		ref = itemRef{branch, item}
		branch = t.below[branch][item]
	}
	return ref, len(path) > 0
}

// follow goes down the list as far as a tuple does, and says where it left it.
func (t *tree) follow(values []string) position {
	last := len(values) - 1
	for last >= 0 && values[last] == "" {
		last--
	}
	if last < 0 {
		return position{state: allBlank, level: 1}
	}
	at := position{branch: t.root()}
	for i, value := range values[:last+1] {
		at.level = i + 1
		switch {
		case value == "":
			at.state = skippedLevel
			return at
		case at.branch == unread:
			at.state = notRead
			return at
		case at.branch == nothing:
			at.state = missing
			return at
		}
		item, found := t.item(at.branch, value)
		if !found {
			at.state = missing
			return at
		}
		at.parent = itemRef{at.branch, item}
		at.branch = t.below[at.branch][item]
	}
	at.state = tiesOut
	return at
}

// unreadAt returns the live items at a depth (the length of their path) below which was not read, in path order.
func (t *tree) unreadAt(depth int) []itemRef {
	var refs []itemRef
	for b := range t.snapshot.branches {
		if len(t.snapshot.branches[b].parent) != depth-1 || !t.linked[b] {
			continue
		}
		for i, below := range t.below[b] {
			if below == unread {
				refs = append(refs, itemRef{int32(b), int32(i)})
			}
		}
	}
	return refs
}

// levels says of each level whether it was read whole, partial or not at all.
func (t *tree) levels(count int) []string {
	for _, branch := range t.snapshot.branches {
		count = max(count, len(branch.parent)+1)
	}
	levels := make([]string, count)
	whole := t.root() != unread
	for depth := range levels {
		if depth > 0 && len(t.unreadAt(depth)) > 0 {
			whole = false
		}
		switch {
		case whole:
			levels[depth] = LevelWhole
		case slices.ContainsFunc(t.snapshot.branches, func(b branch) bool { return len(b.parent) == depth }):
			levels[depth] = LevelPartial
		default:
			levels[depth] = LevelUnread
		}
	}
	return levels
}

func (t *tree) at(ref itemRef) Item { return t.snapshot.items(ref.branch).item(ref.item) }

func (t *tree) path(ref itemRef) []string {
	parent := t.snapshot.branches[ref.branch].parent
	return append(append(make([]string, 0, len(parent)+1), parent...), t.at(ref).Code)
}

// sortRefs puts items into path order, which is the order of branches and items.
func sortRefs(refs []itemRef) {
	slices.SortFunc(refs, func(a, b itemRef) int {
		return cmp.Or(cmp.Compare(a.branch, b.branch), cmp.Compare(a.item, b.item))
	})
}

func showPath(path []string) string {
	if len(path) == 0 {
		return "level 1"
	}
	return strconv.Quote(strings.Join(path, PathSeparator))
}
