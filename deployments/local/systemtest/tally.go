package systemtest

import (
	"errors"
	"fmt"
)

// Tally counts what became of the runs of a campaign.
type Tally struct {
	Runs int
	// Kills counts the workers that were killed, Hits how often a run was running then, and GaveUp the workers that ended
	// by themselves.
	Kills, Hits, GaveUp int
	// Asked counts runs that ended in ConcurAuth because the only worker that knew a new refresh token was killed before it
	// had stored it. A person authorized again, as the runbook says, and the run after that was whole.
	Asked int
	// Lost counts runs that did not end whole, StartedTwice those with more than one job, and Stuck those that made no more
	// progress.
	Lost, StartedTwice, Stuck int
	// NotRun counts runs that never began, because the servers failed: nothing is known of them.
	NotRun int
	// Problems say what was wrong.
	Problems []error
}

// String returns the tally as one line.
func (t Tally) String() string {
	return fmt.Sprintf("%d runs, %d kills that hit %d, %d lost, %d started twice, %d stuck, %d asked a person and went on, %d not run, %d workers gave up",
		t.Runs, t.Kills, t.Hits, t.Lost, t.StartedTwice, t.Stuck, t.Asked, t.NotRun, t.GaveUp)
}

func (t *Tally) add(o outcome) {
	t.Hits += o.hits
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
	t.Problems = append(t.Problems, fmt.Errorf("%s: %w", o.name, o.err))
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
