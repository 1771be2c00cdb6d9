package extractfile

import "bytes"

// maxRecord bounds one record: without it a quote that is never closed would pull the rest of the file into memory.
const maxRecord = 16 << 20

// record is one record's place in a buffer, without its line end.
type record struct {
	start, end int32
	quoted     bool // at least one field is quoted
}

type frameState uint8

const (
	plain      frameState = iota
	inQuotes              // between an opening and a closing quote
	afterQuote            // behind a quote inside quotes: the next byte tells whether it closed
)

// framer finds where records begin and end. It can stop at any byte and go on with the next buffer, and it is the only
// place that decides about record ends, so that chunks can be parsed apart from each other.
type framer struct {
	delimiter  byte
	state      frameState
	quoted     bool
	lines      int64 // line feeds passed
	recordLine int64 // line on which the current record begins, from 1
	quoteLine  int64 // line on which the last quoted field began
}

func newFramer(delimiter byte) framer { return framer{delimiter: delimiter, recordLine: 1} }

// frame appends the records that end in buf and returns where the unfinished one starts. The current record starts
// at start; bytes before from were seen by the previous call.
func (f *framer) frame(buf []byte, start, from int, records []record) ([]record, int) {
	feed, quote := -1, -1 // next line feed and next quote, len(buf) when there is none
	for pos := from; pos < len(buf); {
		switch f.state {
		case inQuotes:
			next := indexFrom(buf, pos, '"')
			f.lines += int64(bytes.Count(buf[pos:next], lineFeed))
			if pos = next; pos < len(buf) {
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
			quote = indexFrom(buf, pos, '"')
		}
		if quote < feed {
			if quote == start || buf[quote-1] == f.delimiter {
				f.state, f.quoted, f.quoteLine = inQuotes, true, f.lines+1
			}
			pos = quote + 1
			continue
		}
		if feed == len(buf) {
			break
		}
		records = f.finish(buf, start, feed, records)
		f.lines++
		f.recordLine = f.lines + 1
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
		records = append(records, record{int32(start), int32(end), f.quoted})
	}
	f.quoted = false
	return records
}

// open reports whether a quoted field is still open.
func (f *framer) open() bool { return f.state == inQuotes }

var lineFeed = []byte{'\n'}

func indexFrom(buf []byte, from int, c byte) int {
	if i := bytes.IndexByte(buf[from:], c); i >= 0 {
		return from + i
	}
	return len(buf)
}
