package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"tieout/internal/app"
	"tieout/internal/runs"
	"tieout/starter/printer"
	"tieout/starter/schedule"
)

// shownNext is how many of the next times of a schedule are shown.
const shownNext = 3

func (a *program) scheduleShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "show [PIPELINE]",
		Short:             "Show schedules with their next and recent runs",
		Args:              arguments(0, 1, "at most one pipeline"),
		ValidArgsFunction: a.completePipelines,
		RunE: func(c *cobra.Command, args []string) error {
			return a.withTemporal(c.Context(), func(t client.Client) error { return a.showSchedules(c.Context(), t, args) })
		},
	}
}

func (a *program) showSchedules(ctx context.Context, c client.Client, pipelines []string) error {
	ids := []string{}
	if len(pipelines) > 0 {
		ids = append(ids, schedule.ID(pipelines[0]))
	} else {
		existing, err := schedule.Existing(ctx, c.ScheduleClient(), nil)
		if err != nil {
			return err
		}
		ids = slices.Sorted(maps.Keys(existing))
	}
	shown := []schedule.Description{}
	for _, id := range ids {
		d, err := schedule.Describe(ctx, c, id)
		switch {
		case runs.IsNotFound(err) && len(pipelines) > 0:
			return app.Usagef("there is no schedule %s: `%s schedule apply` makes it", id, a.name)
		case runs.IsNotFound(err): // removed since it was listed
			continue
		case err != nil:
			return fmt.Errorf("asking for the schedule %s: %w", id, err)
		}
		shown = append(shown, d)
	}
	if a.JSON {
		return a.Document(shown)
	}
	for _, d := range shown {
		a.showSchedule(d)
	}
	if len(shown) == 0 {
		a.Say("There is no schedule: `%s schedule apply` makes those of the configuration.", a.name)
	}
	return nil
}

func (a *program) showSchedule(d schedule.Description) {
	state := a.Paint(printer.Green, "active")
	if d.Paused {
		state = a.Paint(printer.Yellow, "paused")
	}
	a.Printf("%s  %s  %s  %s\n", a.Paint(printer.Bold, d.ID), printer.Visible(d.Times), d.TimeZone, state)
	if d.Note != "" {
		a.Printf("  note    %s\n", printer.Visible(d.Note))
	}
	zone, err := time.LoadLocation(d.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	label := "next"
	for _, next := range d.Next[:min(shownNext, len(d.Next))] {
		a.Printf("  %-6s  %s\n", label, next.In(zone).Format("2006-01-02 15:04 MST"))
		label = ""
	}
	if d.Missed > 0 || d.Skipped > 0 {
		a.Printf("  missed  %d came too late for catch-up, %d skipped for overlap\n", d.Missed, d.Skipped)
	}
	if len(d.Recent) > 0 {
		a.Table(runsTable(d.Recent))
	}
}
