package main

import (
	"context"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"tieout/starter/printer"
	"tieout/starter/schedule"
)

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
	for _, warning := range settings.Warnings {
		a.Say("%s %s", a.Paint(printer.Yellow, "warning:"), warning)
	}
	wanted, err := schedule.Wanted(settings)
	if err != nil {
		return err
	}
	return a.withTemporal(ctx, func(c client.Client) error {
		existing, err := schedule.Existing(ctx, c.ScheduleClient(), wanted)
		if err != nil {
			return err
		}
		steps := schedule.Plan(wanted, existing, prune)
		for _, s := range steps {
			if !dryRun {
				if err := s.Apply(ctx, c.ScheduleClient(), wanted[s.ID]); err != nil {
					return err
				}
			}
			if !a.JSON {
				a.showStep(s, dryRun)
			}
		}
		if a.JSON {
			return a.Document(map[string]any{"applied": !dryRun, "schedules": steps})
		}
		if len(steps) == 0 {
			a.Say("No pipeline in %s has a schedule, and there is none to remove.", settings.Path)
		}
		return nil
	})
}

func (a *program) showStep(s schedule.Step, dryRun bool) {
	word, changed := map[schedule.Action]string{schedule.Create: "created", schedule.Update: "updated", schedule.Remove: "removed"}[s.Do]
	switch {
	case !changed:
		word = string(s.Do)
	case dryRun:
		word = "would be " + word
	}
	a.Printf("%s\t%s\n", s.ID, word)
	for _, change := range s.Changes {
		a.Printf("  %s\n", printer.Visible(change))
	}
	if s.Do == schedule.Extra {
		a.Say("%s is not in the configuration: apply --prune removes it.", s.ID)
	}
}
