package concur

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

var errTimeout = errors.New("no answer in time")

// guard bounds the time of one exchange and can be disarmed once the answer's header has come.
type guard struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

func newGuard(ctx context.Context, d time.Duration) (context.Context, *guard) {
	bounded, cancel := context.WithCancelCause(ctx)
	return bounded, &guard{ctx: bounded, cancel: cancel, timer: time.AfterFunc(d, func() { cancel(errTimeout) })}
}

// disarm stops the clock and reports whether it was still running.
func (g *guard) disarm() bool { return g.timer.Stop() }

func (g *guard) release() {
	g.timer.Stop()
	g.cancel(context.Canceled)
}

// explain prefers the reason for which the exchange was ended to the words of net/http.
func (g *guard) explain(err error) error {
	if cause := context.Cause(g.ctx); cause != nil && err != io.EOF {
		return cause
	}
	return err
}

// guardedBody ends its exchange when it is closed.
type guardedBody struct {
	io.ReadCloser
	guard *guard
	once  sync.Once
}

func (b *guardedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = b.guard.explain(err)
	}
	return n, err
}

func (b *guardedBody) Close() error {
	err := b.ReadCloser.Close()
	b.once.Do(b.guard.release)
	return err
}
