package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"tieout/internal/contract"
	"tieout/internal/runs"
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
	c.Flags().StringVar(&f.Outcome, "outcome", "", "only runs that are clean, findings, empty, approved, rejected, review, running or failed")
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
	return append(words, string(contract.AttributeReview), runs.StatusRunning, runs.StatusFailed)
}

func (a *program) listRuns(ctx context.Context, f runs.Filter) error {
	if f.Outcome != "" && !contains(runOutcomes(), f.Outcome) {
		return &usageError{message: fmt.Sprintf("--outcome %q is none of %s", f.Outcome, strings.Join(runOutcomes(), ", "))}
	}
	if f.Limit < 1 {
		return &usageError{message: fmt.Sprintf("--limit %d: give 1 or more", f.Limit)}
	}
	if err := aDate("--date", f.BusinessDate); err != nil {
		return err
	}
	c, err := a.temporal(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	listed, err := runs.List(ctx, c, f)
	if err != nil {
		return err
	}
	if err := nameFailures(ctx, c, listed); err != nil {
		return err
	}
	if a.json {
		return a.document(append([]runs.Run{}, listed...))
	}
	a.table(runsTable(listed))
	if len(listed) == 0 {
		a.say("No run is like that.")
	}
	return nil
}

// nameFailures puts the code that a run failed with in the place of its outcome; Temporal's list does not know it.
func nameFailures(ctx context.Context, c client.Client, listed []runs.Run) error {
	for i := range listed {
		if listed[i].Status != runs.StatusFailed {
			continue
		}
		err := c.GetWorkflow(ctx, listed[i].WorkflowID, listed[i].RunID).Get(ctx, nil)
		if failure, ok := runs.FailureOf(err); ok {
			listed[i].Outcome = failure.Code
		} else if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

func runsTable(listed []runs.Run) *table {
	t := newTable("run", "date", "status", "outcome", "findings", "started", "took")
	t.alignRight(4)
	for i, run := range listed {
		findings, took := "", ""
		if run.Findings != nil {
			findings = strconv.FormatInt(*run.Findings, 10)
		}
		if run.Ended != nil {
			took = tookOf(run)
		}
		t.add(run.WorkflowID, run.BusinessDate, run.Status, run.Outcome, findings, moment(run.Started), took)
		t.tone[i] = toneOf(run.Status, run.Outcome)
	}
	return t
}

func tookOf(run runs.Run) string { return took(run.Ended.Sub(run.Started)) }

// toneOf is the colour of a run's line.
func toneOf(status, outcome string) string {
	switch {
	case status == runs.StatusRunning:
		return cyan
	case status != "completed", outcome == string(contract.OutcomeRejected):
		return red
	case outcome == string(contract.OutcomeFindings):
		return yellow
	case outcome == string(contract.OutcomeClean), outcome == string(contract.OutcomeApproved):
		return green
	}
	return ""
}

func contains(words []string, word string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}
