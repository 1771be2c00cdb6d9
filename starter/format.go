package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"tieout/internal/app"
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
	"tieout/starter/printer"
)

func (a *program) formatCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "format sae|prae",
		Short:     "Print a format's columns: numbers, names for tieout.yaml, what they hold",
		Args:      arguments(1, 1, "a format"),
		ValidArgs: []string{extractfile.FormatSAE, extractfile.FormatPRAE},
		RunE: func(_ *cobra.Command, args []string) error {
			layout, err := extractfile.NewLayout(pipeline.Format{Name: args[0]})
			if err != nil || len(layout.Columns()) == 0 {
				return app.Usagef("%q is no format with published columns: sae and prae are", args[0])
			}
			t := printer.NewTable("column", "name", "what it holds").AlignRight(0)
			for _, c := range layout.Columns() {
				t.Add(strconv.Itoa(c.Number), c.Name, c.Text)
			}
			return a.Show(layout.Columns(), t)
		},
	}
}
