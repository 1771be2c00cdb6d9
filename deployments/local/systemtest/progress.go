package systemtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
)

// errStuck is the cause of a run that makes no progress any more.
var errStuck = errors.New("stuck")

// standstill is the number of looks in a row, one a second, that must find nothing new before a run is called stuck. That
// is far longer than an activity waits that has lost its worker several times. Only looks that Temporal answered count,
// so a slow machine makes no run stuck.
const standstill = 600

// awaitProgress waits for a run's end for as long as it makes progress. The error is errStuck when it makes none.
func (p *Pipeline) awaitProgress(ctx context.Context, run client.WorkflowRun) (Ended, error) {
	ctx, stop := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if events := p.standsStill(ctx, run, time.Second, standstill); events > 0 {
			stop(fmt.Errorf("%w: nothing new for %d looks after %d events", errStuck, standstill, events))
		}
	}()
	ended, err := p.Await(ctx, run)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	stop(nil)
	<-watched
	return ended, err
}

// standsStill returns the number of a run's events once that many looks in a row have found no new one, or 0 when ctx ends.
func (p *Pipeline) standsStill(ctx context.Context, run client.WorkflowRun, every time.Duration, looks int) int64 {
	look := time.NewTicker(every)
	defer look.Stop()
	var events int64
	for still := 0; still < looks; {
		select {
		case <-ctx.Done():
			return 0
		case <-look.C:
		}
		switch now, err := p.events(ctx, run.GetID(), run.GetRunID()); {
		case err != nil:
		case now > events:
			events, still = now, 0
		default:
			still++
		}
	}
	return events
}

// events counts the events of a run and of its children that are running.
func (p *Pipeline) events(ctx context.Context, workflowID, runID string) (int64, error) {
	asked, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	described, err := p.scenario.Client.DescribeWorkflowExecution(asked, workflowID, runID)
	if err != nil {
		return 0, fmt.Errorf("describing the run %s: %w", workflowID, err)
	}
	events := described.GetWorkflowExecutionInfo().GetHistoryLength()
	for _, child := range described.GetPendingChildren() {
		below, err := p.events(ctx, child.GetWorkflowId(), child.GetRunId())
		if err != nil {
			return 0, err
		}
		events += below
	}
	return events, nil
}
