package extractfile

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"tieout/internal/pipeline"
)

// headBytes is how much of a file is looked at to tell what it is.
const headBytes = 4096

var (
	bomUTF8    = []byte{0xEF, 0xBB, 0xBF}
	bomUTF16LE = []byte{0xFF, 0xFE}
	bomUTF16BE = []byte{0xFE, 0xFF}
)

// archives begin with bytes that no text file begins with.
var archives = []struct{ name, magic string }{
	{"a zip archive", "PK\x03\x04"}, {"a zip archive", "PK\x05\x06"}, {"gzip-compressed", "\x1f\x8b"},
	{"a 7z archive", "7z\xbc\xaf\x27\x1c"}, {"xz-compressed", "\xfd7zXZ\x00"}, {"zstd-compressed", "\x28\xb5\x2f\xfd"},
	{"bzip2-compressed", "BZh"}, {"a PDF document", "%PDF-"}, {"an Excel workbook", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
}

// identify returns an error where the first bytes show that the file is not an extract of this layout.
func identify(head []byte, l *Layout) error {
	if looksPGP(head) {
		return encryptedError()
	}
	for _, a := range archives {
		if bytes.HasPrefix(head, []byte(a.magic)) {
			return formatError(0, "the file is %s, not a text file. Unpack it and tie out the file inside, or check which definition the job ran", a.name)
		}
	}
	if err := checkEncoding(head, l); err != nil {
		return err
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, bomUTF8), " \t\r\n")
	switch {
	case bytes.HasPrefix(text, []byte("-----BEGIN PGP")):
		return encryptedError()
	case len(text) > 1 && text[0] == '<' && (isLetter(text[1]) || text[1] == '!' || text[1] == '?'):
		return formatError(1, "the file is an HTML or XML page, not an extract: the service answered with an error or sign-in page. "+
			"Check the connection's credentials and whether SAP Concur is in maintenance, then fetch the file again")
	case looksJSON(text), len(text) > 1 && l.header == pipeline.HeaderControl && (text[0] == '{' || text[0] == '['):
		return formatError(1, "the file is a JSON message, not an extract: the service answered with an error. "+
			"Check the connection's credentials, then fetch the file again")
	case len(text) == 0 && len(head) < headBytes && l.header != pipeline.HeaderNone:
		return emptyError(l)
	}
	return nil
}

func emptyError(l *Layout) error {
	if l.header == pipeline.HeaderControl {
		return formatError(0, "the file is empty. Even an extract without rows has a header: fetch the file again; if it stays empty, ask SAP Concur support about the job")
	}
	return formatError(0, "the file is empty: its first record should name the columns. Fetch the file again, or set header: none")
}

// checkEncoding compares the first bytes with the encoding that the settings give.
func checkEncoding(head []byte, l *Layout) error {
	nuls, even, odd := bytes.Count(head, []byte{0}), nulsAt(head, 0), nulsAt(head, 1)
	wrong := func(is, write string) error {
		return settingError(0, "the file is encoded as %s, but the format says %s. Set encoding: %s in tieout.yaml", is, l.encoding, write)
	}
	switch l.encoding {
	case encodingUTF16, encodingUTF16LE, encodingUTF16BE:
		bom := bytes.HasPrefix(head, bomUTF16LE) || bytes.HasPrefix(head, bomUTF16BE)
		switch {
		case bytes.HasPrefix(head, bomUTF8), len(head) > 0 && !bom && nuls == 0 && utf8.Valid(trimPartialRune(head)):
			return wrong("UTF-8", encodingUTF8)
		case l.encoding == encodingUTF16 && !bom && len(head) > 0:
			return settingError(0, "the file has no byte order mark, so utf-16 leaves the byte order open. Set encoding: utf-16le (usual) or utf-16be in tieout.yaml")
		case l.encoding == encodingUTF16LE && bytes.HasPrefix(head, bomUTF16BE):
			return wrong("UTF-16 big endian", encodingUTF16BE)
		case l.encoding == encodingUTF16BE && bytes.HasPrefix(head, bomUTF16LE):
			return wrong("UTF-16 little endian", encodingUTF16LE)
		}
		return nil
	}
	switch {
	case bytes.HasPrefix(head, bomUTF16LE), bytes.HasPrefix(head, bomUTF16BE):
		return wrong("UTF-16", encodingUTF16)
	case l.encoding == encodingWindows1252 && bytes.HasPrefix(head, bomUTF8):
		return wrong("UTF-8", encodingUTF8)
	case odd > len(head)/4 && even <= odd/16: // text has them in one half of each unit, a program in both
		return wrong("UTF-16 little endian", encodingUTF16LE)
	case even > len(head)/4 && odd <= even/16:
		return wrong("UTF-16 big endian", encodingUTF16BE)
	case nuls > 0 || controls(head) > len(head)/10:
		return formatError(0, "the file is binary, not a text file. Check which definition the job ran and fetch the file again")
	}
	return nil
}

// nulsAt counts the NUL bytes at even (0) or odd (1) places.
func nulsAt(head []byte, parity int) int {
	n := 0
	for i := parity; i < len(head); i += 2 {
		if head[i] == 0 {
			n++
		}
	}
	return n
}

func controls(head []byte) int {
	n := 0
	for _, c := range head {
		if c < ' ' && c != '\t' && c != '\r' && c != '\n' {
			n++
		}
	}
	return n
}

func trimPartialRune(b []byte) []byte {
	for i := 1; i <= min(3, len(b)); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// looksJSON reports whether the text begins as a JSON object or array does. A column's name may begin with a bracket,
// but no row goes on like this.
func looksJSON(text []byte) bool {
	if len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return false
	}
	next := bytes.TrimLeft(text[1:], " \t\r\n")
	return len(next) > 0 && strings.IndexByte("{[]}\"", next[0]) >= 0
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// looksPGP reads the first OpenPGP packet header (RFC 9580 §4.2): an encrypted message begins with an encrypted session
// key or encrypted data, a signed one with a one-pass signature, either of them possibly inside a compressed packet.
func looksPGP(head []byte) bool {
	if len(head) < 4 || head[0]&0x80 == 0 {
		return false
	}
	tag, body := int(head[0]&0x3f), 0
	if head[0]&0x40 != 0 { // new packet format
		switch l := head[1]; {
		case l < 192, l >= 224 && l < 255:
			body = 2
		case l < 224:
			body = 3
		default:
			body = 6
		}
	} else {
		tag = int(head[0]&0x3f) >> 2
		body = []int{2, 3, 5, 1}[head[0]&3]
	}
	if body >= len(head) {
		return false
	}
	version := head[body]
	switch tag {
	case 1: // public-key encrypted session key
		return version == 2 || version == 3 || version == 6
	case 3: // symmetric-key encrypted session key
		return version >= 4 && version <= 6
	case 4: // one-pass signature
		return version == 3 || version == 6
	case 8: // compressed data: its algorithm
		return version <= 3
	case 18: // encrypted and integrity protected data
		return version == 1 || version == 2
	}
	return false
}
