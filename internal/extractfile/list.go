package extractfile

// list is a slice that grows by blocks: millions of entries are never copied to make room for more.
type list[T any] struct {
	blocks [][]T
	n      int
}

const listBits = 10 // entries in a block

func (l *list[T]) add(v T) {
	if l.n>>listBits == len(l.blocks) {
		l.blocks = append(l.blocks, make([]T, 1<<listBits))
	}
	*l.at(l.n) = v
	l.n++
}

func (l *list[T]) at(i int) *T { return &l.blocks[i>>listBits][i&(1<<listBits-1)] }
