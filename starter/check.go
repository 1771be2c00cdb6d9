package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"tieout/internal/app"
	"tieout/internal/contract"
	"tieout/internal/pipeline"
	"tieout/internal/report"
	"tieout/internal/runs"
)

// checkOptions are the flags of check.
type checkOptions struct {
	pipeline, lists, out, date string
	workers                    int
}

func (a *program) checkCommand() *cobra.Command {
	var o checkOptions
	c := &cobra.Command{
		Use:   "check FILE…",
		Short: "Tie out files on disk against list snapshots on disk",
		Long: `Tie out the files of an extract on disk against list snapshots on disk: no Temporal, no S3, no Concur, no credentials.
The snapshots are the lists/<list>.json that a tie-out keeps beside its report ("tieout report ID --download DIR" brings
them). Several files are those of one job. What compares a run with earlier ones stays out: statuses, retired codes of
earlier snapshots, gaps and repeats of batches.`,
		Example: "  tieout check extract.txt --pipeline nightly-sae --lists lists --out report",
		Args:    arguments(1, -1, "one file or several"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.check(c.Context(), args, o)
		},
	}
	c.Flags().StringVar(&o.pipeline, "pipeline", "", "whose format, checks and waivers apply; may be left out where there is one")
	c.Flags().StringVar(&o.lists, "lists", "lists", "the directory with the list snapshots")
	c.Flags().StringVar(&o.out, "out", "", "write report.json, report.html, report.xlsx, findings.csv and rows.csv into this directory")
	c.Flags().StringVar(&o.date, "date", "", "the business date, by which waivers end; today unless given")
	c.Flags().IntVar(&o.workers, "workers", 0, "how many cores to use; all unless given")
	_ = c.RegisterFlagCompletionFunc("pipeline", a.completePipelines)
	_ = c.MarkFlagDirname("lists")
	_ = c.MarkFlagDirname("out")
	return c
}

func (a *program) check(ctx context.Context, files []string, o checkOptions) error {
	settings, err := a.settingsWithoutSecrets()
	if err != nil {
		return err
	}
	p, err := settings.Pipeline(o.pipeline)
	if err != nil {
		return app.Usagef("%w", err)
	}
	if err := aDate("--date", o.date); err != nil {
		return err
	}
	if o.workers < 0 {
		return app.Usagef("--workers %d: give 1 or more, or leave it out to use all cores", o.workers)
	}
	if o.date == "" {
		if o.date, err = a.today(p); err != nil {
			return err
		}
	}
	t, err := newCheck(p, files, o)
	if err != nil {
		return err
	}
	t.Basis.At, t.Evidence.Config = a.now(), settings.Hash
	scanned, err := t.Scan(ctx)
	if err != nil {
		return err
	}
	judged, err := t.Judge(ctx, scanned)
	if err != nil {
		return err
	}
	if o.out != "" {
		if err := os.MkdirAll(o.out, 0o755); err != nil {
			return fmt.Errorf("making the directory of the reports: %w", err)
		}
		if _, err := judged.Write(ctx); err != nil {
			return err
		}
	}
	if a.JSON {
		err = report.WriteJSON(a.Out, judged.Document)
	} else {
		err = report.WriteSummary(a.Out, judged.Document, report.SummaryOptions{Color: a.Color, Width: a.Width})
	}
	if err != nil {
		return err
	}
	if judged.ControlTotalsFail() {
		return ended(runs.ExitControlTotals)
	}
	return ended(runs.ExitCode(&contract.ExtractResult{Outcome: judged.Outcome}, nil))
}

func (a *program) today(p pipeline.Pipeline) (string, error) {
	zone, err := p.Location()
	if err != nil {
		return "", fmt.Errorf("time zone of pipeline %s: %w", p.Name, err)
	}
	return a.now().In(zone).Format("2006-01-02"), nil
}
