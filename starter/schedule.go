package main

import "github.com/spf13/cobra"

func (a *program) scheduleCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "schedule",
		Short: "Make Temporal's schedules equal to the configuration, show them, backfill",
		Long: `Make Temporal's schedules equal to the configuration, show them, backfill. The schedule of a pipeline has the id
extract/<pipeline>. What it starts is a front, whose workflow id is that and the scheduled time, as in
extract/nightly-sae-2026-11-20T09:00:00Z: it starts the run of its date, or joins it, and ends as the run does. The
business date is the date of the scheduled time in the pipeline's zone.`,
		Args: cobra.NoArgs, // without Args and RunE Cobra takes any word for success
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.scheduleApplyCommand(), a.scheduleShowCommand(), a.scheduleRemoveCommand(), a.scheduleBackfillCommand())
	return c
}
