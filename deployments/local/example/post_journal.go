package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Posting is what PostJournal has posted.
type Posting struct {
	// Job names the posting in the ledger: the same job is never posted twice.
	Job   string   `json:"job"`
	Lines []string `json:"lines"`
}

// PostJournal posts an extract that tieout handed over. tieout.yaml names it under next.
func PostJournal(ctx workflow.Context, result Result) (*Posting, error) {
	if result.Schema != 1 {
		return nil, temporal.NewNonRetryableApplicationError(fmt.Sprintf("The result has schema %d; this worker reads 1.", result.Schema), "UnknownSchema", nil)
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, Summary: "Post to the ledger"})
	var posting Posting
	if err := workflow.ExecuteActivity(ctx, activityPost, result).Get(ctx, &posting); err != nil {
		return nil, err
	}
	return &posting, nil
}

const activityPost = "Post"

// Ledger stands for the accounting system.
type Ledger struct {
	// ClosedUntil is the last business date whose period is closed, yyyy-mm-dd; empty for none.
	ClosedUntil string
}

// Post writes a line for the whole extract, and one per currency for the amounts set aside because of findings.
func (l Ledger) Post(ctx context.Context, result Result) (Posting, error) {
	if result.BusinessDate <= l.ClosedUntil {
		return Posting{}, temporal.NewNonRetryableApplicationError(
			fmt.Sprintf("the ledger is closed until %s", l.ClosedUntil), "PeriodClosed", nil)
	}
	posting := Posting{Job: result.Job.ID, Lines: []string{
		fmt.Sprintf("%s of %s, %s: %d records, journal total %s", result.Pipeline, result.BusinessDate, result.Outcome,
			result.Control.Records, result.Control.Total)}}
	for _, currency := range slices.Sorted(maps.Keys(result.Findings.Amounts)) {
		amount := result.Findings.Amounts[currency]
		posting.Lines = append(posting.Lines, fmt.Sprintf("set aside %s: net %s, gross %s", currency, amount.Net, amount.Gross))
	}
	for _, line := range posting.Lines {
		activity.GetLogger(ctx).Info(line)
	}
	return posting, nil
}
