package main

import (
	"context"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"tieout/internal/contract"
	"tieout/internal/runs"
)

func (a *program) reconcileCommand() *cobra.Command {
	var w watching
	c := &cobra.Command{
		Use:               "reconcile PIPELINE MANIFEST",
		Short:             "Tie out a landed job again, with today's lists and configuration",
		Long:              "Tie out a landed job again, with today's lists and configuration. MANIFEST is its s3://…/manifest.json. No extract is started.",
		Args:              arguments(2, 2, "a pipeline and a manifest"),
		ValidArgsFunction: a.completePipelines,
		RunE: func(c *cobra.Command, args []string) error {
			return a.reconcile(c.Context(), contract.ReconcileInput{Pipeline: args[0], Manifest: args[1]}, w)
		},
	}
	c.Flags().BoolVar(&w.watch, "watch", false, "watch the tie-out to its end and exit by its outcome")
	c.Flags().DurationVar(&w.timeout, "timeout", 0, "with --watch: give up watching after so long (exit code 8)")
	return c
}

func (a *program) reconcile(ctx context.Context, in contract.ReconcileInput, w watching) error {
	if err := w.check(); err != nil {
		return err
	}
	return a.withTemporal(ctx, func(c client.Client) error {
		run, err := runs.Reconcile(ctx, c, in)
		switch {
		case err != nil:
			return err
		case w.watch:
			a.Say("Tying out %s", run.GetID())
			return a.follow(ctx, c, run, w.timeout)
		case a.JSON:
			return a.Document(map[string]any{"workflowId": run.GetID(), "runId": run.GetRunID(), "pipeline": in.Pipeline, "manifest": in.Manifest})
		}
		a.Println(run.GetID())
		a.Say("Started; watch it with: %s watch %s", a.name, run.GetID())
		return nil
	})
}
