package extractfile

import (
	"bytes"
	"errors"
	"io"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// decoding returns the encoding to decode from, nil for UTF-8.
func (l *Layout) decoding() encoding.Encoding {
	switch l.encoding {
	case encodingUTF16:
		return unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM)
	case encodingUTF16LE:
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case encodingUTF16BE:
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case encodingWindows1252:
		return charmap.Windows1252
	}
	return nil
}

func (l *Layout) wide() bool {
	return l.encoding == encodingUTF16 || l.encoding == encodingUTF16LE || l.encoding == encodingUTF16BE
}

// openText identifies the file and returns its content as UTF-8 without byte order mark.
func openText(r *byteCounter, l *Layout) (io.Reader, error) {
	head := make([]byte, headBytes)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	head = head[:n]
	if err := identify(head, l); err != nil {
		return nil, err
	}
	if from := l.decoding(); from != nil && n > 0 { // an empty file has no byte order mark to be missed
		return from.NewDecoder().Reader(io.MultiReader(bytes.NewReader(head), r)), nil
	}
	return io.MultiReader(bytes.NewReader(bytes.TrimPrefix(head, bomUTF8)), r), nil
}

// byteCounter counts the bytes of the file as they are read, before decoding.
type byteCounter struct {
	r io.Reader
	n int64
}

func (c *byteCounter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
