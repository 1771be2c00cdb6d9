package reconcile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
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
	// Branches are sorted: shorter parents first, then by code. A branch that is here was read whole.
	Branches []Branch `json:"branches"`

	tree *tree // built on first use, dropped by each Add
}

// Walk says how far the list was read, and what the search for other parents (wrong_parent) cost.
type Walk struct {
	// Levels says, from level 1 down, whether the level was read whole, partial or no; Write fills it.
	Levels []string `json:"levels"`
	// Requests counts the requests that were spent on the branches that WalkNeeds asked for.
	Requests int `json:"requests"`
	// Limited is true when list_walk_limit stopped the search.
	Limited bool `json:"limited"`
}

// Branch holds the items under one parent; level 1 lies under the empty path.
type Branch struct {
	Parent []string `json:"parent"`
	// Items are sorted by code.
	Items []Item `json:"items"`
	// DeletedRead is true once the deleted items of the branch were asked for (List v4).
	DeletedRead bool `json:"deletedRead,omitempty"`
}

// Item is one list item.
type Item struct {
	Code string `json:"code"`
	Name string `json:"name"`
	// Ref is what the list service needs to read the items below: v1 the path of items-link, v4 the item's id.
	Ref     string `json:"ref,omitempty"`
	Deleted bool   `json:"deleted,omitempty"`
	// Leaf is true when the service said that nothing lies below (List v4's hasChildren: false).
	Leaf bool `json:"leaf,omitempty"`
}

// NewSnapshot starts the snapshot of a list of which nothing was read yet.
func NewSnapshot(list, listID, api string, levels int, readAt string) *Snapshot {
	return &Snapshot{Schema: snapshotSchema, List: list, ListID: listID, API: api, Levels: levels, ReadAt: readAt, Branches: []Branch{}}
}

// Add stores the items under a parent, in place of what was known of that branch. It takes the slices over.
func (s *Snapshot) Add(parent []string, items []Item) {
	s.tree = nil
	sortItems(items)
	if at, found := s.find(parent); found {
		s.Branches[at].Items, s.Branches[at].DeletedRead = items, false
		return
	}
	s.insert(Branch{Parent: parent, Items: items})
}

// AddDeleted adds the deleted items under a parent, after the answer to ?isDeleted=true; live items in that answer
// are left out. A parent without a branch is a leaf and gets one that holds nothing live.
func (s *Snapshot) AddDeleted(parent []string, items []Item) {
	s.tree = nil
	at, found := s.find(parent)
	if !found {
		s.insert(Branch{Parent: parent})
		at, _ = s.find(parent)
	}
	branch := &s.Branches[at]
	branch.DeletedRead = true
	branch.Items = slices.DeleteFunc(branch.Items, func(item Item) bool { return item.Deleted })
	for _, item := range items {
		if item.Deleted {
			branch.Items = append(branch.Items, item)
		}
	}
	sortItems(branch.Items)
}

// Has tells whether the branch under a parent was read.
func (s *Snapshot) Has(parent []string) bool {
	_, found := s.find(parent)
	return found
}

// Items counts the live items that were read.
func (s *Snapshot) Items() int {
	n := 0
	for _, branch := range s.Branches {
		for _, item := range branch.Items {
			if !item.Deleted {
				n++
			}
		}
	}
	return n
}

// Write writes the snapshot as JSON that ReadSnapshot reads.
func (s *Snapshot) Write(w io.Writer) error {
	s.Walk.Levels = s.index().levels(s.Levels)
	if err := json.NewEncoder(w).Encode(s); err != nil {
		return fmt.Errorf("writing the snapshot of list %q: %w", s.List, err)
	}
	return nil
}

// ReadSnapshot reads what Write wrote, and builds the index for quick lookups.
func ReadSnapshot(r io.Reader) (*Snapshot, error) {
	var s Snapshot
	if err := json.NewDecoder(r).Decode(&s); err != nil {
		return nil, fmt.Errorf("reading a list snapshot: %w", err)
	}
	if s.Schema != snapshotSchema {
		return nil, fmt.Errorf("reading a list snapshot: schema %d of list %q is not known here (known: %d); use the version of tieout that wrote it", s.Schema, s.List, snapshotSchema)
	}
	for i := range s.Branches {
		sortItems(s.Branches[i].Items)
	}
	slices.SortStableFunc(s.Branches, func(a, b Branch) int { return comparePaths(a.Parent, b.Parent) })
	for i := 1; i < len(s.Branches); i++ {
		if comparePaths(s.Branches[i-1].Parent, s.Branches[i].Parent) == 0 {
			return nil, fmt.Errorf("reading a list snapshot: list %q holds the branch %s twice", s.List, showPath(s.Branches[i].Parent))
		}
	}
	s.index()
	return &s, nil
}

func (s *Snapshot) find(parent []string) (int, bool) {
	return slices.BinarySearchFunc(s.Branches, parent, func(b Branch, p []string) int { return comparePaths(b.Parent, p) })
}

func (s *Snapshot) insert(branch Branch) {
	if branch.Parent == nil {
		branch.Parent = []string{}
	}
	if branch.Items == nil {
		branch.Items = []Item{}
	}
	at, _ := s.find(branch.Parent)
	s.Branches = slices.Insert(s.Branches, at, branch)
}

func (s *Snapshot) index() *tree {
	if s.tree == nil {
		s.tree = newTree(s)
	}
	return s.tree
}

// sortItems puts a live item before a deleted one of the same code, so that a search meets it first.
func sortItems(items []Item) {
	order := func(a, b Item) int {
		if c := cmp.Compare(a.Code, b.Code); c != 0 {
			return c
		}
		if a.Deleted != b.Deleted {
			if b.Deleted {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Ref, b.Ref))
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
