package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// stallGuard ends a body that goes without a byte for too long. Only the time inside Read counts: a slow reader is
// not a stalled body.
type stallGuard struct {
	body    io.ReadCloser
	limit   time.Duration
	cancel  context.CancelCauseFunc
	timer   *time.Timer
	stalled atomic.Bool
}

// Guard ends a body that goes without a byte for longer than the store's Stall: it calls cancel and closes the body.
func (s *Store) Guard(body io.ReadCloser, cancel context.CancelCauseFunc) io.ReadCloser {
	g := &stallGuard{body: body, limit: s.o.Stall, cancel: cancel}
	g.timer = time.AfterFunc(g.limit, g.stall)
	g.timer.Stop()
	return g
}

func (g *stallGuard) stall() {
	g.stalled.Store(true)
	g.cancel(ErrStalled)
	g.body.Close()
}

func (g *stallGuard) Read(p []byte) (int, error) {
	g.timer.Reset(g.limit)
	n, err := g.body.Read(p)
	g.timer.Stop()
	if err != nil && !errors.Is(err, io.EOF) && g.stalled.Load() {
		return n, fmt.Errorf("%w (%s)", ErrStalled, g.limit)
	}
	return n, err
}

func (g *stallGuard) Close() error {
	g.timer.Stop()
	err := g.body.Close()
	g.cancel(nil)
	return err
}
