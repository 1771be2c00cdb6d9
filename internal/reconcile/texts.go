package reconcile

import (
	"strings"

	"tieout/internal/extractfile"
)

// texts keeps the texts of list items in blocks of 64 KiB: an item costs three bytes besides its texts, where strings
// of their own would cost a header and an allocation each. What it hands out are parts of the blocks.
type texts struct {
	blocks  []*strings.Builder
	scratch []byte
}

const blockBits = 16

const (
	itemDeleted byte = 1 << iota
	itemLeaf
	itemRefers // a Ref follows
)

// add keeps an item and returns its position.
func (t *texts) add(item *Item) uint32 {
	flags := byte(0)
	if item.Deleted {
		flags |= itemDeleted
	}
	if item.Leaf {
		flags |= itemLeaf
	}
	if item.Ref != "" {
		flags |= itemRefers
	}
	t.scratch = extractfile.AppendKey(extractfile.AppendKey(append(t.scratch[:0], flags), item.Code), item.Name)
	if item.Ref != "" {
		t.scratch = extractfile.AppendKey(t.scratch, item.Ref)
	}
	block := len(t.blocks) - 1
	if block < 0 || t.blocks[block].Len()+len(t.scratch) > 1<<blockBits {
		if block++; block>>(32-blockBits) > 0 {
			panic("a list of more than 4 GiB")
		}
		t.blocks = append(t.blocks, &strings.Builder{})
		t.blocks[block].Grow(max(len(t.scratch), 1<<blockBits))
	}
	at := uint32(block)<<blockBits | uint32(t.blocks[block].Len())
	t.blocks[block].Write(t.scratch)
	return at
}

// item returns the item at a position.
func (t *texts) item(at uint32) Item {
	flags, rest := t.at(at)
	var item Item
	item.Deleted, item.Leaf = flags&itemDeleted != 0, flags&itemLeaf != 0
	item.Code, rest = extractfile.CutKey(rest)
	item.Name, rest = extractfile.CutKey(rest)
	if flags&itemRefers != 0 {
		item.Ref, _ = extractfile.CutKey(rest)
	}
	return item
}

// code returns the code of the item at a position, and whether the item is deleted.
func (t *texts) code(at uint32) (string, bool) {
	flags, rest := t.at(at)
	code, _ := extractfile.CutKey(rest)
	return code, flags&itemDeleted != 0
}

func (t *texts) at(at uint32) (flags byte, rest string) {
	text := t.blocks[at>>blockBits].String()[at&(1<<blockBits-1):]
	return text[0], text[1:]
}
