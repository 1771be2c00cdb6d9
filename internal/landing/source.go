package landing

import (
	"context"
	"io"
	"strings"

	"tieout/internal/extractfile"
)

// Source is where a file comes from. Open asks for it from offset on. With an offset it asks for exactly the answer
// that has this ETag (Range with If-Range); a source that cannot do so answers with the whole file, offset 0.
type Source interface {
	Open(ctx context.Context, offset int64, etag string) (*Body, error)
}

// Body is one answer of a source.
type Body struct {
	io.ReadCloser
	Name, ContentType, ETag, CorrelationID string
	// Offset is where in the file the body begins, Length how many bytes it has from there, -1 if it does not say.
	Offset, Length int64
	// Framing says how the body ends: content-length, chunked (net/http gives io.ErrUnexpectedEOF when it is cut
	// short), or close, which proves nothing.
	Framing string
}

// How the end of a file was proved: File.Proof.
const (
	ProofContentLength = "content-length"
	ProofChunked       = "chunked"
	ProofZip           = "zip"
	ProofHeader        = "header"
	ProofTwice         = "twice"

	framingClose = "close"
)

// proves returns how the body's framing proves its end, or "" if it does not.
func (b *Body) proves() string {
	switch {
	case b.Framing == ProofChunked:
		return ProofChunked
	case b.Length >= 0 && b.Framing != framingClose:
		return ProofContentLength
	}
	return ""
}

// validator returns the ETag if it promises the same bytes: strong, and of a length that fits a checkpoint.
func (b *Body) validator() string {
	if strings.HasPrefix(b.ETag, "W/") || len(b.ETag) > 256 {
		return ""
	}
	return b.ETag
}

// EndProver sees a file's bytes in order and compares them with what the file declares of itself: Proven says that they
// are all there, Refuted that they cannot be. Neither holds where the file declares nothing.
type EndProver interface {
	io.Writer
	Proven() bool
	Refuted() bool
	// Resume is called first, with the Mark of a prover that saw the bytes before mark.At.
	Resume(mark extractfile.CountMark)
	Mark() extractfile.CountMark
}
