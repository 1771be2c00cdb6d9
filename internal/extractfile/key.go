package extractfile

import "encoding/binary"

// Key returns one string per distinct tuple: each value behind its length, so that no byte in a code can make two
// tuples look alike.
func Key(values []string) string {
	var key []byte
	for _, v := range values {
		key = AppendKey(key, v)
	}
	return string(key)
}

// AppendKey adds one value to a key.
func AppendKey[T ~string | ~[]byte](key []byte, value T) []byte {
	if len(value) < 0x80 {
		key = append(key, byte(len(value)))
	} else {
		key = binary.AppendUvarint(key, uint64(len(value)))
	}
	return append(key, value...)
}

// CutKey cuts the first value off a key.
func CutKey(key string) (value, rest string) {
	size, n := uvarint(key)
	return key[n : n+size], key[n+size:]
}

// keyValues appends the values of a key.
func keyValues(values []string, key string) []string {
	var value string
	for len(key) > 0 {
		value, key = CutKey(key)
		values = append(values, value)
	}
	return values
}

func uvarint(key string) (value, n int) {
	for shift := 0; ; shift += 7 {
		b := key[n]
		n++
		value |= int(b&0x7f) << shift
		if b < 0x80 {
			return value, n
		}
	}
}
