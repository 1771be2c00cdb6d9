package systemtest

import (
	"context"
	"slices"
	"sync"
	"time"
)

// supervisor keeps one worker process running in a scenario: when it ends, another one is started.
type supervisor struct {
	scenario *Scenario
	// gaveUp is the number of workers that ended by themselves. Read it after stop.
	gaveUp int

	cancel context.CancelFunc
	done   chan struct{}

	mu     sync.Mutex
	worker *WorkerProcess
	kills  []time.Time
}

// supervise starts a worker process and the supervisor that replaces it.
func (s *Scenario) supervise(ctx context.Context) (*supervisor, error) {
	first, err := s.StartWorkerProcess(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	v := &supervisor{scenario: s, worker: first, cancel: cancel, done: make(chan struct{})}
	go v.run(ctx)
	return v, nil
}

// run starts the next worker whenever one has ended, until ctx ends.
func (v *supervisor) run(ctx context.Context) {
	defer close(v.done)
	for kills := 0; ; {
		v.mu.Lock()
		current := v.worker
		v.mu.Unlock()
		select {
		case <-ctx.Done():
			current.Kill()
			return
		case <-current.ended:
		}
		if now := v.killed(); now > kills {
			kills = now
		} else {
			v.gaveUp++
			select { // the reason is most likely still there
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
		next, err := v.scenario.StartWorkerProcess(ctx)
		if err != nil {
			continue // the one that has ended is found again, and the next start comes a second later
		}
		v.mu.Lock()
		v.worker = next
		v.mu.Unlock()
	}
}

// kill kills the current worker with kill -9, unless it has just ended by itself.
func (v *supervisor) kill() {
	v.mu.Lock()
	defer v.mu.Unlock()
	select {
	case <-v.worker.ended:
	default:
		v.kills = append(v.kills, time.Now())
		v.worker.Kill()
	}
}

// killed returns how many workers have been killed.
func (v *supervisor) killed() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.kills)
}

// killedBetween reports whether a worker was killed in that time.
func (v *supervisor) killedBetween(from, to time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.ContainsFunc(v.kills, func(at time.Time) bool { return from.Before(at) && at.Before(to) })
}

// killAt kills at these moments, each counted from the one before, until ctx ends.
func (v *supervisor) killAt(ctx context.Context, moments []moment) {
	for _, m := range moments {
		select {
		case <-ctx.Done():
			return
		case <-v.scenario.steps.after(m.steps):
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(m.delay):
		}
		v.kill()
	}
}

// stop ends the current worker and starts no other.
func (v *supervisor) stop() {
	v.cancel()
	<-v.done
}
