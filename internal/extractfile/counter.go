package extractfile

import (
	"bytes"
	"io"

	"golang.org/x/text/transform"

	"tieout/internal/pipeline"
)

// Counter proves the end of a file by the file's own header while the bytes stream by: it counts the records as Scan
// does and compares them with what the control header declares. It is not safe for concurrent use.
type Counter struct {
	layout  *Layout
	framer  framer
	decoder *transform.Writer // nil for UTF-8
	buf     []byte            // the unfinished record
	started bool              // the byte order mark has been looked for
	header  Header
	first   bool // the first record has passed
	records int64
	broken  bool // the content is no such file
}

// NewCounter returns a Counter for one file.
func NewCounter(l *Layout) *Counter {
	c := &Counter{layout: l, framer: newFramer(l.delimiter)}
	if from := l.decoding(); from != nil {
		c.decoder = transform.NewWriter(counterText{c}, from.NewDecoder())
	}
	return c
}

// Write takes the next bytes of the file. It never fails: what is no extract just proves nothing.
func (c *Counter) Write(p []byte) (int, error) {
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
	c.records += int64(len(found))
	c.buf = append(c.buf[:0], c.buf[start:]...)
	if len(c.buf) > maxRecord {
		c.broken, c.buf = true, nil
	}
}

func (c *Counter) readHeader(rec record) {
	if c.layout.header != pipeline.HeaderControl {
		return
	}
	padded := append(bytes.Clone(c.buf[rec.start:rec.end]), make([]byte, slack)...)
	rec.start, rec.end = 0, rec.end-rec.start
	header, err := c.layout.parseHeader(allFields(padded, rec, c.layout.delimiter), 1)
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
