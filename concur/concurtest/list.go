package concurtest

import "fmt"

// maxLevels is the most levels that a Concur list has.
const maxLevels = 10

// maxItems bounds a generated list; Concur's own lists stay far below.
const maxItems = 5_000_000

// List is one list of a World: written out in Items, or made from a seed by Generate.
type List struct {
	// Name is what both List v1 and v4 call it. Their ids differ.
	Name string `json:"name"`
	// ID is the opaque id of List v1; by default one made from the seed.
	ID string `json:"id,omitempty"`
	// Levels is 1 to 10; by default as many as the items have.
	Levels int `json:"levels,omitempty"`
	// Vendor is shown as is-vendor in List v1.
	Vendor bool `json:"vendor,omitempty"`
	// Deleted lists are not in List v1; List v4 shows them with isDeleted.
	Deleted bool `json:"deleted,omitempty"`
	// Items are the items of level 1 with everything below them.
	Items []Item `json:"items,omitempty"`
	// Generate makes the items instead.
	Generate *ListSpec `json:"generate,omitempty"`
}

// Item is one item of a list.
type Item struct {
	Code string `json:"code"`
	Name string `json:"name"`
	// ID is the item's in List v4, by default one made from the seed. Items of several lists that share an id are one
	// item to List v4: where it is deleted from some of the lists, it is not isDeleted, and its lists name the others.
	ID string `json:"id,omitempty"`
	// Deleted hides the item and all below it from List v1; List v4 shows them when asked for deleted items.
	Deleted bool   `json:"deleted,omitempty"`
	Items   []Item `json:"items,omitempty"`
}

// ListSpec describes a generated list. Its codes hold hyphens and leading zeros; most are unique in their level,
// some stand under every parent. Names are unique under their parent.
type ListSpec struct {
	Seed uint64 `json:"seed,omitempty"`
	// Branching holds, per level, how many children each item of the level above has: {20, 10, 50} makes 20 items
	// on level 1, 200 on level 2 and 10,000 on level 3.
	Branching []int `json:"branching"`
	// DeletedEvery deletes about one item in so many (never the first child of an item). Default 40; negative: none.
	DeletedEvery int `json:"deletedEvery,omitempty"`
}

// Walk calls visit for each item, level by level, with the codes from level 1 to the item and its name; deleted tells
// whether it or an item above it is deleted. The path is the caller's to keep. Walk ends when visit returns false.
func (l List) Walk(visit func(path []string, name string, deleted bool) bool) error {
	t, err := newTree(l)
	if err != nil {
		return err
	}
	for i := 1; i < len(t.nodes); i++ {
		n := t.nodes[i]
		if !visit(t.path(int32(i)), n.name, n.deleted) {
			return nil
		}
	}
	return nil
}

// node is one item in a tree. Children of a node lie side by side.
type node struct {
	code, name   string
	parent       int32
	first, count int32
	level        int8
	deleted      bool
}

// tree is a list laid out for looking things up: nodes[0] stands above level 1.
type tree struct {
	name   string
	nodes  []node
	levels int
	ids    map[int32]string // of the nodes that were given one
}

func newTree(l List) (*tree, error) {
	t := &tree{name: l.Name, nodes: []node{{}}, levels: l.Levels, ids: map[int32]string{}}
	var err error
	if l.Generate != nil {
		err = t.generate(*l.Generate)
	} else {
		t.copyItems(l.Items)
	}
	if err != nil {
		return nil, fmt.Errorf("list %q: %w", l.Name, err)
	}
	depth := int(t.nodes[len(t.nodes)-1].level)
	if t.levels == 0 {
		t.levels = max(depth, 1)
	}
	if t.levels < depth || t.levels > maxLevels {
		return nil, fmt.Errorf("list %q: its items have %d levels, the list %d; a list has at most %d", l.Name, depth, t.levels, maxLevels)
	}
	return t, nil
}

func (t *tree) copyItems(items []Item) {
	type waiting struct {
		parent int32
		items  []Item
	}
	queue := []waiting{{0, items}}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		parent := t.nodes[next.parent]
		t.nodes[next.parent].first, t.nodes[next.parent].count = int32(len(t.nodes)), int32(len(next.items))
		for _, item := range next.items {
			if item.ID != "" {
				t.ids[int32(len(t.nodes))] = item.ID
			}
			if len(item.Items) > 0 {
				queue = append(queue, waiting{int32(len(t.nodes)), item.Items})
			}
			t.nodes = append(t.nodes, node{code: item.Code, name: item.Name, parent: next.parent, level: parent.level + 1, deleted: parent.deleted || item.Deleted})
		}
	}
}

func (t *tree) generate(spec ListSpec) error {
	total, width := 1, 1
	for _, children := range spec.Branching {
		if children < 1 {
			return fmt.Errorf("a generated list needs at least 1 child per item on each level")
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
	t.nodes = append(make([]node, 0, total), t.nodes...)
	from, to := 0, 1
	for level, children := range spec.Branching {
		for p := from; p < to; p++ {
			parent := t.nodes[p]
			t.nodes[p].first, t.nodes[p].count = int32(len(t.nodes)), int32(children)
			for j := range children {
				at := len(t.nodes)
				n := node{parent: int32(p), level: int8(level + 1), deleted: parent.deleted}
				n.code = generatedCode(len(spec.Branching), level+1, at-to, j)
				n.name = generatedName(hashNumbers(spec.Seed, uint64(at)), at)
				if spec.DeletedEvery >= 0 && j > 0 && hashNumbers(spec.Seed, uint64(at), 1)%every == 0 {
					n.deleted = true
				}
				t.nodes = append(t.nodes, n)
			}
		}
		from, to = to, len(t.nodes)
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

// path returns the codes from level 1 to node i.
func (t *tree) path(i int32) []string {
	path := make([]string, t.nodes[i].level)
	for ; i != 0; i = t.nodes[i].parent {
		path[t.nodes[i].level-1] = t.nodes[i].code
	}
	return path
}

// children returns the indices of node i's children as a half-open range.
func (t *tree) children(i int32) (from, to int32) {
	n := t.nodes[i]
	return n.first, n.first + n.count
}
