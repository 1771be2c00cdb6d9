package night

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"go.temporal.io/sdk/client"

	"tieout/workflows"
)

// Campaign is many runs, each of whose workers is killed at random moments.
type Campaign struct {
	Runs int
	// Seed decides the moments.
	Seed uint64
	// AtOnce is how many runs are on at the same time.
	AtOnce int
	// Kills is how many workers of a run are killed, at most.
	Kills int
	// Within is the span after a worker's start in which it is killed.
	Within time.Duration
	// Log takes a line for each run; nil for none.
	Log io.Writer
}

// Toll is what a campaign came to.
type Toll struct {
	Runs, Kills int
	// Lost are runs with a completed job that has no manifest or a result that is not whole, StartedTwice those with
	// more than one job, Stuck those that did not end in time.
	Lost, StartedTwice, Stuck int
	// Problems say what was wrong.
	Problems []error
}

// Run runs the campaign on a ground.
func (c Campaign) Run(ctx context.Context, g *Ground) Toll {
	var mu sync.Mutex
	toll := Toll{Runs: c.Runs}
	random := rand.New(rand.NewPCG(c.Seed, 1))
	slots := make(chan struct{}, max(c.AtOnce, 1))
	var running sync.WaitGroup
	for i := range c.Runs {
		moments := make([]time.Duration, 1+random.IntN(max(c.Kills, 1)))
		for k := range moments {
			moments[k] = time.Duration(random.Int64N(int64(c.Within)))
		}
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			kills, started, err := c.one(ctx, g, fmt.Sprintf("campaign-%d-%d", c.Seed, i), moments)
			mu.Lock()
			defer mu.Unlock()
			toll.add(kills, started, err)
			if c.Log != nil {
				fmt.Fprintf(c.Log, "run %d: killed %d times, at %v after a worker's start; %d job(s); %s\n", i, kills, moments[:kills], started, well(err))
			}
		})
	}
	running.Wait()
	return toll
}

func well(err error) string {
	if err == nil {
		return "whole"
	}
	return err.Error()
}

func (t *Toll) add(kills, started int, err error) {
	t.Kills += kills
	switch {
	case err == nil:
		return
	case started > 1:
		t.StartedTwice++
	case errors.Is(err, context.DeadlineExceeded):
		t.Stuck++
	default:
		t.Lost++
	}
	t.Problems = append(t.Problems, err)
}

// runPatience is far more than the heartbeat timeouts of all the workers that were killed.
const runPatience = 5 * time.Minute

// one is one run of the campaign.
func (c Campaign) one(ctx context.Context, g *Ground, name string, moments []time.Duration) (kills, started int, err error) {
	ctx, cancel := context.WithTimeout(ctx, runPatience)
	defer cancel()
	n := &Night{Name: "campaign", World: World(12_000)}
	n.World.Definitions[0].Timing.Running = time.Second
	s, err := g.NewShift(ctx, name, ShiftOptions{}, n)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	run, err := n.Start(ctx)
	if err != nil {
		return 0, 0, err
	}
	for _, after := range moments {
		over, err := s.shortShift(ctx, run, after)
		if err != nil {
			return kills, 0, err
		}
		if over {
			break
		}
		kills++
	}
	last, err := s.Hire(ctx)
	if err != nil {
		return kills, 0, err
	}
	defer last.Kill()
	ended, err := n.Await(ctx, run)
	started = len(n.Concur.Jobs(n.World.Definitions[0].Name))
	if err != nil {
		return kills, started, err
	}
	return kills, started, n.Check(ctx, ended, Expect{Outcome: workflows.OutcomeFindings, Jobs: 1})
}

// shortShift lets a worker work for a while and kills it, unless the run is over before.
func (s *Shift) shortShift(ctx context.Context, run client.WorkflowRun, after time.Duration) (over bool, err error) {
	w, err := s.Hire(ctx)
	if err != nil {
		return false, err
	}
	defer w.Kill()
	waiting, cancel := context.WithTimeout(ctx, after)
	defer cancel()
	// How it ended is asked again by who wants to know.
	_ = run.Get(waiting, nil)
	return waiting.Err() == nil, nil
}
