package systemtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"tieout/concur/concurtest"
)

// Campaign is a number of runs whose workers are killed with kill -9 at random moments, from a run's first request to its
// last.
type Campaign struct {
	Runs int
	// Seed decides the moments, as far as a machine does the same thing twice.
	Seed uint64
	// PerWorker is the number of runs that share a worker at a time, and Workers the number of workers at a time.
	PerWorker, Workers int
	// Kills is how often each worker is killed at most. The one that replaces it takes up the runs.
	Kills int
	// Log takes a line for each run; nil for none.
	Log io.Writer
}

// Run runs the campaign on the servers.
func (c Campaign) Run(ctx context.Context, servers *Servers) Tally {
	var mu sync.Mutex
	tally := Tally{Runs: c.Runs}
	slots := make(chan struct{}, max(c.Workers, 1))
	var running sync.WaitGroup
	for first := 0; first < c.Runs; first += max(c.PerWorker, 1) {
		r := &round{name: fmt.Sprintf("campaign-%d-%d", c.Seed, first), supervisor: &supervisor{}}
		r.draw(rand.New(rand.NewPCG(c.Seed, uint64(first))), min(c.PerWorker, c.Runs-first), c.Kills)
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			outcomes := r.run(ctx, servers)
			mu.Lock()
			defer mu.Unlock()
			tally.Kills += r.supervisor.killed()
			tally.GaveUp += r.supervisor.gaveUp
			for _, o := range outcomes {
				tally.add(o)
				if c.Log != nil {
					fmt.Fprintln(c.Log, o)
				}
			}
		})
	}
	running.Wait()
	return tally
}

// stepsOfARun is about how many steps such a run takes: requests that Concur receives, acts on and answers, and requests
// to S3.
const stepsOfARun = 150

// round is the runs that share a worker, and the moments at which it is killed.
type round struct {
	name       string
	pipelines  []*Pipeline
	moments    []moment
	supervisor *supervisor
}

// moment is a number of steps after the worker's start, and a delay after that. Steps do not get shorter on a busy machine.
type moment struct {
	steps int
	delay time.Duration
}

// draw decides what the runs are like and when their worker is killed.
func (r *round) draw(random *rand.Rand, runs, kills int) {
	for i := range runs {
		rows := int64(300)
		if random.IntN(8) == 0 {
			rows = 12_000 // a file of two parts
		}
		p := &Pipeline{Name: fmt.Sprintf("pipeline-%d", i), World: World(rows), Settings: map[string]any{
			// The deadline must not pass because the machine is slow.
			"poll": map[string]any{"first": "50ms", "max": "200ms", "deadline": "6h", "visibility": "2s"}}}
		p.World.Definitions[0].Timing.Running = time.Second // a few polls
		if random.IntN(2) == 0 {
			operations := []concurtest.Operation{concurtest.OpDefinitions, concurtest.OpJobs, concurtest.OpStart, concurtest.OpStatus, concurtest.OpFile, concurtest.OpItems}
			p.OnRequest(operations[random.IntN(len(operations))], concurtest.Received, 1, func() { p.Concur.RevokeTokens() })
		}
		r.pipelines = append(r.pipelines, p)
	}
	// Together the moments cover the steps that the runs would take undisturbed.
	apart := max(2*runs*stepsOfARun/max(kills, 1), 1)
	for range kills {
		r.moments = append(r.moments, moment{1 + random.IntN(apart), time.Duration(random.Int64N(int64(50 * time.Millisecond)))})
	}
}

// run runs the pipelines of the round while their worker is killed.
func (r *round) run(ctx context.Context, servers *Servers) []outcome {
	outcomes := make([]outcome, len(r.pipelines))
	scenario, err := r.start(ctx, servers)
	for i, p := range r.pipelines {
		outcomes[i] = outcome{name: r.name + "/" + p.Name, err: err}
	}
	if err != nil {
		return outcomes
	}
	runsCtx, ended := context.WithCancel(ctx)
	var running sync.WaitGroup
	for i, p := range r.pipelines {
		running.Go(func() {
			if outcomes[i].err = p.campaign(ctx, r.supervisor, &outcomes[i]); outcomes[i].err != nil {
				outcomes[i].err = errors.Join(outcomes[i].err, p.keep(ctx))
			}
		})
	}
	go func() { running.Wait(); ended() }()
	r.supervisor.killAt(runsCtx, r.moments)
	running.Wait()
	r.supervisor.stop()
	for i, p := range r.pipelines {
		if outcomes[i].err == nil {
			outcomes[i].err = p.deleteObjects(ctx)
		}
	}
	outcomes[0].err = errors.Join(outcomes[0].err, scenario.Close())
	return outcomes
}

// start makes the scenario of the round and starts its first worker.
func (r *round) start(ctx context.Context, servers *Servers) (*Scenario, error) {
	s, err := servers.NewScenario(ctx, r.name, ScenarioOptions{}, r.pipelines...)
	if err != nil {
		return nil, err
	}
	supervised, err := s.supervise(ctx)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	r.supervisor = supervised
	return s, nil
}
