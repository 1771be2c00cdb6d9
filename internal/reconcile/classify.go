package reconcile

import (
	"fmt"
	"slices"

	"github.com/agnivade/levenshtein"

	"tieout/internal/pipeline"
)

// UnreadError says that a judgement needs a part of a list that was not read: the list counts as unavailable
// (ListUnavailable), and nothing is derived from it.
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
	unreads  map[int][]itemRef
}

// branchIndex finds the live items of one branch by what a code may have been meant as.
type branchIndex struct {
	items   items
	folded  textIndex     // items by folded code
	named   textIndex     // items by folded name
	nearest *nearestIndex // built for `unknown` alone
}

// depthIndex finds the live items of one level by code, wherever they lie. They are numbered in path order.
type depthIndex struct {
	byCode   textIndex
	branches []int32 // those of the level
	first    []int32 // the number of each branch's first item
}

// explanation is the class of a missing code and the item that was meant, if a rule names one.
type explanation struct {
	class  string
	meant  itemRef
	named  bool
	unread stretch // for unknown: parents that are to be searched before anything follows
}

func newClassifier(s *Snapshot, m *Memory) *classifier {
	return &classifier{snapshot: s, tree: s.index(), memory: m, branches: map[int32]*branchIndex{}, depths: map[int]*depthIndex{}, unreads: map[int][]itemRef{}}
}

// explain tries the rules, from placeholder on, on the value that is missing at a position.
func (c *classifier) explain(check *pipeline.Check, values []string, at position) explanation {
	value, path := values[at.level-1], values[:at.level]
	if slices.Contains(check.Placeholders, value) {
		return explanation{class: ClassPlaceholder}
	}
	if c.tree.deleted(at.branch, value) || c.memory.knew(c.snapshot.List, path) {
		return explanation{class: ClassRetired}
	}
	if at.branch >= 0 {
		index := c.branch(at.branch)
		if item, found := index.sameFold(value); found {
			return explanation{class: ClassFormatOnly, meant: itemRef{at.branch, item}, named: true}
		}
		if item, found := index.sameName(value); found {
			return explanation{class: ClassNameNotCode, meant: itemRef{at.branch, item}, named: true}
		}
	}
	if at.level == 1 {
		return explanation{class: ClassUnknown}
	}
	item, found, unread := c.otherParent(path)
	if found {
		return explanation{class: ClassWrongParent, meant: item, named: true}
	}
	return explanation{class: ClassUnknown, unread: unread}
}

// deletedUnread reports whether the deleted items beside a missing value are still to be read.
func (c *classifier) deletedUnread(check *pipeline.Check, values []string, at position) bool {
	return at.state == missing && c.snapshot.API == APIv4 &&
		!slices.Contains(check.Placeholders, values[at.level-1]) && !c.tree.deleted(at.branch, values[at.level-1]) &&
		(at.branch < 0 || !c.snapshot.branches[at.branch].deletedRead)
}

// nearest looks for the code that `unknown` suggests.
func (c *classifier) nearest(branch int32, value string, work *int64) (itemRef, bool) {
	if branch < 0 || *work <= 0 {
		return itemRef{}, false
	}
	index := c.branch(branch)
	if index.nearest == nil {
		index.nearest = newNearestIndex(index.items)
	}
	item, found := index.nearest.find(index.items, value, work)
	return itemRef{branch, item}, found
}

func (c *classifier) branch(branch int32) *branchIndex {
	if index := c.branches[branch]; index != nil {
		return index
	}
	items := c.snapshot.items(branch)
	index := &branchIndex{items: items, folded: newTextIndex(items.len()), named: newTextIndex(items.len())}
	for i, item := range items.live() {
		if fold := foldCode(item.Code); fold != "" {
			index.folded.add(fold, i)
		}
		if name := foldName(item.Name); name != "" {
			index.named.add(name, i)
		}
	}
	index.folded.sort()
	index.named.sort()
	c.branches[branch] = index
	return index
}

// sameFold finds the item whose code differs from the value in its form alone.
func (b *branchIndex) sameFold(value string) (int32, bool) {
	fold := foldCode(value)
	code := func(i int32) string { code, _ := b.items.code(i); return code }
	candidates := b.folded.find(fold, func(i int32) bool { return foldCode(code(i)) == fold })
	if len(candidates) == 0 {
		return 0, false
	}
	best := candidates[0]
	if len(candidates) > 1 {
		least := levenshtein.ComputeDistance(value, code(best))
		for _, candidate := range candidates[1:] {
			if distance := levenshtein.ComputeDistance(value, code(candidate)); distance < least {
				best, least = candidate, distance
			}
		}
	}
	return best, true
}

// sameName finds the first item by code whose name the value is.
func (b *branchIndex) sameName(value string) (int32, bool) {
	name := foldName(value)
	found := b.named.find(name, func(i int32) bool { return foldName(b.items.item(i).Name) == name })
	if len(found) == 0 {
		return 0, false
	}
	return found[0], true
}

// depth indexes the items whose parents' paths have a length.
func (c *classifier) depth(depth int) *depthIndex {
	if index := c.depths[depth]; index != nil {
		return index
	}
	index, count := &depthIndex{}, 0
	for b := range c.snapshot.branches {
		if len(c.snapshot.branches[b].parent) == depth && c.tree.linked[b] {
			index.branches, index.first = append(index.branches, int32(b)), append(index.first, int32(count))
			count += c.snapshot.items(int32(b)).len()
		}
	}
	index.byCode = newTextIndex(count)
	for n, b := range index.branches {
		for i, item := range c.snapshot.items(b).live() {
			index.byCode.add(item.Code, index.first[n]+i)
		}
	}
	index.byCode.sort()
	c.depths[depth] = index
	return index
}

// find returns the items of a code, in path order.
func (x *depthIndex) find(t *tree, code string) []itemRef {
	var refs []itemRef
	for _, number := range x.byCode.find(code, func(number int32) bool { return t.at(x.ref(number)).Code == code }) {
		refs = append(refs, x.ref(number))
	}
	return refs
}

func (x *depthIndex) ref(number int32) itemRef {
	after, _ := slices.BinarySearch(x.first, number+1)
	return itemRef{x.branches[after-1], number - x.first[after-1]}
}
