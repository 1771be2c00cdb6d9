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
	recovered = "recovered"
	waiting   = "waits"         // it goes on asking: the fault lasts, and time may mend it
	asking    = "asks a person" // it waits for the update resolve-start
)

// attemptsToWait is the number of failed attempts of an activity after which its run is called waiting: one more than
// those activities have that give up.
const attemptsToWait = 6

// endUnderFault runs the pipeline's date until the run ends, asks a person, or is seen to wait. A run that has not ended is
// then terminated.
func (p *Pipeline) endUnderFault(ctx context.Context) (string, Ended, error) {
	run, err := p.Start(ctx)
	if err != nil {
		return "", Ended{}, err
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	seen := make(chan string, 1)
	go func() { seen <- p.seenWaiting(watching, run); stop() }()
	ended, err := p.Await(watching, run)
	if err == nil {
		end := recovered
		if ended.Err != nil {
			end, _ = Code(ended.Err)
		}
		return end, ended, nil
	}
	if ctx.Err() != nil {
		return "", ended, err
	}
	end := <-seen
	if err := p.scenario.Client.TerminateWorkflow(ctx, run.GetID(), run.GetRunID(), "the test has seen enough"); err != nil {
		return end, ended, err
	}
	ended.Err = p.scenario.Client.GetWorkflow(ctx, run.GetID(), run.GetRunID()).Get(ctx, nil)
	return end, ended, nil
}

// seenWaiting looks at a run until it asks a person or waits, and returns which. It returns "" when ctx ends.
func (p *Pipeline) seenWaiting(ctx context.Context, run client.WorkflowRun) string {
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return ""
		case <-look.C:
		}
		status, err := runs.Describe(ctx, p.scenario.Client, run.GetID(), run.GetRunID())
		switch {
		case err != nil:
		case status.Progress.Phase == contract.PhaseAmbiguous:
			return asking
		case p.Requests(concurtest.OpStart) >= attemptsToWait: // the workflow waits between refused starts
			return waiting
		case status.Attempt >= attemptsToWait && status.Activity != string(contract.WaitForJob) || status.Attempt >= 40:
			return waiting
		}
	}
}
