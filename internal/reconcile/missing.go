package reconcile

import (
	"slices"

	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
)

// Missing returns the paths, each once, at which tuples of the checks leave the snapshot's list: only of those is
// anything known of earlier snapshots worth reading.
func Missing(checks []pipeline.Check, files []FileSummary, s *Snapshot) [][]string {
	tree, seen := s.index(), map[string]bool{}
	var paths [][]string
	eachTuple(checks, files, s.List, func(_ *pipeline.Check, t *extractfile.Tuple) {
		at := tree.follow(t.Values)
		if at.state != missing {
			return
		}
		path := t.Values[:at.level]
		if key := extractfile.Key(path); !seen[key] {
			seen[key] = true
			paths = append(paths, slices.Clone(path))
		}
	})
	return paths
}
