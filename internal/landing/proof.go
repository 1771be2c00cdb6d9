package landing

import "bytes"

// endWatch follows a body whose framing may not prove its end.
type endWatch struct {
	proof     string // of the framing; "" if it proves nothing
	newProver func() EndProver

	seen   bool
	zip    *zipTail
	prover EndProver
}

func (w *endWatch) see(p []byte) {
	if w.proof != "" {
		return
	}
	if !w.seen {
		w.seen = true
		if bytes.HasPrefix(p, []byte("PK")) {
			w.zip = &zipTail{}
		} else if w.newProver != nil {
			w.prover = w.newProver()
		}
	}
	if w.zip != nil {
		w.zip.see(p)
	}
	if w.prover != nil {
		_, _ = w.prover.Write(p) // what it makes of the bytes it says in Proven
	}
}

func (w *endWatch) proven() string {
	switch {
	case w.proof != "":
		return w.proof
	case w.zip != nil && w.zip.ended():
		return ProofZip
	case w.prover != nil && w.prover.Proven():
		return ProofHeader
	}
	return ""
}

// zipTail keeps the end of a stream, where a zip has its directory's place.
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

// ended tells whether the stream ended exactly where its own directory of members says. The members' CRCs are
// checked when they are expanded, before the landing is committed.
func (z *zipTail) ended() bool {
	_, err := findZipEnd(z.tail, z.size)
	return err == nil
}
