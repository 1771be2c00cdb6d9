package extractgen

import (
	"errors"
	"io"
	"slices"
)

// NewReader returns a reader of the file, at its beginning.
func (e *Extract) NewReader() *Reader { return &Reader{extract: e, rows: e.renderer()} }

// Reader reads a generated file, from any offset.
type Reader struct {
	extract *Extract
	rows    *renderer
	offset  int64
	// buffer holds what was made and not yet read; next is the row that comes after it.
	buffer, chunk []byte
	next          int64
	placed        bool
}

// chunkSize is the number of bytes that are made at a time.
const chunkSize = 256 << 10

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := r.fill(); err != nil {
		return 0, err
	}
	n := copy(p, r.buffer)
	r.buffer = r.buffer[n:]
	r.offset += int64(n)
	return n, nil
}

// WriteTo implements io.WriterTo: it writes what is left.
func (r *Reader) WriteTo(w io.Writer) (int64, error) {
	var written int64
	for {
		switch err := r.fill(); err {
		case nil:
		case io.EOF:
			return written, nil
		default:
			return written, err
		}
		n, err := w.Write(r.buffer)
		r.buffer = r.buffer[n:]
		r.offset += int64(n)
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
}

// Seek implements io.Seeker.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.offset
	case io.SeekEnd:
		offset += r.extract.size
	}
	if offset < 0 {
		return 0, errors.New("seeking before the beginning of the extract")
	}
	if offset != r.offset {
		r.offset, r.placed, r.buffer = offset, false, nil
	}
	return offset, nil
}

func (r *Reader) fill() error {
	if len(r.buffer) > 0 {
		return nil
	}
	e := r.extract
	if r.offset >= e.size {
		return io.EOF
	}
	r.chunk = r.chunk[:0]
	var skip int64
	if !r.placed {
		r.next, skip = e.find(r.offset)
		if r.next < 0 {
			r.chunk, r.next = append(r.chunk, e.header...), 0
		}
		r.placed = true
	}
	for (len(r.chunk) < chunkSize || int64(len(r.chunk)) <= skip) && r.next < e.spec.Rows {
		r.rows.describe(r.next)
		r.chunk = r.rows.append(r.chunk)
		r.next++
		if int64(len(r.chunk)) <= skip {
			skip -= int64(len(r.chunk))
			r.chunk = r.chunk[:0]
		}
	}
	r.buffer = r.chunk[skip:]
	return nil
}

// find returns the indexed row at or before an offset, and the number of bytes between them. Row -1 is the header.
func (e *Extract) find(offset int64) (row, skip int64) {
	if offset < int64(len(e.header)) || len(e.index) == 0 {
		return -1, offset
	}
	i, found := slices.BinarySearch(e.index, offset)
	if !found {
		i--
	}
	return int64(i) * stride, offset - e.index[i]
}
