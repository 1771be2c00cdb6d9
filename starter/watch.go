package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"tieout/internal/contract"
	"tieout/internal/runs"
)

func (a *program) watchCommand() *cobra.Command {
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "watch ID",
		Short: "Watch a run to its end and exit by its outcome",
		Long: `Watch a run to its end: what it is doing, how long, bytes, rows and list requests. Ctrl-C ends the watching (exit
code 130), never the run. Of a front, such as a schedule starts, it shows what the run behind it is doing.`,
		Args:              arguments(1, 1, "a run"),
		ValidArgsFunction: a.completePipelines,
		RunE: func(c *cobra.Command, args []string) error {
			if err := aWait(timeout, true); err != nil {
				return err
			}
			return a.withRun(c.Context(), args[0], func(t client.Client, run client.WorkflowRun) error {
				return a.follow(c.Context(), t, run, timeout)
			})
		},
	}
	c.Flags().DurationVar(&timeout, "timeout", 0, "give up watching after so long (exit code 8); the run goes on")
	return c
}

// withRun connects to Temporal and finds the run that a person named.
func (a *program) withRun(ctx context.Context, name string, do func(client.Client, client.WorkflowRun) error) error {
	c, err := a.temporal(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	id, err := runs.Find(ctx, c, name)
	if err != nil {
		return err
	}
	_, err = c.DescribeWorkflowExecution(ctx, id, "")
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return fmt.Errorf("there is no run %s: `%s runs` lists those that there are", id, a.name)
	}
	if err != nil {
		return fmt.Errorf("looking at run %s: %w", id, err)
	}
	return do(c, c.GetWorkflow(ctx, id, ""))
}

// follow watches a run to its end, shows the end and comes to its exit code.
func (a *program) follow(ctx context.Context, c client.Client, run client.WorkflowRun, timeout time.Duration) error {
	watching, cancel := ctx, context.CancelFunc(func() {})
	if timeout > 0 {
		watching, cancel = context.WithTimeout(ctx, timeout)
	}
	defer cancel()
	live := newProgress(a, run.GetID())
	result, err := runs.Watch(watching, c, run, live.show)
	live.end()
	again := fmt.Sprintf("the run goes on; watch it again with: %s watch %s", a.name, run.GetID())
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return &toldError{"detached: " + again, runs.ErrDetached}
	case watching.Err() != nil:
		return &toldError{fmt.Sprintf("not ended after %s: %s", timeout, again), context.DeadlineExceeded}
	}
	return a.conclude(ctx, result, err)
}

// conclude shows how a run ended and comes to its exit code.
func (a *program) conclude(ctx context.Context, result *contract.ExtractResult, err error) error {
	if err == nil {
		if a.json {
			err = a.document(result)
		} else {
			err = a.showResult(ctx, result)
		}
		if err != nil {
			return err
		}
		return ended(runs.ExitCode(result, nil))
	}
	failure, ok := runs.FailureOf(err)
	if !ok {
		return err
	}
	if a.json {
		if err := a.document(failure); err != nil {
			return err
		}
		return ended(runs.ExitCode(nil, err))
	}
	if failure.Result != nil {
		if shown := a.showResult(ctx, failure.Result); shown != nil {
			return shown
		}
	}
	return err
}
