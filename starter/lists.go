package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"tieout/concur"
	"tieout/starter/printer"
)

func (a *program) listsCommand() *cobra.Command {
	return a.onConnection(&cobra.Command{
		Use:   "lists",
		Short: "List the lists that Concur has",
		Args:  arguments(0, 0, "no arguments"),
	}, func(ctx context.Context, client *concur.Client, _ []string) error {
		lists, err := client.Lists(ctx)
		if err != nil {
			return err
		}
		t := printer.NewTable("name", "levels", "id", "").AlignRight(1)
		for _, l := range lists {
			t.Add(l.Name, strconv.Itoa(l.Levels), l.ID, listNote(l))
		}
		return a.Show(documents(lists, func(l concur.List) map[string]any {
			return map[string]any{"id": l.ID, "name": l.Name, "levels": l.Levels, "vendor": l.Vendor, "deleted": l.Deleted}
		}), t)
	})
}

func listNote(l concur.List) string {
	switch {
	case l.Deleted:
		return "deleted"
	case l.Vendor:
		return "vendor list"
	}
	return ""
}
