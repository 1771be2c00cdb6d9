package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"tieout/concur"
	"tieout/starter/printer"
)

func (a *program) jobsCommand() *cobra.Command {
	return a.onConnection(&cobra.Command{
		Use:   "jobs DEFINITION",
		Short: "List the last jobs of a definition, as Concur lists them",
		Args:  arguments(1, 1, "a definition, by name or id"),
	}, func(ctx context.Context, client *concur.Client, args []string) error {
		definitions, err := client.Definitions(ctx)
		if err != nil {
			return err
		}
		definition, err := concur.ChooseDefinition(definitions, args[0])
		if err != nil {
			return badChoice(err)
		}
		jobs, err := client.Jobs(ctx, definition.ID)
		if err != nil {
			return err
		}
		return a.Show(documents(jobs, jobDocument), jobsTable(jobs))
	})
}

func jobsTable(jobs []concur.Job) *printer.Table {
	t := printer.NewTable("job", "state", "started", "stopped")
	for _, j := range jobs {
		state, color := string(j.State), ""
		switch j.State {
		case concur.Unknown:
			state += " (" + j.Status + ")"
		case concur.Failed:
			color = printer.Red
		}
		t.AddColored(color, j.ID, state, printer.Time(j.StartTime), printer.Time(j.StopTime))
	}
	return t
}

func jobDocument(j concur.Job) map[string]any {
	return map[string]any{"id": j.ID, "state": j.State, "status": j.Status, "startTime": timeOrNil(j.StartTime), "stopTime": timeOrNil(j.StopTime)}
}

// timeOrNil returns a time for JSON: null where Concur gave none.
func timeOrNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC()
}
