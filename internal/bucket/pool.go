package bucket

import (
	"context"
	"slices"
	"sync"
)

// pool hands out part buffers and bounds what all of them take together. A writer never waits for a buffer while it
// holds one that only it can give back, so those who wait always get their turn.
type pool struct {
	budget int64

	mu    sync.Mutex
	taken int64         // bytes handed out
	kept  int64         // bytes of free
	free  [][]byte      // given back, for the next
	wake  chan struct{} // closed when something was given back
}

func newPool(budget int64) *pool {
	return &pool{budget: budget, wake: make(chan struct{})}
}

// get waits for a buffer of size bytes. One that is larger than the whole budget is handed out when nothing else is.
func (p *pool) get(ctx context.Context, size int64) ([]byte, error) {
	for {
		buf, wake := p.try(size)
		if buf != nil {
			return buf, nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (p *pool) try(size int64) ([]byte, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// One that is larger will do: the last part of a file needs no new one.
	for i, buf := range p.free {
		if whole := int64(cap(buf)); whole >= size {
			p.free = slices.Delete(p.free, i, i+1)
			p.kept -= whole
			p.taken += whole
			return buf[:size], nil
		}
	}
	if p.taken+size > p.budget && p.taken > 0 {
		return nil, p.wake
	}
	if p.taken+p.kept+size > p.budget {
		p.free, p.kept = nil, 0 // all are too small: parts have become larger, which happens once in thousands
	}
	p.taken += size
	return make([]byte, size), nil
}

func (p *pool) put(buf []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	size := int64(cap(buf))
	p.taken -= size
	if p.taken+p.kept+size <= p.budget {
		p.free, p.kept = append(p.free, buf), p.kept+size
	}
	close(p.wake)
	p.wake = make(chan struct{})
}

// trim drops the free buffers once none is taken. Writers call it when an object is finished, so that an idle store holds
// no memory. Between the parts of one object the buffers stay: dropped ones would be garbage, and the collector lets
// garbage grow to the size of what is alive before it runs.
func (p *pool) trim() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken == 0 {
		p.free, p.kept = nil, 0
	}
}
