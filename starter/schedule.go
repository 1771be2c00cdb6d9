package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"tieout/internal/app"
)

func (a *program) scheduleCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "schedule",
		Short: "Make Temporal's schedules equal to the configuration, show them, backfill",
		Long: `Make Temporal's schedules equal to the configuration, show them, backfill. The schedule of a pipeline has the id
extract/<pipeline>. What it starts is a front, whose workflow id is that and the scheduled time, as in
extract/nightly-sae-2026-11-20T09:00:00Z: it starts the run of its date, or joins it, and ends as the run does. The
business date is the date of the scheduled time in the pipeline's zone.`,
	}
	c.AddCommand(a.scheduleApplyCommand(), a.scheduleShowCommand(), a.scheduleRemoveCommand(), a.scheduleBackfillCommand())
	return c
}

func (a *program) scheduleApplyCommand() *cobra.Command {
	var prune, dryRun bool
	c := &cobra.Command{
		Use:   "apply",
		Short: "Make the schedules of all pipelines equal to the configuration",
		Long: `Make the schedules of all pipelines equal to the configuration: times, zone, jitter, catch-up, overlap, action. Whether
a schedule is paused, and its note, is left as it is. Schedules of pipelines that the configuration does not have are
named, and removed with --prune.`,
		Args: arguments(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return a.applySchedules(c.Context(), prune, dryRun) },
	}
	c.Flags().BoolVar(&prune, "prune", false, "remove the schedules of pipelines that the configuration does not have")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be done, and do nothing")
	return c
}

func (a *program) applySchedules(ctx context.Context, prune, dryRun bool) error {
	settings, err := a.settingsWithoutSecrets()
	if err != nil {
		return err
	}
	a.warn(settings)
	wanted, err := wantedSchedules(settings)
	if err != nil {
		return err
	}
	c, err := a.temporal(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	there, err := schedulesThere(ctx, c, wanted)
	if err != nil {
		return err
	}
	steps := plan(wanted, there, prune)
	for _, s := range steps {
		if !dryRun {
			if err := carryOut(ctx, c.ScheduleClient(), s, wanted[s.ID]); err != nil {
				return err
			}
		}
		if !a.json {
			a.showStep(s, dryRun)
		}
	}
	if a.json {
		return a.document(map[string]any{"applied": !dryRun, "schedules": steps})
	}
	if len(steps) == 0 {
		a.say("No pipeline in %s has a schedule, and there is none to remove.", settings.Path)
	}
	return nil
}

func (a *program) showStep(s step, dryRun bool) {
	word := map[string]string{stepCreate: "created", stepUpdate: "updated", stepRemove: "removed"}[s.Do]
	if dryRun && word != "" {
		word = "would be " + word
	}
	if word == "" {
		word = s.Do
	}
	a.printf("%s\t%s\n", s.ID, word)
	for _, change := range s.Changes {
		a.printf("  %s\n", visible(change))
	}
	if s.Do == stepExtra {
		a.say("%s is not in the configuration: apply --prune removes it.", s.ID)
	}
}

// schedulesThere describes the configured schedules that exist, and names tieout's others.
func schedulesThere(ctx context.Context, c client.Client, wanted map[string]client.ScheduleOptions) (map[string]client.Schedule, error) {
	there := map[string]client.Schedule{}
	entries, err := c.ScheduleClient().List(ctx, client.ScheduleListOptions{PageSize: 200})
	if err != nil {
		return nil, fmt.Errorf("listing Temporal's schedules: %w", err)
	}
	for entries.HasNext() {
		entry, err := entries.Next()
		if err != nil {
			return nil, fmt.Errorf("listing Temporal's schedules: %w", err)
		}
		if isOurs(entry.ID, entry.WorkflowType.Name) {
			there[entry.ID] = client.Schedule{}
		}
	}
	for id := range wanted { // the list lags behind: what is wanted is asked for by its id
		described, err := c.ScheduleClient().GetHandle(ctx, id).Describe(ctx)
		if isNotFound(err) {
			delete(there, id)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("asking for the schedule %s: %w", id, err)
		}
		there[id] = described.Schedule
	}
	return there, nil
}

func isNotFound(err error) bool {
	var notFound *serviceerror.NotFound
	return errors.As(err, &notFound)
}

// carryOut does one step of a plan.
func carryOut(ctx context.Context, c client.ScheduleClient, s step, want client.ScheduleOptions) error {
	var err error
	switch s.Do {
	case stepCreate:
		_, err = c.Create(ctx, want)
	case stepRemove:
		if err = c.GetHandle(ctx, s.ID).Delete(ctx); isNotFound(err) {
			err = nil // the list lags behind
		}
	case stepUpdate:
		err = c.GetHandle(ctx, s.ID).Update(ctx, client.ScheduleUpdateOptions{
			DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
				schedule := in.Description.Schedule // its state, paused or not, stays
				schedule.Spec, schedule.Action = &want.Spec, want.Action
				schedule.Policy = &client.SchedulePolicies{Overlap: want.Overlap, CatchupWindow: want.CatchupWindow, PauseOnFailure: want.PauseOnFailure}
				return &client.ScheduleUpdate{Schedule: &schedule}, nil
			}})
	}
	if err != nil {
		return fmt.Errorf("%s of the schedule %s: %w", s.Do, s.ID, err)
	}
	return nil
}

func (a *program) scheduleRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "remove PIPELINE…",
		Short:             "Remove the schedules of pipelines; their runs go on",
		Args:              arguments(1, -1, "the pipelines"),
		ValidArgsFunction: a.completePipelines,
		RunE: func(c *cobra.Command, args []string) error {
			t, err := a.temporal(c.Context())
			if err != nil {
				return err
			}
			defer t.Close()
			removed := []string{}
			for _, name := range args {
				ids, err := removeSchedules(c.Context(), t.ScheduleClient(), name)
				if err != nil {
					return err
				}
				removed = append(removed, ids...)
			}
			if a.json {
				return a.document(map[string]any{"removed": removed})
			}
			for _, id := range removed {
				a.printf("%s\tremoved\n", id)
			}
			return nil
		},
	}
}

// removeSchedules removes the schedules of one pipeline: that of its runs and that of its due time.
func removeSchedules(ctx context.Context, c client.ScheduleClient, pipeline string) (removed []string, err error) {
	for _, id := range []string{scheduleID(pipeline), app.DueScheduleID(pipeline)} {
		err := c.GetHandle(ctx, id).Delete(ctx)
		if isNotFound(err) {
			continue
		}
		if err != nil {
			return removed, fmt.Errorf("removing the schedule %s: %w", id, err)
		}
		removed = append(removed, id)
	}
	if len(removed) == 0 {
		return nil, &usageError{message: fmt.Sprintf("there is no schedule %s to remove", scheduleID(pipeline))}
	}
	return removed, nil
}
