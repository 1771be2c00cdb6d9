package reconcile

import (
	"context"
	"slices"

	"tieout/internal/pipeline"
)

const (
	// together is how many branches are asked for before their answers are stored.
	together = 200
	// togetherWalkingV4 is smaller, because on List v4 a branch may take several pages and the limit counts requests.
	togetherWalkingV4 = 4
)

// Reading reads of one list what the tuples of the checks ask for, and nothing else: the branches that they name, on
// List v4 the deleted items beside codes that are missing, and the other parents of codes that nothing explains.
type Reading struct {
	Checks []pipeline.Check
	Files  []FileSummary
	// WalkLimit bounds the requests that the search for other parents may cost (list_walk_limit).
	WalkLimit int
	// Ask returns an answer for each of the needs, of the deleted items where that is asked for.
	Ask func(ctx context.Context, needs []Need, deleted bool) ([]Answer, error)
	// Remember returns what earlier snapshots know of the paths that the snapshot lacks; nil stands for nothing.
	Remember func(ctx context.Context, s *Snapshot) (*Memory, error)
}

// Answer is what a list service answered about the items below one parent, and how many requests that took.
type Answer struct {
	Items    []Placed
	Requests int
}

// Into reads into a snapshot until nothing more is needed. It goes on where an earlier reading was cut off.
func (r *Reading) Into(ctx context.Context, s *Snapshot) error {
	for needs := liveNeeds(r.Checks, r.Files, s); len(needs) > 0; needs = liveNeeds(r.Checks, r.Files, s) {
		if err := r.read(ctx, s, needs, false); err != nil {
			return err
		}
	}
	for needs := deletedNeeds(r.Checks, r.Files, s); len(needs) > 0; needs = deletedNeeds(r.Checks, r.Files, s) {
		if err := r.read(ctx, s, needs, true); err != nil {
			return err
		}
	}
	return r.walk(ctx, s)
}

// walk searches the other parents of codes that nothing else explains.
func (r *Reading) walk(ctx context.Context, s *Snapshot) error {
	var memory *Memory
	if r.Remember != nil {
		var err error
		if memory, err = r.Remember(ctx, s); err != nil {
			return err
		}
	}
	size := together
	if s.API == APIv4 {
		size = togetherWalkingV4
	}
	for {
		needs, limited := walkNeeds(r.Checks, r.Files, s, memory, r.WalkLimit)
		s.Walk.Limited = limited
		if len(needs) == 0 {
			return nil
		}
		for some := range slices.Chunk(needs, size) {
			if s.Walk.Requests >= r.WalkLimit {
				break // walkNeeds then says that the limit is reached
			}
			before := s.Requests
			if err := r.read(ctx, s, some, false); err != nil {
				return err
			}
			s.Walk.Requests += s.Requests - before
		}
	}
}

// read asks for branches and stores the answers.
func (r *Reading) read(ctx context.Context, s *Snapshot, needs []Need, deleted bool) error {
	for some := range slices.Chunk(needs, together) {
		answers, err := r.Ask(ctx, some, deleted)
		if err != nil {
			return err
		}
		for i, answer := range answers {
			if deleted {
				s.AddDeleted(some[i].Parent, unplaced(answer.Items))
			} else {
				s.File(some[i].Parent, answer.Items)
			}
			s.Requests += answer.Requests
		}
	}
	return nil
}

// unplaced returns the items alone. Deleted ones are asked for under their own parent, so that is where they lie.
func unplaced(answer []Placed) []Item {
	items := make([]Item, len(answer))
	for i := range answer {
		items[i] = answer[i].Item
	}
	return items
}
