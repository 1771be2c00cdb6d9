package extractfile

import "encoding/binary"

// Key is one string per distinct tuple: each value behind its length, so that no byte in a code can make two
// tuples look alike.
func Key(values []string) string {
	var key []byte
	for _, v := range values {
		key = binary.AppendUvarint(key, uint64(len(v)))
		key = append(key, v...)
	}
	return string(key)
}
