package systemtest

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"tieout/internal/contract"
	"tieout/internal/runs"
)

// Ended is a run that has ended.
type Ended struct {
	ID, RunID string
	// Result is nil where the run failed, and Err is nil where it did not.
	Result *contract.ExtractResult
	Err    error
}

// Run starts the run of the pipeline's date, or joins it, and waits for its end.
func (p *Pipeline) Run(ctx context.Context) (Ended, error) {
	run, err := p.Start(ctx)
	if err != nil {
		return Ended{}, err
	}
	return p.Await(ctx, run)
}

// Start starts the run of the pipeline's date, or joins it.
func (p *Pipeline) Start(ctx context.Context) (client.WorkflowRun, error) {
	return p.startOnJob(ctx, "")
}

// startOnJob starts a run on a given job; "" lets the run start one.
func (p *Pipeline) startOnJob(ctx context.Context, jobID string) (run client.WorkflowRun, err error) {
	err = untilAnswered(ctx, func() (err error) {
		run, err = runs.Start(ctx, p.scenario.Client, contract.ExtractInput{Pipeline: p.Name, BusinessDate: p.Date, JobID: jobID})
		return err
	})
	return run, err
}

// startUnder starts the pipeline's date under the id of somebody else's choice: a front.
func (p *Pipeline) startUnder(ctx context.Context, id string) (front client.WorkflowRun, err error) {
	in := contract.ExtractInput{Pipeline: p.Name, BusinessDate: p.Date}
	err = untilAnswered(ctx, func() (err error) {
		front, err = p.scenario.Client.ExecuteWorkflow(ctx, runs.FrontOptions(id, in), contract.TypeConcurExtract, in)
		return err
	})
	return front, err
}

// Await waits for a run's end. The error says that it did not end, not that it failed.
func (p *Pipeline) Await(ctx context.Context, run client.WorkflowRun) (Ended, error) {
	ended := Ended{ID: run.GetID(), RunID: run.GetRunID()}
	var result contract.ExtractResult
	err := untilAnswered(ctx, func() error { return run.Get(ctx, &result) })
	switch {
	case ctx.Err() != nil:
		status, describeErr := runs.Describe(context.WithoutCancel(ctx), p.scenario.Client, ended.ID, ended.RunID)
		return ended, fmt.Errorf("pipeline %s: the run did not end (%s, attempt %d of %s: %s): %w", p.Name, status.Progress.Message,
			status.Attempt, status.Activity, status.Message, errors.Join(ctx.Err(), describeErr))
	case err != nil:
		ended.Err = err
	default:
		ended.Result = &result
	}
	return ended, nil
}

// untilAnswered repeats a call for as long as Temporal does not answer it in time, as happens on a busy machine. All such
// calls may be repeated: to start a run again is to join it.
func untilAnswered(ctx context.Context, call func() error) error {
	for {
		err := call()
		_, late := errors.AsType[*serviceerror.DeadlineExceeded](err)
		_, unavailable := errors.AsType[*serviceerror.Unavailable](err)
		if ctx.Err() != nil || !late && !unavailable && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
}

// run returns the run of the pipeline's date.
func (p *Pipeline) run() contract.Run {
	return contract.Run{Pipeline: p.Name, Slot: contract.Slot{Date: p.Date}}
}
