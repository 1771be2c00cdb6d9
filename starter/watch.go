package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"tieout/internal/app"
	"tieout/internal/contract"
	"tieout/internal/runs"
	"tieout/starter/printer"
)

func (a *program) watchCommand() *cobra.Command {
	w := watching{watch: true}
	c := &cobra.Command{
		Use:   "watch ID",
		Short: "Watch a run to its end and exit by its outcome",
		Long: `Watch a run to its end: what it is doing, how long, bytes, rows and list requests. Ctrl-C ends the watching (exit
code 130), never the run. Of a front, such as a schedule starts, it shows what the run behind it is doing.`,
		Args:              arguments(1, 1, "a run"),
		ValidArgsFunction: a.completePipelines,
		RunE: func(c *cobra.Command, args []string) error {
			if err := w.check(); err != nil {
				return err
			}
			return a.withRun(c.Context(), args[0], func(t client.Client, run client.WorkflowRun) error {
				return a.follow(c.Context(), t, run, w.timeout)
			})
		},
	}
	c.Flags().DurationVar(&w.timeout, "timeout", 0, "give up watching after so long (exit code 8); the run goes on")
	return c
}

// watching is whether a command watches what it started, and for how long; 0 means to the end.
type watching struct {
	watch   bool
	timeout time.Duration
}

// check refuses a --timeout that would bound nothing.
func (w watching) check() error {
	switch {
	case w.timeout < 0:
		return app.Usagef("--timeout %s is negative: give a time such as 30m, or leave it out to wait for the end", w.timeout)
	case w.timeout != 0 && !w.watch:
		return app.Usagef("--timeout bounds the watching: give --watch as well")
	}
	return nil
}

// withRun connects to Temporal, finds the run that name names, and calls do with both.
func (a *program) withRun(ctx context.Context, name string, do func(client.Client, client.WorkflowRun) error) error {
	return a.withTemporal(ctx, func(c client.Client) error {
		id, err := runs.Find(ctx, c, name)
		if err != nil {
			return err
		}
		_, err = c.DescribeWorkflowExecution(ctx, id, "")
		if runs.IsNotFound(err) {
			return fmt.Errorf("there is no run %s: `%s runs` lists those that there are", id, a.name)
		}
		if err != nil {
			return fmt.Errorf("looking at run %s: %w", id, err)
		}
		return do(c, c.GetWorkflow(ctx, id, ""))
	})
}

// follow watches a run to its end, shows the end, and returns the error for its exit code.
func (a *program) follow(ctx context.Context, c client.Client, run client.WorkflowRun, timeout time.Duration) error {
	watching, cancel := ctx, context.CancelFunc(func() {})
	if timeout > 0 {
		watching, cancel = context.WithTimeout(ctx, timeout)
	}
	defer cancel()
	progress := printer.NewProgress(&a.Printer, a.name, run.GetID(), a.now)
	result, err := runs.Watch(watching, c, run, progress.Show)
	progress.End()
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

// conclude shows the end of a run, and returns the error for its exit code.
func (a *program) conclude(ctx context.Context, result *contract.ExtractResult, err error) error {
	failure, failed := runs.FailureOf(err)
	switch {
	case err == nil && a.JSON:
		return cmp.Or(a.Document(result), ended(runs.ExitCode(result, nil)))
	case err == nil:
		return cmp.Or(a.showResult(ctx, result), ended(runs.ExitCode(result, nil)))
	case failed && a.JSON:
		return cmp.Or(a.Document(failure), ended(runs.ExitCode(nil, err)))
	case failed && failure.Result != nil:
		return cmp.Or(a.showResult(ctx, failure.Result), err)
	}
	return err
}
