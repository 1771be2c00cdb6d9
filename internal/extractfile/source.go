package extractfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"tieout/internal/pipeline"
)

const (
	defaultChunkBytes = 1 << 20
	maxChunkBytes     = 64 << 20 // places in a chunk are 32 bits wide
)

// source cuts a file into chunks of whole records. Workers take chunks in file order, one at a time.
type source struct {
	ctx      context.Context
	raw      *byteCounter
	text     io.Reader
	size     int
	wide     bool // two bytes a character, at least
	progress func(bytes, rows int64)

	mu      sync.Mutex
	framer  framer
	tail    []byte // the record that the last chunk ended in
	pending *chunk // read while the header was looked for
	chunks  int64
	rows    int64
	done    bool
	failure error
}

// chunk is some whole records of the file. Its worker uses it again for the next ones.
type chunk struct {
	buf     []byte // data and slack
	size    int    // bytes of data
	records []record
	index   int64 // from 0
	first   int64 // row number of the first record
	line    int64 // line on which the data begins
}

func newSource(ctx context.Context, r io.Reader, l *Layout, o ScanOptions) (*source, error) {
	s := &source{ctx: ctx, raw: &byteCounter{r: r}, size: o.ChunkBytes, progress: o.Progress,
		wide: l.wide(), framer: newFramer(l.delimiter)}
	if s.size <= 0 {
		s.size = defaultChunkBytes
	}
	s.size = min(s.size, maxChunkBytes)
	var err error
	if s.text, err = openText(s.raw, l); err != nil {
		return nil, readError(err)
	}
	return s, nil
}

// header takes the first record out of the file and returns its fields and line.
func (s *source) header(l *Layout) (fields []string, line int64, err error) {
	var c chunk
	ok, err := s.next(&c)
	if err != nil {
		return nil, 0, err
	}
	if !ok {
		return nil, 0, emptyError(l)
	}
	line = c.lineOf(0)
	fields = allFields(c.buf, c.records[0], l.delimiter)
	c.records = c.records[1:]
	s.rows--
	s.pending = &c
	return fields, line, nil
}

// next fills c with the next records and reports whether there were any.
func (s *source) next(c *chunk) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending != nil {
		*c, s.pending = *s.pending, nil
		return true, nil
	}
	if s.done {
		return false, s.failure
	}
	if err := s.ctx.Err(); err != nil {
		s.done, s.failure = true, err
		return false, err
	}
	s.fill(c)
	c.index, c.first = s.chunks, s.rows+1
	s.chunks++
	s.rows += int64(len(c.records))
	if s.progress != nil {
		s.progress(s.raw.n, s.rows)
	}
	if len(c.records) == 0 {
		return false, s.failure
	}
	return true, nil
}

// fill reads until a record ends or the file does.
func (s *source) fill(c *chunk) {
	c.records, c.line = c.records[:0], s.framer.recordLine
	start, n := 0, len(s.tail)
	c.grow(n + s.size)
	copy(c.buf, s.tail)
	for len(c.records) == 0 && !s.done {
		c.grow(n + s.size)
		m, err := io.ReadFull(s.text, c.buf[n:n+s.size])
		c.records, start = s.framer.frame(c.buf[:n+m], start, n, c.records)
		n += m
		switch {
		case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF):
			s.done = true
			if s.framer.open() {
				s.failure = cutShort(s.framer.quoteLine(c.buf, start))
				break
			}
			if s.wide && s.raw.n%2 != 0 {
				s.failure = formatError(s.framer.recordLine, "the file ends in the middle of a character: it was cut short. Fetch the file again")
				break
			}
			c.records = s.framer.finish(c.buf, start, n, c.records)
			start = n
		case err != nil:
			s.done, s.failure = true, readError(err)
		case n-start > maxRecord:
			s.done, s.failure = true, tooLong(&s.framer, c.buf, start)
		}
	}
	s.tail = append(s.tail[:0], c.buf[start:n]...)
	c.size = start
}

// stop ends the reading: no worker gets another chunk.
func (s *source) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done, s.pending = true, nil
}

// grow makes room for n bytes of data and the slack.
func (c *chunk) grow(n int) {
	if n += slack; n > len(c.buf) {
		c.buf = append(c.buf, make([]byte, max(n, len(c.buf)+len(c.buf)/2)-len(c.buf))...)
	}
}

// lineOf returns the line on which a record begins.
func (c *chunk) lineOf(i int) int64 { return c.lineAt(int(c.records[i].start)) }

func (c *chunk) lineAt(offset int) int64 {
	line := c.line
	for _, b := range c.buf[:offset] {
		if b == '\n' {
			line++
		}
	}
	return line
}

// damaged returns the record that holds the chunk's first NUL byte, which no text file holds, or -1.
func (c *chunk) damaged() int {
	at := bytes.IndexByte(c.buf[:c.size], 0)
	if at < 0 {
		return -1
	}
	i := 0
	for i+1 < len(c.records) && int(c.records[i+1].start) <= at {
		i++
	}
	return i
}

func (c *chunk) nulError(i int) error {
	return c.locate(formatError(0, "the record holds NUL bytes: the file was damaged on its way. Fetch the file again"), i)
}

// locate adds the line of a record to an error about it.
func (c *chunk) locate(err error, i int) error {
	if format, ok := errors.AsType[*FormatError](err); ok {
		format.Line, format.Row = c.lineOf(i), c.first+int64(i)
	}
	return err
}

func readError(err error) error {
	if _, ok := errors.AsType[*FormatError](err); ok {
		return err
	}
	return fmt.Errorf("reading the file: %w", err)
}

func cutShort(line int64) error {
	return formatError(line, "a quoted field that begins here is still open at the end of the file: the file was cut short. Fetch the file again")
}

func tooLong(f *framer, buf []byte, start int) error {
	if f.open() {
		return formatError(f.quoteLine(buf, start), "a quoted field that begins here has no end within %d MiB: a quote is missing, or the file is damaged. Fetch the file again; if it stays so, ask SAP Concur support about the job", maxRecord>>20)
	}
	return formatError(f.recordLine, "the record that begins here has no end within %d MiB: this is not an extract. Check the pipeline's definition and format", maxRecord>>20)
}

// plan reads what stands before the rows and resolves the columns for this file.
func (s *source) plan(l *Layout, checks []pipeline.Check, purpose purpose) (*plan, error) {
	var header Header
	numbers := l.numbers
	if l.header != pipeline.HeaderNone {
		fields, line, err := s.header(l)
		if err != nil {
			return nil, err
		}
		if l.header == pipeline.HeaderControl {
			if header, err = l.parseHeader(fields, line); err != nil {
				return nil, err
			}
		} else {
			var twice map[string]bool
			numbers, twice = parseNames(fields)
			return newPlan(l, checks, purpose, header, nameFinder{numbers: numbers, twice: twice, line: line})
		}
	}
	return newPlan(l, checks, purpose, header, nameFinder{numbers: numbers})
}
