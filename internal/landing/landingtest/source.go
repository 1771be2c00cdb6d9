package landingtest

import (
	"bytes"
	"context"
	"io"
	"sync"

	"tieout/internal/landing"
)

// Source is a file as some server might serve it.
type Source struct {
	Data []byte
	Name string
	// ETag is the validator, "" none; Ranges tells whether the source honours offsets.
	ETag   string
	Ranges bool
	// AnyRange honours an offset even when the validator is another one, as no server should.
	AnyRange bool
	// PlainEnd makes a cut look like an end, whatever was announced.
	PlainEnd bool
	// Framing is content-length (the default), chunked or close.
	Framing string
	// CutAt breaks the n-th answer off when so many of its bytes were read; -1 or no entry does not. What is seen is
	// what net/http makes of it: an error, or with framing close a plain end.
	CutAt []int64
	// Stall makes the last entry of CutAt stall instead of break off.
	Stall bool
	// Answers replaces Data for the n-th answer.
	Answers [][]byte

	mu      sync.Mutex
	offsets []int64
}

// Offsets gives the offset from which each answer came.
func (s *Source) Offsets() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]int64(nil), s.offsets...)
}

// Open answers as the Source is set up.
func (s *Source) Open(ctx context.Context, offset int64, etag string) (*landing.Body, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.offsets)
	data := s.Data
	if n < len(s.Answers) {
		data = s.Answers[n]
	}
	honoured := s.Ranges && s.ETag != "" && etag == s.ETag || s.AnyRange
	if !honoured || offset >= int64(len(data)) {
		offset = 0
	}
	s.offsets = append(s.offsets, offset)
	body := &landing.Body{Name: s.Name, ContentType: "text/csv", ETag: s.ETag, CorrelationID: "correlation", Offset: offset,
		Length: int64(len(data)) - offset, Framing: s.Framing}
	if s.Framing == "" {
		body.Framing = "content-length"
	}
	if body.Framing != "content-length" {
		body.Length = -1
	}
	r := &reader{ctx: ctx, data: bytes.NewReader(data[offset:]), cut: -1, end: io.ErrUnexpectedEOF, closed: make(chan struct{})}
	if body.Framing == "close" || s.PlainEnd {
		r.end = io.EOF
	}
	if n < len(s.CutAt) && s.CutAt[n] >= 0 && s.CutAt[n] < int64(r.data.Len()) {
		r.cut, r.stall = s.CutAt[n], s.Stall && n == len(s.CutAt)-1
	}
	body.ReadCloser = r
	return body, nil
}

type reader struct {
	ctx    context.Context
	data   *bytes.Reader
	cut    int64 // bytes until it breaks off, -1 never
	stall  bool
	end    error
	once   sync.Once
	closed chan struct{}
}

func (r *reader) Read(p []byte) (int, error) {
	if r.cut == 0 {
		if r.stall {
			select {
			case <-r.closed:
			case <-r.ctx.Done():
			}
			return 0, io.ErrClosedPipe
		}
		return 0, r.end
	}
	if r.cut > 0 {
		p = p[:min(int64(len(p)), r.cut)]
	}
	n, err := r.data.Read(p)
	if r.cut > 0 {
		r.cut -= int64(n)
	}
	return n, err
}

func (r *reader) Close() error {
	r.once.Do(func() { close(r.closed) })
	return nil
}
