package extractfile

import (
	"bytes"
	"io"

	"golang.org/x/text/transform"

	"tieout/internal/pipeline"
)

// Counter counts the records of a file as Scan does while its bytes stream by, and compares them with what the control
// header declares: that proves the end of a file, or shows that it is not the whole one. It is not safe for concurrent use.
type Counter struct {
	layout  *Layout
	framer  framer
	decoder *transform.Writer // nil for UTF-8
	each    func(buf []byte, rec record)
	buf     []byte // the unfinished record
	seen    int64  // bytes, before decoding
	started bool   // the byte order mark has been looked for
	header  Header
	first   bool // the first record has passed
	records int64
	broken  bool // the content is not a file of this layout
}

// CountMark is a position in a file up to which records were counted. It holds nothing of the file's content.
type CountMark struct {
	// At is where the counting goes on: the bytes before it are whole records.
	At int64 `json:"at"`
	// Records are those before it, and Declared is what the header declares; -1 where there is nothing to compare.
	Records  int64 `json:"records"`
	Declared int64 `json:"declared"`
}

// NewCounter returns a Counter for one file.
func NewCounter(l *Layout) *Counter {
	c := &Counter{layout: l, framer: newFramer(l.delimiter)}
	if from := l.decoding(); from != nil {
		c.decoder = transform.NewWriter(counterText{c}, from.NewDecoder())
	}
	return c
}

// Resume goes on from a mark: the next bytes are those behind mark.At. A mark at 0 is the file's beginning.
func (c *Counter) Resume(m CountMark) {
	if m.At == 0 {
		return
	}
	c.seen, c.started, c.first = m.At, true, true
	c.records, c.broken = m.Records+1, m.Declared < 0
	c.header = Header{Present: m.Declared >= 0, Records: m.Declared}
}

// Mark returns the position from which another Counter can go on. In a file that is decoded it is the beginning: where a
// record ends in its bytes is not known.
func (c *Counter) Mark() CountMark {
	switch {
	case c.broken || c.first && !c.header.Present:
		return CountMark{At: c.seen, Declared: -1}
	case !c.first || c.decoder != nil:
		return CountMark{}
	}
	return CountMark{At: c.seen - int64(len(c.buf)), Records: c.Records(), Declared: c.header.Records}
}

// Write takes the next bytes of the file. It never fails: content that is not an extract proves nothing.
func (c *Counter) Write(p []byte) (int, error) {
	c.seen += int64(len(p))
	switch {
	case c.broken:
	case c.decoder != nil:
		if _, err := c.decoder.Write(p); err != nil {
			c.broken = true
		}
	default:
		c.text(p)
	}
	return len(p), nil
}

// counterText is where the decoder writes to.
type counterText struct{ c *Counter }

func (t counterText) Write(p []byte) (int, error) {
	t.c.text(p)
	return len(p), nil
}

var _ io.Writer = (*Counter)(nil)

// text takes the next bytes as UTF-8.
func (c *Counter) text(p []byte) {
	from := len(c.buf)
	c.buf = append(c.buf, p...)
	if !c.started {
		if len(c.buf) < len(bomUTF8) && bytes.HasPrefix(bomUTF8, c.buf) {
			return
		}
		c.buf = bytes.TrimPrefix(c.buf, bomUTF8)
		c.started, from = true, 0
	}
	var records [256]record
	found, start := c.framer.frame(c.buf, 0, from, records[:0])
	if len(found) > 0 && !c.first {
		c.first = true
		c.readHeader(found[0])
	}
	c.take(found)
	c.buf = append(c.buf[:0], c.buf[start:]...)
	if len(c.buf) > maxRecord {
		c.broken, c.buf = true, nil
	}
}

// take counts records of the buffer.
func (c *Counter) take(found []record) {
	c.records += int64(len(found))
	for _, rec := range found {
		if c.each != nil {
			c.each(c.buf, rec)
		}
	}
}

// finish takes what is left at the end of the file for its last record, as Scan does.
func (c *Counter) finish() {
	if found := c.framer.finish(c.buf, 0, len(c.buf), nil); len(found) > 0 {
		if !c.first {
			c.first = true
			c.readHeader(found[0])
		}
		c.take(found)
	}
	c.buf = c.buf[:0]
}

// recordFields returns all fields of a record.
func recordFields(buf []byte, rec record, delimiter byte) []string {
	padded := append(bytes.Clone(buf[rec.start:rec.end]), make([]byte, slack)...)
	rec.start, rec.end = 0, rec.end-rec.start
	return allFields(padded, rec, delimiter)
}

func (c *Counter) readHeader(rec record) {
	if c.layout.header != pipeline.HeaderControl {
		return
	}
	header, err := c.layout.parseHeader(recordFields(c.buf, rec, c.layout.delimiter), 1)
	if err != nil {
		c.broken = true
		return
	}
	c.header = header
}

// Header returns what the first record declares; false while it has not passed or when it declares nothing.
func (c *Counter) Header() (Header, bool) { return c.header, c.header.Present }

// Records counts the finished rows after the header. A last row without line end is not among them.
func (c *Counter) Records() int64 {
	if c.first && c.layout.header != pipeline.HeaderNone {
		return c.records - 1
	}
	return c.records
}

// Proven reports whether the bytes so far are the whole file: the header is there, as many rows as it declares have
// passed and the last one is finished by a line end.
func (c *Counter) Proven() bool {
	return !c.broken && c.header.Present && c.Records() == c.header.Records && len(c.buf) == 0
}

// Refuted reports whether the bytes so far, taken for the whole file, hold another number of rows than the header
// declares. A last row that no line end finishes counts.
func (c *Counter) Refuted() bool {
	records, framer := c.Records(), c.framer
	if len(framer.finish(c.buf, 0, len(c.buf), nil)) > 0 {
		records++
	}
	return !c.broken && c.header.Present && records != c.header.Records
}
