package extractfile

import (
	"encoding/binary"
	"math/bits"
)

// Some files quote every field. Their quotes are followed eight bytes at a time: each quote turns inside to outside and
// back, so whether a byte lies inside quotes follows from how many came before it. That holds for regular records only, in
// which every quote that opens stands where a field begins, or makes a pair with the one before it; all others are left
// to the framer, byte by byte.

const highBits = ones << 7

// quotes follows the quotes of a text, a word after the other.
type quotes struct{ inside uint64 } // highBits while a quoted field is open, else 0

// next returns which bytes of a word lie inside quotes, given its quotes; an opening quote counts as inside, a closing
// one as outside. Bytes are told by their high bits.
func (q *quotes) next(found uint64) uint64 {
	x := found ^ found<<8
	x ^= x << 16
	x ^= x << 32
	inside := x ^ q.inside
	q.inside = highBits & -(inside >> 63)
	return inside
}

// regularRecords appends the regular records from start on that end in buf and returns where the next one starts, which
// is irregular, unfinished or one of the last few bytes.
func (f *framer) regularRecords(buf []byte, start int, records []record) ([]record, int) {
	pattern := ones * uint64(f.delimiter)
	var q quotes
	before := uint64(highBits >> 56) // whether a field may begin at the word's first byte
	lines := 0
	for pos := start; pos+8 <= len(buf); pos += 8 {
		word := binary.LittleEndian.Uint64(buf[pos:])
		found, feeds := zeroBytes(word^ones*'"'), zeroBytes(word^ones*'\n')
		inside := q.next(found)
		begins := found | feeds | zeroBytes(word^pattern)
		if found&inside&^(begins<<8|before) != 0 {
			break
		}
		before = begins >> 56
		for ; feeds != 0; feeds &= feeds - 1 {
			lines++
			if feeds&-feeds&inside != 0 {
				continue
			}
			end := pos + bits.TrailingZeros64(feeds)/8
			f.recordLine += int64(lines)
			n := len(records)
			if records = f.finish(buf, start, end, records); len(records) > n {
				records[n].regular = true
			}
			start, lines = end+1, 0
		}
	}
	return records, start
}

// findRegular is find for a regular record.
func (f *fieldFinder) findRegular(buf []byte, rec record) int {
	pos, end, column := int(rec.start), int(rec.end), 1
	f.scratch = f.scratch[:0]
	for i, target := range f.targets {
		if pos, column = f.skipRegular(buf, pos, end, target-column), target; pos < 0 {
			return f.short(i)
		}
		var stop int
		if pos < end && buf[pos] == '"' {
			f.values[i], stop = f.unquote(buf, pos, end)
		} else {
			stop = f.fieldEnd(buf, pos, end)
			f.values[i] = buf[pos:stop:stop]
		}
		if stop == end {
			return f.short(i + 1)
		}
		pos = stop + 1
		column++
	}
	return len(f.targets)
}

// skipRegular moves behind the n-th delimiter outside quotes, from the start of a field; -1 when there are fewer.
func (f *fieldFinder) skipRegular(buf []byte, pos, end, n int) int {
	var q quotes
	for ; n > 0 && pos < end; pos += 8 {
		word := binary.LittleEndian.Uint64(buf[pos:])
		m := f.matches(word) &^ q.next(zeroBytes(word^ones*'"'))
		if rest := end - pos; rest < 8 {
			m &= 1<<(8*rest) - 1
		}
		count := bits.OnesCount64(m)
		if count < n {
			n -= count
			continue
		}
		for ; n > 1; n-- {
			m &= m - 1
		}
		return pos + bits.TrailingZeros64(m)/8 + 1
	}
	if n > 0 {
		return -1
	}
	return pos
}
