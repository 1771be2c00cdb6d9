package extractgen

import (
	"errors"
	"fmt"

	"tieout/concur/concurtest/internal/hash"
)

// maxItems bounds a generated list; Concur's own lists stay far below.
const maxItems = 5_000_000

func (t *Tree) generate(spec ListSpec) error {
	total, width := 1, 1
	for _, children := range spec.Branching {
		if children < 1 {
			return errors.New("a generated list needs at least 1 child per item on each level")
		}
		width *= children
		if total += width; total > maxItems {
			return fmt.Errorf("a generated list has at most %d items", maxItems)
		}
	}
	if len(spec.Branching) == 0 || len(spec.Branching) > maxLevels {
		return fmt.Errorf("a generated list has 1 to %d levels", maxLevels)
	}
	every := uint64(40)
	if spec.DeletedEvery > 0 {
		every = uint64(spec.DeletedEvery)
	}
	t.Nodes = append(make([]Node, 0, total), t.Nodes...)
	from, to := 0, 1
	for level, children := range spec.Branching {
		for p := from; p < to; p++ {
			parent := t.Nodes[p]
			t.Nodes[p].first, t.Nodes[p].count = len(t.Nodes), children
			for j := range children {
				at := len(t.Nodes)
				n := Node{Parent: p, Level: level + 1, Deleted: parent.Deleted}
				n.Code = generatedCode(len(spec.Branching), level+1, at-to, j)
				n.Name = generatedName(hash.Numbers(spec.Seed, uint64(at)), at)
				if spec.DeletedEvery >= 0 && j > 0 && hash.Numbers(spec.Seed, uint64(at), 1)%every == 0 {
					n.Deleted = true
				}
				t.Nodes = append(t.Nodes, n)
			}
		}
		from, to = to, len(t.Nodes)
	}
	return nil
}

// generatedCode numbers the items of a level; every 16th child has a code that stands under each parent.
func generatedCode(levels, level, index, sibling int) string {
	switch {
	case levels == 1 && index%5 == 4:
		return fmt.Sprintf("%06d", 4010+index*2)
	case levels == 1:
		return fmt.Sprint(400100 + index*10)
	case level == 1:
		return fmt.Sprintf("D%d", 10+index)
	case sibling%16 == 15:
		return fmt.Sprintf("99%02d-SHARED", sibling/16)
	case level == 2:
		return fmt.Sprintf("%05d-%02d", 1001+index, index%90+10)
	case level == 3:
		return fmt.Sprintf("CC-%06d", 310+index)
	}
	return fmt.Sprintf("L%d-%06d", level, 20+index)
}

func generatedName(h uint64, number int) string {
	first := [...]string{"Northern", "Southern", "Global", "Corporate", "Regional", "Shared", "Zürich", "São Paulo", "Digital", "Retail", "Field", "Group"}
	second := [...]string{"Sales", "Research & Development", "Travel", "Operations", "Facilities", "Logistics", "Marketing", "Payroll", "Treasury", "Legal <EU>"}
	return fmt.Sprintf("%s %s %d", first[h%uint64(len(first))], second[h>>32%uint64(len(second))], number)
}
