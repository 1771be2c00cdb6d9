package concurtest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"
)

// errCut ends the writing of a body of which the rest is not wanted.
var errCut = errors.New("the body ends here")

// answer is the ResponseWriter that handlers write to. It counts, frames, and does to the body what a fault says.
type answer struct {
	http.ResponseWriter
	ctx     context.Context
	fault   Fault
	framing Framing
	status  int
	sent    int64
	// corrupt is the offset in this body of the byte to be changed, or -1.
	corrupt int64
}

func newAnswer(w http.ResponseWriter, ctx context.Context, fault Fault) *answer {
	a := &answer{ResponseWriter: w, ctx: ctx, fault: fault, corrupt: fault.Corrupt - 1}
	if fault.Truncate != nil {
		a.framing = fault.Truncate.Framing
	}
	return a
}

// WriteHeader sends the headers at once where the framing is not left to net/http, which would add a Content-Length to short
// bodies.
func (a *answer) WriteHeader(status int) {
	if a.status != 0 {
		return
	}
	a.status = status
	switch a.framing {
	case FramingChunked:
		a.Header().Del("Content-Length")
	case FramingClose:
		a.Header().Del("Content-Length")
		a.Header().Set("Transfer-Encoding", "identity")
	}
	a.ResponseWriter.WriteHeader(status)
	if a.framing == FramingChunked || a.framing == FramingClose {
		a.flush()
	}
}

func (a *answer) flush() {
	// A writer that cannot flush sends when the handler ends.
	_ = http.NewResponseController(a.ResponseWriter).Flush()
}

// Write sends a part of the body.
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if at := a.corrupt - a.sent; a.corrupt >= 0 && at >= 0 && at < int64(len(p)) {
		p = bytes.Clone(p)
		p[at] ^= 1
	}
	if limit := a.limit(); limit >= 0 && a.sent+int64(len(p)) >= limit {
		if _, err := a.send(p[:limit-a.sent]); err != nil {
			return 0, err
		}
		return 0, a.end()
	}
	return a.send(p)
}

// limit returns the number of bytes of the body that are sent, or -1 for all.
func (a *answer) limit() int64 {
	switch {
	case a.fault.Truncate != nil:
		return max(a.fault.Truncate.After, 0)
	case a.fault.StallAfter > 0:
		return a.fault.StallAfter
	}
	return -1
}

// end stops the body at its limit.
func (a *answer) end() error {
	a.flush()
	if a.fault.Truncate == nil {
		a.wait(UntilGone)
	}
	if a.framing == FramingClose {
		return errCut
	}
	panic(http.ErrAbortHandler)
}

func (a *answer) send(p []byte) (int, error) {
	slow := a.fault.SlowBody
	if slow == nil {
		n, err := a.ResponseWriter.Write(p)
		a.sent += int64(n)
		return n, err
	}
	written := 0
	for piece := range slices.Chunk(p, cmp.Or(max(slow.Bytes, 0), 1024)) {
		n, err := a.ResponseWriter.Write(piece)
		written += n
		a.sent += int64(n)
		if err != nil {
			return written, err
		}
		a.flush()
		a.wait(slow.Pause)
	}
	return written, nil
}

// wait waits for d, and aborts the exchange where the client goes away or the server is closed before.
func (a *answer) wait(d time.Duration) {
	if d == 0 {
		return
	}
	var over <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-over:
	case <-a.ctx.Done():
		panic(http.ErrAbortHandler)
	}
}
