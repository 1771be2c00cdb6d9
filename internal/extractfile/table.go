package extractfile

import (
	"hash/maphash"
	"strings"
)

// table numbers distinct keys from 0 in the order in which they come: an open-addressing hash table over byte keys that
// lie in one buffer, because a map of strings would cost an allocation and several times the memory per key.
type table struct {
	seed  maphash.Seed
	slots []uint32        // number + 1, 0 is free; the length is a power of two
	keys  strings.Builder // its String is all keys without a copy
	ends  list[keyEnd]
}

type keyEnd struct {
	end  uint64 // in keys; the key begins where the one before it ends
	hash uint32
}

const firstSlots = 1 << 8

func newTable(seed maphash.Seed) table { return table{seed: seed, slots: make([]uint32, firstSlots)} }

// number returns the key's number and whether the key is new.
func (t *table) number(key []byte) (int, bool) {
	hash := uint32(maphash.Bytes(t.seed, key))
	mask := uint32(len(t.slots) - 1)
	i := hash & mask
	for ; t.slots[i] != 0; i = (i + 1) & mask {
		n := int(t.slots[i] - 1)
		if t.ends.at(n).hash == hash && t.at(n) == string(key) {
			return n, false
		}
	}
	n := t.ends.n
	t.slots[i] = uint32(n + 1)
	t.keys.Write(key)
	t.ends.add(keyEnd{uint64(t.keys.Len()), hash})
	if 4*t.ends.n > 3*len(t.slots) {
		t.rehash()
	}
	return n, true
}

// at returns a key by its number.
func (t *table) at(n int) string { return keyAt(t.keys.String(), &t.ends, n) }

func keyAt(keys string, ends *list[keyEnd], n int) string {
	var start uint64
	if n > 0 {
		start = ends.at(n - 1).end
	}
	return keys[start:ends.at(n).end]
}

func (t *table) len() int { return t.ends.n }

func (t *table) rehash() {
	t.slots = make([]uint32, 2*len(t.slots))
	mask := uint32(len(t.slots) - 1)
	for n := range t.ends.n {
		i := t.ends.at(n).hash & mask
		for ; t.slots[i] != 0; i = (i + 1) & mask {
		}
		t.slots[i] = uint32(n + 1)
	}
}
