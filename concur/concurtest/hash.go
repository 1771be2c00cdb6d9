package concurtest

import "fmt"

// Everything that looks random here is a hash of the world's seed and of what it is for, so that a row, an id or an
// oddity can be made again alone, in any order and after a restart.

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func hashNumbers(seed uint64, parts ...uint64) uint64 {
	h := mix(seed)
	for _, part := range parts {
		h = mix(h ^ part)
	}
	return h
}

func hashText(seed uint64, parts ...string) uint64 {
	h := mix(seed)
	for _, part := range parts {
		const offset, prime = 14695981039346656037, 1099511628211
		text := uint64(offset)
		for i := range len(part) {
			text = (text ^ uint64(part[i])) * prime
		}
		h = mix(h ^ text)
	}
	return h
}

// opaqueID makes an id as Concur's are: letters, digits, and now and then "$" or "!".
func opaqueID(h uint64, length int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789$!"
	id := make([]byte, length)
	for i := range id {
		h = mix(h)
		id[i] = alphabet[h&63]
	}
	// One of each always: a client that does not escape them is found out at once.
	id[length/3], id[length/2] = '$', '!'
	return string(id)
}

// uuid makes the ids of List v4 and of correlation headers.
func uuid(h uint64) string {
	a, b := mix(h), mix(h+1)
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", uint32(a>>32), uint16(a>>16), uint16(a)&0xfff, 0x8000|uint16(b>>48)&0x3fff, b&0xffffffffffff)
}
