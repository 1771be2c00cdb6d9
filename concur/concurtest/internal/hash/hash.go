// Package hash makes what looks random in the simulated Concur. All of it is a hash of a seed and of what it is for, so
// that a row, an id or an oddity can be made again alone, in any order and after a restart.
package hash

// Mix is the finalizer of splitmix64: it spreads every bit of x over the result.
func Mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Numbers returns a hash of a seed and of numbers, in their order.
func Numbers(seed uint64, parts ...uint64) uint64 {
	h := Mix(seed)
	for _, part := range parts {
		h = Mix(h ^ part)
	}
	return h
}

// Text returns a hash of a seed and of texts, in their order.
func Text(seed uint64, parts ...string) uint64 {
	h := Mix(seed)
	for _, part := range parts {
		const offset, prime = 14695981039346656037, 1099511628211
		text := uint64(offset)
		for i := range len(part) {
			text = (text ^ uint64(part[i])) * prime
		}
		h = Mix(h ^ text)
	}
	return h
}
