package concurtest

import (
	"fmt"

	"tieout/concur/concurtest/internal/hash"
)

// opaqueID returns an id as Concur's are: letters, digits, and now and then "$" or "!".
func opaqueID(h uint64, length int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789$!"
	id := make([]byte, length)
	for i := range id {
		h = hash.Mix(h)
		id[i] = alphabet[h&63]
	}
	// One of each always: a client that does not escape them is found out at once.
	id[length/3], id[length/2] = '$', '!'
	return string(id)
}

// uuid returns an id as those of List v4 and of correlation headers are.
func uuid(h uint64) string {
	a, b := hash.Mix(h), hash.Mix(h+1)
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", uint32(a>>32), uint16(a>>16), uint16(a)&0xfff, 0x8000|uint16(b>>48)&0x3fff, b&0xffffffffffff)
}
