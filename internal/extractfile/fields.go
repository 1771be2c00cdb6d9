package extractfile

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// slack is how many readable bytes a buffer has behind its last record, because delimiters are looked for a word at
// a time.
const slack = 8

const (
	ones = 0x0101010101010101
	low7 = 0x7f7f7f7f7f7f7f7f
)

// fieldFinder takes the wanted columns out of records.
type fieldFinder struct {
	delimiter byte
	pattern   uint64 // the delimiter in each byte
	targets   []int  // wanted columns, ascending, from 1
	values    [][]byte
	scratch   []byte
}

func newFieldFinder(delimiter byte, targets []int) *fieldFinder {
	return &fieldFinder{delimiter: delimiter, pattern: ones * uint64(delimiter), targets: targets,
		values: make([][]byte, len(targets))}
}

// find fills values, without the fields' quoting, and returns how many of the targets the record reaches; the values
// of the others are nil. They are valid until the next call.
func (f *fieldFinder) find(buf []byte, rec record) int {
	if rec.regular {
		return f.findRegular(buf, rec)
	}
	pos, end, column := int(rec.start), int(rec.end), 1
	quote := end
	if rec.quoted {
		quote = f.openingQuote(buf, pos, end)
		f.scratch = f.scratch[:0]
	}
	for i, target := range f.targets {
		for column < target {
			if pos == quote && quote < end {
				_, pos = f.quotedEnd(buf, pos, end)
				if pos == end {
					return f.short(i)
				}
				pos++
				column++
				if quote = pos; pos == end || buf[pos] != '"' {
					quote = f.openingQuote(buf, pos, end)
				}
				continue
			}
			var left int
			pos, left = f.skip(buf, pos, quote, target-column)
			if column = target - left; left > 0 && quote == end {
				return f.short(i)
			}
		}
		var stop int
		if pos == quote && quote < end {
			f.values[i], stop = f.unquote(buf, pos, end)
			quote = f.openingQuote(buf, min(stop+1, end), end)
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

func (f *fieldFinder) short(found int) int {
	clear(f.values[found:])
	return found
}

// skip moves behind the n-th delimiter at or after pos, or to end when there are fewer; left says how many were missing.
func (f *fieldFinder) skip(buf []byte, pos, end, n int) (newPos, left int) {
	// While at least as many delimiters as bytes are wanted, counting cannot overshoot, and four words go in one step.
	for n >= 32 && pos+32 <= end {
		b := buf[pos : pos+32]
		others := f.others(binary.LittleEndian.Uint64(b)) + f.others(binary.LittleEndian.Uint64(b[8:])) +
			f.others(binary.LittleEndian.Uint64(b[16:])) + f.others(binary.LittleEndian.Uint64(b[24:]))
		n -= 32 - int(others*ones>>56)
		pos += 32
	}
	for n > 0 && pos < end {
		m := f.matches(binary.LittleEndian.Uint64(buf[pos:]))
		if rest := end - pos; rest < 8 {
			m &= 1<<(8*rest) - 1
		}
		count := bits.OnesCount64(m)
		if count < n {
			n -= count
			pos += 8
			continue
		}
		for ; n > 1; n-- {
			m &= m - 1
		}
		return pos + bits.TrailingZeros64(m)/8 + 1, 0
	}
	return min(pos, end), n
}

// matches has the high bit of each byte of the word that is the delimiter, and nothing else.
func (f *fieldFinder) matches(word uint64) uint64 { return zeroBytes(word ^ f.pattern) }

// others has a 1 in each byte of the word that is not the delimiter.
func (f *fieldFinder) others(word uint64) uint64 {
	x := word ^ f.pattern
	return (x&low7 + low7 | x) >> 7 & ones
}

// zeroBytes has the high bit of each byte of x that is 0.
func zeroBytes(x uint64) uint64 { return ^((x&low7 + low7) | x | low7) }

// fieldEnd returns the next delimiter at or after pos, or end.
func (f *fieldFinder) fieldEnd(buf []byte, pos, end int) int {
	for ; pos < end; pos += 8 {
		if m := f.matches(binary.LittleEndian.Uint64(buf[pos:])); m != 0 {
			return min(pos+bits.TrailingZeros64(m)/8, end)
		}
	}
	return end
}

// openingQuote returns the next quote that opens a field, or end; pos is the start of a field.
func (f *fieldFinder) openingQuote(buf []byte, pos, end int) int {
	for from := pos; from < end; from++ {
		i := bytes.IndexByte(buf[from:end], '"')
		if i < 0 {
			break
		}
		if from += i; from == pos || buf[from-1] == f.delimiter {
			return from
		}
	}
	return end
}

// quotedEnd returns the closing quote of the field that opens at pos, and the field's end.
func (f *fieldFinder) quotedEnd(buf []byte, pos, end int) (closing, stop int) {
	for closing = pos + 1; ; closing += 2 {
		closing = quoteFrom(buf[:end], closing)
		if closing+1 >= end {
			return closing, end
		}
		switch next := buf[closing+1]; {
		case next == f.delimiter:
			return closing, closing + 1
		case next != '"':
			return closing, f.fieldEnd(buf, closing+1, end)
		}
	}
}

// unquote returns the value of the quoted field that opens at pos, and the field's end.
func (f *fieldFinder) unquote(buf []byte, pos, end int) (value []byte, stop int) {
	closing, stop := f.quotedEnd(buf, pos, end)
	inner, rest := buf[pos+1:closing:closing], buf[min(closing+1, stop):stop]
	if len(rest) == 0 && bytes.IndexByte(inner, '"') < 0 {
		return inner, stop
	}
	from := len(f.scratch)
	for {
		i := bytes.IndexByte(inner, '"')
		if i < 0 {
			break
		}
		f.scratch = append(f.scratch, inner[:i+1]...)
		inner = inner[i+2:]
	}
	f.scratch = append(append(f.scratch, inner...), rest...)
	return f.scratch[from:len(f.scratch):len(f.scratch)], stop
}

// all returns every field of a record, as strings.
func allFields(buf []byte, rec record, delimiter byte) []string {
	count := 1 + bytes.Count(buf[rec.start:rec.end], []byte{delimiter})
	targets := make([]int, count)
	for i := range targets {
		targets[i] = i + 1
	}
	f := newFieldFinder(delimiter, targets)
	n := f.find(buf, rec)
	fields := make([]string, n)
	for i := range fields {
		fields[i] = string(f.values[i])
	}
	return fields
}
