package systemtest

import (
	"context"
	"time"

	"go.temporal.io/sdk/client"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
	"tieout/internal/runs"
)

// Ends of a run under a fault, besides the error codes.
const (
	Recovered = "recovered"
	// Waiting goes on asking: the fault lasts, and time may mend it.
	Waiting = "waits"
	// Asking waits for the update resolve-start.
	Asking = "asks a person"
)

// attemptsToWait is how many attempts an activity must have failed for its run to be called waiting: one more than
// anything that gives up is given.
const attemptsToWait = 6

// EndOf runs the night until it ends, asks a person, or is seen to wait; then the run is terminated.
func (n *Night) EndOf(ctx context.Context) (string, Ended, error) {
	run, err := n.Start(ctx)
	if err != nil {
		return "", Ended{}, err
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	seen := make(chan string, 1)
	go func() { seen <- n.stuck(watching, run); stop() }()
	ended, err := n.Await(watching, run)
	if err == nil {
		end := Recovered
		if ended.Err != nil {
			end, _ = Code(ended.Err)
		}
		return end, ended, nil
	}
	if ctx.Err() != nil {
		return "", ended, err
	}
	end := <-seen
	if err := n.shift.Client.TerminateWorkflow(ctx, run.GetID(), run.GetRunID(), "the night has seen enough"); err != nil {
		return end, ended, err
	}
	ended.Err = n.shift.Client.GetWorkflow(ctx, run.GetID(), run.GetRunID()).Get(ctx, nil)
	return end, ended, nil
}

// stuck looks at a run until it asks a person or is seen to wait.
func (n *Night) stuck(ctx context.Context, run client.WorkflowRun) string {
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return ""
		case <-look.C:
		}
		status, err := runs.Describe(ctx, n.shift.Client, run.GetID(), run.GetRunID())
		switch {
		case err != nil:
		case status.Progress.Phase == contract.PhaseAmbiguous:
			return Asking
		case n.starts() >= attemptsToWait: // between refused starts it is the workflow that waits
			return Waiting
		case status.Attempt >= attemptsToWait && status.Activity != string(contract.WaitForJob) || status.Attempt >= 40:
			return Waiting
		}
	}
}

// starts counts how often Concur was asked to start a job.
func (n *Night) starts() int {
	starts := 0
	for _, request := range n.Concur.Requests() {
		if request.Operation == concurtest.OpStart {
			starts++
		}
	}
	return starts
}
