package reconcile

import (
	"fmt"
	"slices"

	"github.com/agnivade/levenshtein"

	"tieout/internal/pipeline"
)

// UnreadError says that a judgement needs a part of a list that was not read: the list counts as unavailable
// (ListUnavailable), and nothing is concluded.
type UnreadError struct {
	List   string
	Parent []string // empty for level 1
	// Deleted is true when the live items are there and the deleted ones are not.
	Deleted bool
}

func (e *UnreadError) Error() string {
	what, where := "items", "level 1"
	if e.Deleted {
		what = "deleted items"
	}
	if len(e.Parent) > 0 {
		where = "the level under " + showPath(e.Parent)
	}
	return fmt.Sprintf("list %q: the %s of %s were not read, so the codes there cannot be judged; see that the list can be read in Concur and tie out again", e.List, what, where)
}

// classifier applies the rules for codes that are missing from one list. What it looks up is built when first needed.
type classifier struct {
	snapshot *Snapshot
	tree     *tree
	memory   *Memory
	branches map[int32]*branchIndex
	depths   map[int]*depthIndex
}

// branchIndex finds the items of one branch by what a code may have been meant as.
type branchIndex struct {
	byFold  map[string][]int32 // items by folded code, in code order
	byName  map[string]int32   // the first item by code of each folded name
	nearest *nearestIndex      // built for `unknown` alone
}

// depthIndex finds the live items of one level by code, in path order, wherever they lie.
type depthIndex struct {
	byCode map[string][]itemRef
	unread []itemRef // parents at this depth, or above it, whose items were not read
}

// explanation is the class of a missing code and the item that was meant, if a rule names one.
type explanation struct {
	class  string
	meant  itemRef
	named  bool
	unread []itemRef // for unknown: parents that were not searched
}

func newClassifier(s *Snapshot, m *Memory) *classifier {
	return &classifier{snapshot: s, tree: s.index(), memory: m, branches: map[int32]*branchIndex{}, depths: map[int]*depthIndex{}}
}

// explain tries the rules, from placeholder on, on the value that is missing at a place.
func (c *classifier) explain(check *pipeline.Check, values []string, at place) explanation {
	value, path := values[at.level-1], values[:at.level]
	if slices.Contains(check.Placeholders, value) {
		return explanation{class: ClassPlaceholder}
	}
	if c.tree.deleted(at.branch, value) || c.memory.knew(c.snapshot.List, path) {
		return explanation{class: ClassRetired}
	}
	if at.branch >= 0 {
		index := c.branch(at.branch)
		if item, found := index.sameFold(c.items(at.branch), value); found {
			return explanation{class: ClassFormatOnly, meant: itemRef{at.branch, item}, named: true}
		}
		if item, found := index.byName[foldName(value)]; found {
			return explanation{class: ClassNameNotCode, meant: itemRef{at.branch, item}, named: true}
		}
	}
	if at.level == 1 {
		return explanation{class: ClassUnknown}
	}
	elsewhere := c.depth(at.level - 1)
	if refs := elsewhere.byCode[value]; len(refs) > 0 {
		return explanation{class: ClassWrongParent, meant: c.closest(refs, path), named: true}
	}
	return explanation{class: ClassUnknown, unread: elsewhere.unread}
}

// deletedUnread tells whether the deleted items beside a missing value are still to be read.
func (c *classifier) deletedUnread(check *pipeline.Check, values []string, at place) bool {
	return at.state == missing && c.snapshot.API == APIv4 &&
		!slices.Contains(check.Placeholders, values[at.level-1]) &&
		(at.branch < 0 || !c.snapshot.Branches[at.branch].DeletedRead)
}

// closest returns the item whose path shares most leading levels with the given one, the first by path among equals.
func (c *classifier) closest(refs []itemRef, path []string) itemRef {
	best, shared := refs[0], -1
	for _, ref := range refs {
		parent, n := c.snapshot.Branches[ref.branch].Parent, 0
		for n < len(parent) && parent[n] == path[n] {
			n++
		}
		if n > shared {
			best, shared = ref, n
		}
	}
	return best
}

// nearest looks for the code that `unknown` suggests.
func (c *classifier) nearest(branch int32, value string, work *int64) (itemRef, bool) {
	if branch < 0 || *work <= 0 {
		return itemRef{}, false
	}
	index := c.branch(branch)
	if index.nearest == nil {
		index.nearest = newNearestIndex(c.items(branch))
	}
	item, found := index.nearest.find(c.items(branch), value, work)
	return itemRef{branch, item}, found
}

func (c *classifier) items(branch int32) []Item { return c.snapshot.Branches[branch].Items }

func (c *classifier) branch(branch int32) *branchIndex {
	if index := c.branches[branch]; index != nil {
		return index
	}
	items := c.items(branch)
	index := &branchIndex{byFold: make(map[string][]int32, len(items)), byName: make(map[string]int32, len(items))}
	for i := range items {
		if items[i].Deleted {
			continue
		}
		if fold := foldCode(items[i].Code); fold != "" {
			index.byFold[fold] = append(index.byFold[fold], int32(i))
		}
		name := foldName(items[i].Name)
		if _, taken := index.byName[name]; !taken && name != "" {
			index.byName[name] = int32(i)
		}
	}
	c.branches[branch] = index
	return index
}

// sameFold finds the item whose code differs from the value in its form alone.
func (b *branchIndex) sameFold(items []Item, value string) (int32, bool) {
	candidates := b.byFold[foldCode(value)]
	if len(candidates) == 0 {
		return 0, false
	}
	best := candidates[0]
	if len(candidates) > 1 {
		least := levenshtein.ComputeDistance(value, items[best].Code)
		for _, candidate := range candidates[1:] {
			if distance := levenshtein.ComputeDistance(value, items[candidate].Code); distance < least {
				best, least = candidate, distance
			}
		}
	}
	return best, true
}

// depth indexes the items whose parents' paths have a length.
func (c *classifier) depth(depth int) *depthIndex {
	if index := c.depths[depth]; index != nil {
		return index
	}
	index := &depthIndex{byCode: map[string][]itemRef{}}
	for d := 1; d <= depth; d++ {
		index.unread = append(index.unread, c.tree.unreadAt(d)...)
	}
	for b, branch := range c.snapshot.Branches {
		if len(branch.Parent) != depth || !c.tree.linked[b] {
			continue
		}
		for i := range branch.Items {
			if item := &branch.Items[i]; !item.Deleted {
				index.byCode[item.Code] = append(index.byCode[item.Code], itemRef{int32(b), int32(i)})
			}
		}
	}
	c.depths[depth] = index
	return index
}
