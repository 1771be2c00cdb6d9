package reconcile

import "tieout/internal/extractfile"

// Memory knows which of the paths that a list lacks were live in an earlier snapshot of the pipeline: codes that are
// gone from List v1 can be told from codes that never were. It keeps those paths alone, so that a snapshot can be dropped
// once it was looked at.
type Memory struct {
	paths map[string]map[string]struct{} // list name, Key(path)
}

// NewMemory returns a Memory that knows nothing.
func NewMemory() *Memory { return &Memory{paths: map[string]map[string]struct{}{}} }

// Add remembers those of the missing paths that were live in a snapshot.
func (m *Memory) Add(s *Snapshot, missing [][]string) {
	for _, path := range missing {
		if _, live := s.index().live(path); live {
			m.AddPath(s.List, path)
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
