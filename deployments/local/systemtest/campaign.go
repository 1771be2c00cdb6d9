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

// Campaign is many runs whose workers are killed with kill -9 at random moments, from a run's first request to its last.
type Campaign struct {
	Runs int
	// Seed decides the moments, as far as a machine does the same thing twice.
	Seed uint64
	// PerWorker is how many runs share a worker and are on at once, Workers how many workers there are at once.
	PerWorker, Workers int
	// Kills is how often each of these workers is killed, at most: one that follows takes up the runs.
	Kills int
	// Log takes a line for each run; nil for none.
	Log io.Writer
}

// Toll is what a campaign came to.
type Toll struct {
	Runs int
	// Kills are those of a worker, Hits the runs that were on when their worker was killed, GaveUp the workers that ended
	// by themselves.
	Kills, Hits, GaveUp int
	// Asked are runs that ended in ConcurAuth because the only worker that knew a new refresh token was killed before it
	// was kept. A person authorized again, as the runbook says, and the run after that was whole.
	Asked int
	// Lost are runs that did not end whole, StartedTwice those with more than one job, Stuck those that went no further.
	Lost, StartedTwice, Stuck int
	// NotRun are runs that never began, because what they stand on failed: nothing is known of them.
	NotRun int
	// Problems say what was wrong.
	Problems []error
}

// String is the toll in one line.
func (t Toll) String() string {
	return fmt.Sprintf("%d runs, %d kills that hit %d, %d lost, %d started twice, %d stuck, %d asked a person and went on, %d not run, %d workers gave up",
		t.Runs, t.Kills, t.Hits, t.Lost, t.StartedTwice, t.Stuck, t.Asked, t.NotRun, t.GaveUp)
}

func (t *Toll) add(o outcome) {
	if o.asked {
		t.Asked++
	}
	switch {
	case o.err == nil:
		return
	case !o.began:
		t.NotRun++
	case o.jobs > 1:
		t.StartedTwice++
	case errors.Is(o.err, errStuck):
		t.Stuck++
	default:
		t.Lost++
	}
	t.Problems = append(t.Problems, o.err)
}

// outcome is what became of one run.
type outcome struct {
	name         string
	began, asked bool
	hits, jobs   int
	err          error
}

func (o outcome) String() string {
	end := "whole"
	switch {
	case o.err != nil:
		end = o.err.Error()
	case o.asked:
		end = "whole, after a person authorized again"
	}
	return fmt.Sprintf("%s: its worker was killed %d times; %d job(s); %s", o.name, o.hits, o.jobs, end)
}

// Run runs the campaign on a ground.
func (c Campaign) Run(ctx context.Context, g *Ground) Toll {
	var mu sync.Mutex
	toll := Toll{Runs: c.Runs}
	slots := make(chan struct{}, max(c.Workers, 1))
	var running sync.WaitGroup
	for first := 0; first < c.Runs; first += max(c.PerWorker, 1) {
		r := &round{campaign: c, ground: g, name: fmt.Sprintf("campaign-%d-%d", c.Seed, first), random: rand.New(rand.NewPCG(c.Seed, uint64(first))), crew: &crew{}}
		r.draw(min(c.PerWorker, c.Runs-first))
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			outcomes := r.run(ctx)
			mu.Lock()
			defer mu.Unlock()
			toll.Kills += r.crew.killed()
			toll.GaveUp += r.crew.gaveUp
			for _, o := range outcomes {
				toll.Hits += o.hits
				toll.add(o)
				if c.Log != nil {
					fmt.Fprintln(c.Log, o)
				}
			}
		})
	}
	running.Wait()
	return toll
}

// stepsOfARun is about how many steps a run of these worlds takes: requests that Concur receives, acts on and answers,
// and requests to S3.
const stepsOfARun = 150

// round is the runs that share a worker.
type round struct {
	campaign Campaign
	ground   *Ground
	name     string
	random   *rand.Rand
	nights   []*Night
	moments  []moment
	crew     *crew
}

// moment is so many steps after the worker's start, and a little later. Steps do not get shorter on a busy machine.
type moment struct {
	steps int
	later time.Duration
}

// draw decides what the nights are like and when the worker is killed.
func (r *round) draw(nights int) {
	for i := range nights {
		rows := int64(300)
		if r.random.IntN(8) == 0 {
			rows = 12_000 // a file of two parts
		}
		n := &Night{Name: fmt.Sprintf("night-%d", i), World: World(rows), Settings: map[string]any{
			// No deadline may pass because the machine is slow.
			"poll": map[string]any{"first": "50ms", "max": "200ms", "deadline": "6h", "visibility": "2s"}}}
		n.World.Definitions[0].Timing.Running = time.Second // some polls
		if r.random.IntN(2) == 0 {
			operations := []concurtest.Operation{concurtest.OpDefinitions, concurtest.OpJobs, concurtest.OpStart, concurtest.OpStatus, concurtest.OpFile, concurtest.OpItems}
			n.On(operations[r.random.IntN(len(operations))], concurtest.Received, 1, func() { n.Concur.RevokeTokens() })
		}
		r.nights = append(r.nights, n)
	}
	// Together they cover what the nights would do undisturbed.
	apart := 2 * nights * stepsOfARun / max(r.campaign.Kills, 1)
	for range r.campaign.Kills {
		r.moments = append(r.moments, moment{steps: 1 + r.random.IntN(max(apart, 1)), later: time.Duration(r.random.Int64N(int64(50 * time.Millisecond)))})
	}
}

// run runs the nights of the round and kills their worker meanwhile.
func (r *round) run(ctx context.Context) []outcome {
	outcomes := make([]outcome, len(r.nights))
	for i, n := range r.nights {
		outcomes[i] = outcome{name: r.name + "/" + n.Name}
	}
	s, err := r.begin(ctx)
	if err != nil {
		for i := range outcomes {
			outcomes[i].err = fmt.Errorf("%s: %w", outcomes[i].name, err)
		}
		return outcomes
	}
	var running sync.WaitGroup
	for i, n := range r.nights {
		running.Go(func() {
			if err := n.campaign(ctx, r.crew, &outcomes[i]); err != nil {
				outcomes[i].err = errors.Join(fmt.Errorf("%s: %w", outcomes[i].name, err), n.keep(ctx))
			}
		})
	}
	over := make(chan struct{})
	go func() { running.Wait(); close(over) }()
	r.crew.killAt(r.moments, over)
	<-over
	r.crew.dismiss()
	for i, n := range r.nights {
		if outcomes[i].err == nil {
			outcomes[i].err = n.clear(ctx)
		}
	}
	if err := s.Close(); err != nil {
		outcomes[0].err = errors.Join(outcomes[0].err, err)
	}
	return outcomes
}

// begin opens the shift of the round and hires its first worker.
func (r *round) begin(ctx context.Context) (*Shift, error) {
	s, err := r.ground.NewShift(ctx, r.name, ShiftOptions{}, r.nights...)
	if err != nil {
		return nil, err
	}
	hired, err := s.staff(ctx)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	r.crew = hired
	return s, nil
}
