package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
)

const (
	hashPiece  = 256 << 10
	hashPieces = 4
)

// Hashing reads a stream and hashes it in a goroutine of its own, so that the reader need not wait for the hash. It is
// not safe for concurrent use. Close must be called.
type Hashing struct {
	body       io.Reader
	bytes      int64
	piece      []byte // being filled
	full, free chan []byte
	sum        chan string
	closed     bool
}

// NewHashing starts the hashing of what is read from body.
func NewHashing(body io.Reader) *Hashing {
	h := &Hashing{body: body, full: make(chan []byte, hashPieces), free: make(chan []byte, hashPieces), sum: make(chan string, 1)}
	for range hashPieces {
		h.free <- make([]byte, 0, hashPiece)
	}
	go h.hash()
	return h
}

func (h *Hashing) hash() {
	hash := sha256.New()
	for piece := range h.full {
		hash.Write(piece)
		h.free <- piece[:0]
	}
	h.sum <- hex.EncodeToString(hash.Sum(nil))
}

// Read reads from the stream.
func (h *Hashing) Read(p []byte) (int, error) {
	n, err := h.body.Read(p)
	h.bytes += int64(n)
	for p = p[:n]; len(p) > 0; {
		if h.piece == nil {
			h.piece = <-h.free
		}
		m := copy(h.piece[len(h.piece):cap(h.piece)], p)
		h.piece, p = h.piece[:len(h.piece)+m], p[m:]
		if len(h.piece) == cap(h.piece) {
			h.full <- h.piece
			h.piece = nil
		}
	}
	return n, err
}

// Sum reads what is left of the stream and returns size and SHA-256 of the whole. It ends the hashing.
func (h *Hashing) Sum() (bytes int64, sum string, err error) {
	if _, err := io.Copy(io.Discard, h); err != nil {
		return h.bytes, "", err
	}
	h.Close()
	return h.bytes, <-h.sum, nil
}

// Close ends the hashing; what has not been read is not hashed.
func (h *Hashing) Close() {
	if h.closed {
		return
	}
	h.closed = true
	if h.piece != nil {
		h.full <- h.piece
	}
	close(h.full)
}
