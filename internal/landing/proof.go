package landing

import (
	"bytes"

	"tieout/internal/extractfile"
)

// endWatch follows a body to its end, whatever its framing promises.
type endWatch struct {
	framing string // what the framing proves the end by, "" if it proves nothing
	prover  EndProver
	isZip   bool

	zip  zipTail
	seen int64
}

func (w *endWatch) see(p []byte) {
	w.seen += int64(len(p))
	switch {
	case w.isZip:
		w.zip.see(p)
	case w.prover != nil:
		_, _ = w.prover.Write(p) // what it makes of the bytes it says in the end
	}
}

// mark returns the position from which a later attempt has to see the bytes.
func (w *endWatch) mark() extractfile.CountMark {
	if w.isZip || w.prover == nil {
		return extractfile.CountMark{At: w.seen, Declared: -1}
	}
	return w.prover.Mark()
}

// proven returns the proof that the bytes are the whole file, "" where there is none. The framing's word counts for nothing
// where the file itself declares more than there is, or less.
func (w *endWatch) proven() string {
	switch {
	case !w.isZip && w.prover != nil && w.prover.Refuted():
		return ""
	case w.framing != "":
		return w.framing
	case w.isZip && w.zip.ended():
		return ProofZip
	case !w.isZip && w.prover != nil && w.prover.Proven():
		return ProofHeader
	}
	return ""
}

// zipMagic is the number of bytes by which a zip is recognized.
const zipMagic = 4

// isZip recognizes an archive by its first bytes, because the content type is not reliable.
func isZip(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}

// zipTail keeps the end of a stream, where a zip states the position of its directory.
type zipTail struct {
	size int64
	tail []byte
}

func (z *zipTail) see(p []byte) {
	z.size += int64(len(p))
	if len(p) >= zipEndBytes {
		z.tail = append(z.tail[:0], p[len(p)-zipEndBytes:]...)
		return
	}
	z.tail = append(z.tail, p...)
	if over := len(z.tail) - zipEndBytes; over > 0 {
		z.tail = z.tail[:copy(z.tail, z.tail[over:])]
	}
}

// ended reports whether the stream ended exactly where its own directory of members says. The members' CRCs are
// checked when they are expanded, before the landing is committed.
func (z *zipTail) ended() bool {
	_, err := findZipEnd(z.tail, z.size)
	return err == nil
}
