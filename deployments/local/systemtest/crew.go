package systemtest

import (
	"context"
	"sync"
	"time"
)

// crew keeps one worker on a shift: when it dies another is hired, as a supervisor of processes would.
type crew struct {
	shift *Shift
	// gaveUp counts workers that ended by themselves; read it once the crew is dismissed.
	gaveUp int

	stop func()
	gone chan struct{}

	mu    sync.Mutex
	on    *Worker
	kills []time.Time
}

// staff hires the first worker.
func (s *Shift) staff(ctx context.Context) (*crew, error) {
	first, err := s.Hire(ctx)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	c := &crew{shift: s, on: first, stop: stop, gone: make(chan struct{})}
	go c.keep(ctx)
	return c, nil
}

// keep hires the next worker whenever one has ended, until it is told to stop.
func (c *crew) keep(ctx context.Context) {
	defer close(c.gone)
	for kills := 0; ; {
		c.mu.Lock()
		w := c.on
		c.mu.Unlock()
		select {
		case <-ctx.Done():
			w.Kill()
			return
		case <-w.ended:
		}
		if n := c.killed(); n > kills {
			kills = n
		} else {
			c.gaveUp++
			select { // what it gave up for is most likely still so
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
		next, err := c.shift.Hire(ctx)
		if err != nil {
			continue // the one that has ended is still on: a second later it is tried again
		}
		c.mu.Lock()
		c.on = next
		c.mu.Unlock()
	}
}

// kill kills the worker that is on with kill -9; the next one comes by itself.
func (c *crew) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.on.ended: // it was quicker
	default:
		c.kills = append(c.kills, time.Now())
		c.on.Kill()
	}
}

// killed is how often a worker has been killed.
func (c *crew) killed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.kills)
}

// killedBetween tells whether a worker was killed in that time.
func (c *crew) killedBetween(from, to time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, at := range c.kills {
		if from.Before(at) && at.Before(to) {
			return true
		}
	}
	return false
}

// killAt kills at these moments, each counted from the kill before, until it is over.
func (c *crew) killAt(moments []moment, over <-chan struct{}) {
	for _, m := range moments {
		reached := c.shift.after(m.steps)
		select {
		case <-over:
			return
		case <-reached:
		}
		select {
		case <-over:
			return
		case <-time.After(m.later):
		}
		c.kill()
	}
}

// dismiss ends the worker that is on, and hires no other.
func (c *crew) dismiss() {
	c.stop()
	<-c.gone
}
