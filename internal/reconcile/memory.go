package reconcile

import "tieout/internal/extractfile"

// Memory knows every path that was ever live in an earlier snapshot of the pipeline: codes that are gone from List v1
// can be told from codes that never were. It keeps the paths alone, so a snapshot can be dropped once it was added.
type Memory struct {
	paths map[string]map[string]struct{} // list name, Key(path)
}

// NewMemory merges earlier snapshots of any number and any lists.
func NewMemory(earlier ...*Snapshot) *Memory {
	m := &Memory{paths: map[string]map[string]struct{}{}}
	for _, snapshot := range earlier {
		m.Add(snapshot)
	}
	return m
}

// Add remembers what is live in a snapshot.
func (m *Memory) Add(s *Snapshot) {
	paths := m.paths[s.List]
	if paths == nil {
		paths = map[string]struct{}{}
		m.paths[s.List] = paths
	}
	tree := s.index()
	for b, branch := range s.Branches {
		if !tree.linked[b] {
			continue
		}
		parent := extractfile.Key(branch.Parent)
		for _, item := range branch.Items {
			if !item.Deleted {
				paths[parent+extractfile.Key([]string{item.Code})] = struct{}{}
			}
		}
	}
}

// AddPath remembers one path of a list that is known to have been live: an earlier finding `retired` says so.
func (m *Memory) AddPath(list string, path []string) {
	if m.paths[list] == nil {
		m.paths[list] = map[string]struct{}{}
	}
	m.paths[list][extractfile.Key(path)] = struct{}{}
}

func (m *Memory) knew(list string, path []string) bool {
	if m == nil {
		return false
	}
	_, known := m.paths[list][extractfile.Key(path)]
	return known
}
