package reconcile

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"

	"tieout/internal/jsonstream"
)

// storedBranch is a branch as it is written, but for its items.
type storedBranch struct {
	Parent      []string `json:"parent"`
	DeletedRead bool     `json:"deletedRead,omitempty"`
}

// Write writes the snapshot as JSON that ReadSnapshot reads, an item at a time.
func (s *Snapshot) Write(w io.Writer) error {
	s.Walk.Levels = s.index().levels(s.Levels)
	b := bufio.NewWriter(w)
	err := s.write(b)
	if err == nil {
		err = b.Flush()
	}
	if err != nil {
		return fmt.Errorf("writing the snapshot of list %q: %w", s.List, err)
	}
	return nil
}

func (s *Snapshot) write(w *bufio.Writer) error {
	if err := jsonstream.WriteOpen(w, s); err != nil {
		return err
	}
	w.WriteString(`,"branches":[`)
	for i := range s.branches {
		if i > 0 {
			w.WriteByte(',')
		}
		branch := &s.branches[i]
		if err := jsonstream.WriteOpen(w, storedBranch{append([]string{}, branch.parent...), branch.deletedRead}); err != nil {
			return err
		}
		w.WriteString(`,"items":`)
		if err := jsonstream.WriteArray(w, s.items(int32(i)).all()); err != nil {
			return err
		}
		w.WriteByte('}')
	}
	_, err := w.WriteString("]}\n")
	return err
}

func (l items) all() iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for _, at := range l.at {
			if !yield(l.texts.item(at)) {
				return
			}
		}
	}
}

// ReadSnapshot reads what Write wrote, and builds the index for quick lookups.
func ReadSnapshot(r io.Reader) (*Snapshot, error) {
	var s Snapshot
	if err := s.read(json.NewDecoder(r)); err != nil {
		return nil, fmt.Errorf("reading a list snapshot: %w", err)
	}
	if s.Schema != snapshotSchema {
		return nil, fmt.Errorf("reading a list snapshot: schema %d of list %q is not known here (known: %d); use the version of tieout that wrote it", s.Schema, s.List, snapshotSchema)
	}
	slices.SortStableFunc(s.branches, func(a, b branch) int { return comparePaths(a.parent, b.parent) })
	for i := 1; i < len(s.branches); i++ {
		if comparePaths(s.branches[i-1].parent, s.branches[i].parent) == 0 {
			return nil, fmt.Errorf("reading a list snapshot: list %q holds the branch %s twice", s.List, showPath(s.branches[i].parent))
		}
	}
	s.index()
	return &s, nil
}

func (s *Snapshot) read(d *json.Decoder) error {
	var at []uint32
	var item Item
	var last []string
	return jsonstream.Object(d, s, map[string]func() error{"branches": func() error {
		return jsonstream.Array(d, func() error {
			var stored storedBranch
			at = at[:0]
			err := jsonstream.Object(d, &stored, map[string]func() error{"items": func() error {
				return jsonstream.Array(d, func() error {
					item = Item{}
					err := d.Decode(&item)
					at = append(at, s.keep(len(stored.Parent), &item))
					return err
				})
			}})
			for i, code := range stored.Parent[:min(len(stored.Parent), len(last))] {
				if last[i] == code {
					stored.Parent[i] = last[i] // one text for all branches side by side
				}
			}
			last = stored.Parent
			s.sortItems(at)
			s.branches = append(s.branches, branch{stored.Parent, slices.Clone(at), stored.DeletedRead})
			return err
		})
	}})
}
