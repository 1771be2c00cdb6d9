package main

import (
	"context"

	"github.com/spf13/cobra"

	"tieout/concur"
	"tieout/starter/printer"
)

func (a *program) definitionsCommand() *cobra.Command {
	return a.onConnection(&cobra.Command{
		Use:   "definitions",
		Short: "List the extract definitions that Concur has",
		Args:  arguments(0, 0, "no arguments"),
	}, func(ctx context.Context, client *concur.Client, _ []string) error {
		definitions, err := client.Definitions(ctx)
		if err != nil {
			return err
		}
		t := printer.NewTable("name", "id")
		for _, d := range definitions {
			t.Add(d.Name, d.ID)
		}
		return a.Show(documents(definitions, func(d concur.Definition) map[string]any {
			return map[string]any{"id": d.ID, "name": d.Name}
		}), t)
	})
}
