package main

import (
	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"tieout/internal/app"
	"tieout/starter/schedule"
)

func (a *program) scheduleRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "remove PIPELINE…",
		Short:             "Remove the schedules of pipelines; their runs go on",
		Args:              arguments(1, -1, "the pipelines"),
		ValidArgsFunction: a.completePipelines,
		RunE: func(c *cobra.Command, args []string) error {
			return a.withTemporal(c.Context(), func(t client.Client) error {
				removed := []string{}
				for _, name := range args {
					ids, err := schedule.Delete(c.Context(), t.ScheduleClient(), name)
					if err != nil {
						return err
					}
					if len(ids) == 0 {
						return app.Usagef("there is no schedule %s to remove", schedule.ID(name))
					}
					removed = append(removed, ids...)
				}
				if a.JSON {
					return a.Document(map[string]any{"removed": removed})
				}
				for _, id := range removed {
					a.Printf("%s\tremoved\n", id)
				}
				return nil
			})
		},
	}
}
