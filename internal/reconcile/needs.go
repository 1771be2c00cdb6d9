package reconcile

import (
	"maps"
	"slices"

	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
)

// Need is a branch that must still be read: its parent's path, empty for level 1, and what it is asked for by.
type Need struct {
	Parent []string
	// Refs holds the parent's Ref, "" for level 1. A parent whose code stands twice has several: what they answer
	// together is the branch.
	Refs []string
}

// topLevel returns level 1.
func topLevel() Need { return Need{Parent: []string{}, Refs: []string{""}} }

// liveNeeds returns the branches that the tuples of the checks on the snapshot's list still ask for, in path order: level
// 1, then the branches under live parents that a tuple has a value below. It is asked again after each round, until none
// is left: one round per level, and in all 1 + the number of distinct live parents that tuples name.
func liveNeeds(checks []pipeline.Check, files []FileSummary, s *Snapshot) []Need {
	tree := s.index()
	root, parents := false, map[itemRef]bool{}
	eachTuple(checks, files, s.List, func(_ *pipeline.Check, t *extractfile.Tuple) {
		if at := tree.follow(t.Values); at.state == notRead {
			if at.level == 1 {
				root = true
			} else {
				parents[at.parent] = true
			}
		}
	})
	if root {
		return []Need{topLevel()}
	}
	return tree.needs(parents)
}

// deletedNeeds returns the branches whose deleted items must be read too, because they lack a code that a tuple has:
// only on List v4, and once liveNeeds is empty.
func deletedNeeds(checks []pipeline.Check, files []FileSummary, s *Snapshot) []Need {
	c := newClassifier(s, nil)
	root, parents := false, map[itemRef]bool{}
	eachTuple(checks, files, s.List, func(check *pipeline.Check, t *extractfile.Tuple) {
		if at := c.tree.follow(t.Values); c.deletedUnread(check, t.Values, at) {
			if at.level == 1 {
				root = true
			} else {
				parents[at.parent] = true
			}
		}
	})
	needs := c.tree.needs(parents)
	if root {
		needs = append([]Need{topLevel()}, needs...)
	}
	return needs
}

// walkNeeds returns the branches to search for other parents (wrong_parent), when liveNeeds and deletedNeeds are empty and
// a tuple is still unexplained, in path order. What reading them costs counts in s.Walk.Requests. A search
// that the rest of the limit (list_walk_limit) does not allow to be whole is not begun, because nothing would follow
// from it; those that cost least come first. The second result reports whether the limit leaves something unsearched.
func walkNeeds(checks []pipeline.Check, files []FileSummary, s *Snapshot, memory *Memory, limit int) ([]Need, bool) {
	c := newClassifier(s, memory)
	open, judged := map[stretch]bool{}, map[string]bool{}
	eachTuple(checks, files, s.List, func(check *pipeline.Check, t *extractfile.Tuple) {
		at := c.tree.follow(t.Values)
		if at.state != missing || at.level == 1 {
			return
		}
		if at.level < len(t.Values) { // others may leave the list at the same position
			key := extractfile.Key(append([]string{check.Name}, t.Values[:at.level]...))
			if judged[key] {
				return
			}
			judged[key] = true
		}
		if unread := c.explain(check, t.Values, at).unread; unread.len() > 0 {
			open[unread] = true
		}
	})
	left, limited := limit-s.Walk.Requests, false
	chosen := map[itemRef]bool{}
	for _, unread := range slices.SortedFunc(maps.Keys(open), stretch.compare) {
		var more []itemRef
		for _, ref := range c.unread(unread.depth)[unread.from:unread.to] {
			if !chosen[ref] {
				more = append(more, ref)
			}
		}
		if len(more) > max(left, 0) {
			limited = true
			continue
		}
		left -= len(more)
		for _, ref := range more {
			chosen[ref] = true
		}
	}
	return c.tree.needs(chosen), limited
}

// eachTuple visits the tuples of all checks on a list, in all files.
func eachTuple(checks []pipeline.Check, files []FileSummary, list string, visit func(*pipeline.Check, *extractfile.Tuple)) {
	for i := range checks {
		if checks[i].List != list {
			continue
		}
		for _, file := range files {
			if i >= len(file.Summary.Checks) {
				continue // Match refuses such a summary
			}
			for tuple := range file.Summary.Checks[i].Tuples.All() {
				visit(&checks[i], tuple)
			}
		}
	}
}

// needs returns the branches below items, in path order.
func (t *tree) needs(parents map[itemRef]bool) []Need {
	refs := slices.Collect(maps.Keys(parents))
	sortRefs(refs)
	var needs []Need
	for _, ref := range refs {
		needs = append(needs, Need{Parent: t.path(ref), Refs: t.refs(ref)})
	}
	return needs
}
