package concur

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// bounds limit what an answer may hold.
type bounds struct {
	bytes    int64
	elements int
	depth    int
}

// record is one element of an answer with the text of its children, in their order.
type record []field

type field struct{ name, value string }

// get returns the text of the first child with a name, or "".
func (r record) get(name string) string {
	for _, f := range r {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

// source reads a body up to a bound and remembers why reading ended, so that a broken connection is not taken for
// malformed content.
type source struct {
	r    io.Reader
	left int64
	err  error
}

var errTooLarge = errors.New("it is larger than allowed")

func (s *source) Read(p []byte) (int, error) {
	if s.left <= 0 {
		// One more byte tells a body of exactly the bound from a larger one.
		var one [1]byte
		n, err := s.r.Read(one[:])
		if n > 0 {
			err = errTooLarge
		}
		if err != nil && err != io.EOF {
			s.err = err
		}
		return 0, err
	}
	if int64(len(p)) > s.left {
		p = p[:s.left]
	}
	n, err := s.r.Read(p)
	s.left -= int64(n)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// readRecords streams the elements named item, which are the children of root or, when both names are equal, the
// root itself. Names are matched without name space and case. A record is valid only while each is called with it.
func readRecords(body io.Reader, h http.Header, b bounds, root, item string, each func(record) error) error {
	src := &source{r: body, left: b.bytes}
	buffered := bufio.NewReaderSize(src, 64<<10)
	start, _ := buffered.Peek(512)
	if src.err == nil && looksLikeHTML(h, start) {
		return ErrPage
	}
	if bytes.HasPrefix(start, []byte("\ufeff")) {
		_, _ = buffered.Discard(len("\ufeff"))
	}
	d := xml.NewDecoder(buffered)
	d.Entity = xml.HTMLEntity
	d.CharsetReader = charsetReader
	w := walker{bounds: b, root: root, item: item, each: each}
	for {
		token, err := d.Token()
		if err == io.EOF && w.done {
			return nil
		}
		if err != nil {
			return decodeFailure(src, err)
		}
		if err := w.take(token); err != nil {
			return err
		}
	}
}

// decodeFailure prefers the error that ended the reading to what the decoder made of it.
func decodeFailure(src *source, err error) error {
	switch {
	case errors.Is(src.err, errTooLarge):
		return errTooLarge
	case src.err != nil:
		return &brokenBody{src.err}
	case err == io.EOF:
		return errors.New("it is empty")
	}
	return errors.New("it is not well-formed XML: " + masked(err.Error(), 200))
}

// brokenBody is the error of a body that a fault of the connection ended.
type brokenBody struct{ err error }

func (b *brokenBody) Error() string { return b.err.Error() }
func (b *brokenBody) Unwrap() error { return b.err }

// walker turns tokens into records.
type walker struct {
	bounds     bounds
	root, item string
	each       func(record) error

	depth    int
	elements int
	inside   int // depth of the record that is open, 0 if none
	fields   record
	text     []byte
	done     bool
}

func (w *walker) take(token xml.Token) error {
	switch t := token.(type) {
	case xml.Directive:
		return errors.New("it has a document type declaration, which is refused")
	case xml.StartElement:
		return w.open(t.Name.Local)
	case xml.CharData:
		if w.inside > 0 && w.depth == w.inside+1 {
			w.text = append(w.text, t...)
		}
	case xml.EndElement:
		return w.close(t.Name.Local)
	}
	return nil
}

func (w *walker) open(name string) error {
	w.depth++
	w.elements++
	switch {
	case w.done:
		return errors.New("it goes on after its end")
	case w.depth > w.bounds.depth:
		return fmt.Errorf("it is nested more than %d deep", w.bounds.depth)
	case w.elements > w.bounds.elements:
		return fmt.Errorf("it has more than %d elements", w.bounds.elements)
	case w.depth == 1 && !strings.EqualFold(name, w.root):
		return fmt.Errorf("it holds <%s> where <%s> was expected", masked(name, 64), w.root)
	}
	isItem := w.depth == 2 && w.root != w.item || w.depth == 1 && w.root == w.item
	if isItem && strings.EqualFold(name, w.item) {
		w.inside, w.fields = w.depth, w.fields[:0]
	}
	if w.inside > 0 && w.depth == w.inside+1 {
		w.text = w.text[:0]
	}
	return nil
}

func (w *walker) close(name string) error {
	defer func() { w.depth--; w.done = w.depth == 0 }()
	if w.inside == 0 {
		return nil
	}
	switch w.depth {
	case w.inside + 1:
		w.fields = append(w.fields, field{strings.ToLower(name), string(w.text)})
	case w.inside:
		w.inside = 0
		return w.each(w.fields)
	}
	return nil
}

// charsetReader serves the encodings that legacy services declare. "utf-16" in a declaration that could be read is a
// mistake of the writer: the bytes are UTF-8.
func charsetReader(charset string, input io.Reader) (io.Reader, error) {
	switch strings.ToLower(charset) {
	case "utf-8", "utf8", "us-ascii", "ascii", "utf-16":
		return input, nil
	case "iso-8859-1", "latin1", "windows-1252":
		return charmap.Windows1252.NewDecoder().Reader(input), nil
	}
	return nil, fmt.Errorf("encoding %q is not known", masked(charset, 32))
}
