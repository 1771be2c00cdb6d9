package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"tieout/internal/contract"
	"tieout/internal/runs"
)

func (a *program) reconcileCommand() *cobra.Command {
	var watch bool
	var timeout time.Duration
	c := &cobra.Command{
		Use:               "reconcile PIPELINE MANIFEST",
		Short:             "Tie out a landed job again, with today's lists and configuration",
		Long:              "Tie out a landed job again, with today's lists and configuration. MANIFEST is its s3://…/manifest.json. No extract is started.",
		Args:              arguments(2, 2, "a pipeline and a manifest"),
		ValidArgsFunction: a.completePipelines,
		RunE: func(c *cobra.Command, args []string) error {
			return a.reconcile(c.Context(), contract.ReconcileInput{Pipeline: args[0], Manifest: args[1]}, watch, timeout)
		},
	}
	c.Flags().BoolVar(&watch, "watch", false, "watch the tie-out to its end and exit by its outcome")
	c.Flags().DurationVar(&timeout, "timeout", 0, "with --watch: give up watching after so long (exit code 8)")
	return c
}

func (a *program) reconcile(ctx context.Context, in contract.ReconcileInput, watch bool, timeout time.Duration) error {
	if err := aWait(timeout, watch); err != nil {
		return err
	}
	c, err := a.temporal(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	run, err := runs.Reconcile(ctx, c, in)
	if err != nil {
		return err
	}
	if watch {
		a.say("Tying out %s", run.GetID())
		return a.follow(ctx, c, run, timeout)
	}
	if a.json {
		return a.document(map[string]any{"workflowId": run.GetID(), "runId": run.GetRunID(), "pipeline": in.Pipeline, "manifest": in.Manifest})
	}
	a.println(run.GetID())
	a.say("Started; watch it with: %s watch %s", a.name, run.GetID())
	return nil
}
