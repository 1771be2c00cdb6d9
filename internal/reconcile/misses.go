package reconcile

import (
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
)

// Misses tells whether a tuple of the checks on the snapshot's list has a code that the list lacks: only then is
// anything known of earlier snapshots worth reading.
func Misses(checks []pipeline.Check, files []FileSummary, s *Snapshot) bool {
	tree, misses := s.index(), false
	eachTuple(checks, files, s.List, func(_ *pipeline.Check, t *extractfile.Tuple) {
		misses = misses || tree.follow(t.Values).state == missing
	})
	return misses
}
