package reconcile

import "slices"

// Double is a code that stands more than once under one parent: a defect of the list. What lies below its items is read
// as if they were one.
type Double struct {
	Path  []string `json:"path"`
	Names []string `json:"names"` // of its items, the first few
}

// Doubles returns the codes that stand more than once under one parent in what was read, in path order, the first few
// of them with as many names at most, and counts them all.
func (s *Snapshot) Doubles(most int) (first []Double, count int) {
	tree := s.index()
	for b := range s.branches {
		if !tree.linked[b] {
			continue
		}
		items := s.items(int32(b))
		for i := int32(0); int(i) < items.len(); {
			n := items.alike(i)
			if n > 1 {
				if count++; count <= most {
					d := Double{Path: tree.path(itemRef{int32(b), i})}
					for twin := i; twin < i+min(n, int32(most)); twin++ {
						d.Names = append(d.Names, items.item(twin).Name)
					}
					first = append(first, d)
				}
			}
			i += max(n, 1)
		}
	}
	return first, count
}

// alike counts the live items that have the code of one, from that one on: 0 where it is deleted.
func (l items) alike(i int32) int32 {
	code, deleted := l.code(i)
	n := int32(0)
	for ; !deleted && int(i+n) < l.len(); n++ {
		if other, gone := l.code(i + n); gone || other != code {
			break
		}
	}
	return n
}

// refs returns what the items below an item are asked for by: its Ref, and those of the others that have its code.
func (t *tree) refs(ref itemRef) []string {
	items := t.snapshot.items(ref.branch)
	var refs []string
	for twin := ref.item; twin < ref.item+items.alike(ref.item); twin++ {
		if one := items.item(twin).Ref; !slices.Contains(refs, one) {
			refs = append(refs, one)
		}
	}
	return refs
}
