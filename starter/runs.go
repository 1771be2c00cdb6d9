package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"tieout/internal/app"
	"tieout/internal/contract"
	"tieout/internal/runs"
	"tieout/starter/printer"
)

func (a *program) runsCommand() *cobra.Command {
	var f runs.Filter
	c := &cobra.Command{
		Use:   "runs",
		Short: "List runs with their outcomes and findings, newest first",
		Args:  arguments(0, 0, "no arguments"),
		RunE:  func(c *cobra.Command, _ []string) error { return a.listRuns(c.Context(), f) },
	}
	c.Flags().StringVar(&f.Pipeline, "pipeline", "", "only runs of this pipeline")
	c.Flags().StringVar(&f.BusinessDate, "date", "", "only runs of this business date")
	c.Flags().StringVar(&f.Outcome, "outcome", "", "only runs that are clean, findings, empty, approved, rejected, review, ambiguous, running or failed")
	c.Flags().IntVar(&f.Limit, "limit", 20, "how many runs at most")
	_ = c.RegisterFlagCompletionFunc("pipeline", a.completePipelines)
	_ = c.RegisterFlagCompletionFunc("outcome", cobra.FixedCompletions(runOutcomes(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

func runOutcomes() []cobra.Completion {
	var words []cobra.Completion
	for _, outcome := range contract.Outcomes() {
		words = append(words, string(outcome))
	}
	return append(words, string(contract.AttributeReview), string(contract.AttributeAmbiguous), runs.StatusRunning, runs.StatusFailed)
}

func (a *program) listRuns(ctx context.Context, f runs.Filter) error {
	if f.Outcome != "" && !slices.Contains(runOutcomes(), f.Outcome) {
		return app.Usagef("--outcome %q is none of %s", f.Outcome, strings.Join(runOutcomes(), ", "))
	}
	if f.Limit < 1 {
		return app.Usagef("--limit %d: give 1 or more", f.Limit)
	}
	if err := aDate("--date", f.BusinessDate); err != nil {
		return err
	}
	return a.withTemporal(ctx, func(c client.Client) error {
		listed, err := runs.List(ctx, c, f)
		if err != nil {
			return err
		}
		if err := runs.NameFailures(ctx, c, listed); err != nil {
			return err
		}
		if len(listed) == 0 && !a.JSON {
			a.Say("No run is like that.")
		}
		return a.Show(append([]runs.Run{}, listed...), runsTable(listed))
	})
}

func runsTable(listed []runs.Run) *printer.Table {
	t := printer.NewTable("run", "date", "status", "outcome", "findings", "started", "took").AlignRight(4)
	for _, run := range listed {
		findings, took := "", ""
		if run.Findings != nil {
			findings = strconv.FormatInt(*run.Findings, 10)
		}
		if run.Ended != nil {
			took = printer.Duration(run.Ended.Sub(run.Started))
		}
		t.AddColored(colorOf(run), run.WorkflowID, run.BusinessDate, run.Status, run.Outcome, findings, printer.Time(run.Started), took)
	}
	return t
}

// colorOf returns the colour of the line of a run.
func colorOf(run runs.Run) string {
	switch {
	case run.Status == runs.StatusRunning:
		return printer.Cyan
	case run.Status != "completed", run.Outcome == string(contract.OutcomeRejected):
		return printer.Red
	case run.Outcome == string(contract.OutcomeFindings):
		return printer.Yellow
	case run.Outcome == string(contract.OutcomeClean), run.Outcome == string(contract.OutcomeApproved):
		return printer.Green
	}
	return ""
}
