package systemtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
)

// errStuck is the cause of a run that went no further.
var errStuck = errors.New("stuck")

// standstill is how many looks in a row, one a second, must find nothing new before a run is called stuck. It is far
// more than an activity waits that has lost its worker several times. A look counts when Temporal answered it: how
// slow the machine is makes no run stuck.
const (
	standstill = 600
	longLook   = 10 * time.Second
)

// awaitMoving waits for a run's end for as long as the run goes on. The error is errStuck for one that does not.
func (n *Night) awaitMoving(ctx context.Context, run client.WorkflowRun) (Ended, error) {
	ctx, stop := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if events := n.standsStill(ctx, run, time.Second, standstill); events > 0 {
			stop(fmt.Errorf("%w: nothing new for %d looks after %d events", errStuck, standstill, events))
		}
	}()
	ended, err := n.Await(ctx, run)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	stop(nil)
	<-watched
	return ended, err
}

// standsStill returns how many events a run has once so many looks in a row found no new one, or 0 when ctx ends.
func (n *Night) standsStill(ctx context.Context, run client.WorkflowRun, every time.Duration, looks int) int64 {
	look := time.NewTicker(every)
	defer look.Stop()
	var events int64
	for still := 0; still < looks; {
		select {
		case <-ctx.Done():
			return 0
		case <-look.C:
		}
		switch now, err := n.events(ctx, run.GetID(), run.GetRunID()); {
		case err != nil:
		case now > events:
			events, still = now, 0
		default:
			still++
		}
	}
	return events
}

// events counts those of a run and of the children that are on.
func (n *Night) events(ctx context.Context, workflowID, runID string) (int64, error) {
	asked, cancel := context.WithTimeout(ctx, longLook)
	defer cancel()
	described, err := n.shift.Client.DescribeWorkflowExecution(asked, workflowID, runID)
	if err != nil {
		return 0, fmt.Errorf("asking for the run %s: %w", workflowID, err)
	}
	events := described.GetWorkflowExecutionInfo().GetHistoryLength()
	for _, child := range described.GetPendingChildren() {
		below, err := n.events(ctx, child.GetWorkflowId(), child.GetRunId())
		if err != nil {
			return 0, err
		}
		events += below
	}
	return events, nil
}
