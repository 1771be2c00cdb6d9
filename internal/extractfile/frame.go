package extractfile

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// maxRecord bounds one record: without it a quote that is never closed would pull the rest of the file into memory.
const maxRecord = 16 << 20

// record is the position of one record in a buffer, without its line end.
type record struct {
	start, end int32
	quoted     bool // at least one field is quoted
	regular    bool // see quoted.go
}

type frameState uint8

const (
	plain      frameState = iota
	inQuotes              // between an opening and a closing quote
	afterQuote            // behind a quote inside quotes: the next byte decides whether it closed
)

// framer finds where records begin and end. It can stop at any byte and go on with the next buffer, and it is the only
// function that decides about record ends, so that chunks can be parsed apart from each other.
type framer struct {
	delimiter  byte
	state      frameState
	quoted     bool
	quoteAt    int   // where the last quoted field begins, counted from the record's start
	recordLine int64 // line on which the current record begins, from 1
}

func newFramer(delimiter byte) framer { return framer{delimiter: delimiter, recordLine: 1} }

// frame appends the records that end in buf and returns where the unfinished one starts. The current record starts
// at start; bytes before from were seen by the previous call.
func (f *framer) frame(buf []byte, start, from int, records []record) ([]record, int) {
	feed, quote := -1, -1 // next line feed and next quote, len(buf) when there is none
	for pos := from; pos < len(buf); {
		if pos == start && buf[pos] == '"' && f.state == plain {
			// What is left of these records is looked at byte by byte.
			if records, start = f.regularRecords(buf, start, records); start > pos {
				pos = start
				continue
			}
		}
		switch f.state {
		case inQuotes:
			if pos = quoteFrom(buf, pos); pos < len(buf) {
				f.state = afterQuote
				pos++
			}
			continue
		case afterQuote:
			f.state = plain
			if buf[pos] == '"' {
				f.state = inQuotes
				pos++
			}
			continue
		}
		if feed < pos {
			feed = indexFrom(buf, pos, '\n')
		}
		if quote < pos {
			quote = quoteFrom(buf, pos)
		}
		if quote < feed {
			if quote == start || buf[quote-1] == f.delimiter {
				f.state, f.quoted, f.quoteAt = inQuotes, true, quote-start
			}
			pos = quote + 1
			continue
		}
		if feed == len(buf) {
			break
		}
		if f.recordLine++; f.quoted {
			f.recordLine += int64(bytes.Count(buf[start:feed], lineFeed))
		}
		records = f.finish(buf, start, feed, records)
		start, pos = feed+1, feed+1
	}
	return records, start
}

// finish appends the record from start to end unless it is a blank line.
func (f *framer) finish(buf []byte, start, end int, records []record) []record {
	if end > start && buf[end-1] == '\r' {
		end--
	}
	if end > start {
		records = append(records, record{start: int32(start), end: int32(end), quoted: f.quoted})
	}
	f.quoted = false
	return records
}

// open reports whether a quoted field is still open.
func (f *framer) open() bool { return f.state == inQuotes }

// quoteLine returns the line on which the open field begins; the current record starts at start.
func (f *framer) quoteLine(buf []byte, start int) int64 {
	return f.recordLine + int64(bytes.Count(buf[start:start+f.quoteAt], lineFeed))
}

var lineFeed = []byte{'\n'}

func indexFrom(buf []byte, from int, c byte) int {
	if i := bytes.IndexByte(buf[from:], c); i >= 0 {
		return from + i
	}
	return len(buf)
}

// quoteFrom is indexFrom for a quote. Quoted fields are short: a word is looked at before a call is worth it.
func quoteFrom(buf []byte, from int) int {
	if from+8 <= len(buf) {
		if m := zeroBytes(binary.LittleEndian.Uint64(buf[from:]) ^ ones*'"'); m != 0 {
			return from + bits.TrailingZeros64(m)/8
		}
		from += 8
	}
	return indexFrom(buf, from, '"')
}
