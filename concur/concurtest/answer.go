package concurtest

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// errCut tells a handler that the rest of its body is not wanted.
var errCut = errors.New("the body ends here")

// answer is the ResponseWriter that handlers write to: it counts, frames, and does what a fault says to the body.
type answer struct {
	http.ResponseWriter
	ctx     context.Context
	fault   Fault
	framing string
	status  int
	sent    int64
	// corrupt is the place in this body of the byte to be changed, or -1.
	corrupt int64
}

func newAnswer(w http.ResponseWriter, ctx context.Context, fault Fault) *answer {
	a := &answer{ResponseWriter: w, ctx: ctx, fault: fault, corrupt: fault.Corrupt - 1}
	if fault.Truncate != nil {
		a.framing = fault.Truncate.Framing
	}
	return a
}

// WriteHeader sends the headers at once when the framing is not to be left to net/http, which would add a
// Content-Length to short bodies.
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
		p = append([]byte(nil), p...)
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

// limit is how many bytes of the body are sent, or -1.
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
		<-a.ctx.Done()
		panic(http.ErrAbortHandler)
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
	size := slow.Bytes
	if size <= 0 {
		size = 1024
	}
	written := 0
	for written < len(p) {
		n, err := a.ResponseWriter.Write(p[written:min(written+size, len(p))])
		written += n
		a.sent += int64(n)
		if err != nil {
			return written, err
		}
		a.flush()
		if !wait(a.ctx, slow.Pause) {
			panic(http.ErrAbortHandler)
		}
	}
	return written, nil
}

// wait returns false when the client went away, or the server was closed, before d was over.
func wait(ctx context.Context, d time.Duration) bool {
	if d < 0 {
		<-ctx.Done()
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
