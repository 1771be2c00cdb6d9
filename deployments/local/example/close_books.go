package main

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// CloseInput starts CloseBooks.
type CloseInput struct {
	Pipeline     string `json:"pipeline"`
	BusinessDate string `json:"businessDate"` // yyyy-mm-dd
}

// Closed says what has become of the day.
type Closed struct {
	Closed  bool     `json:"closed"`
	Why     string   `json:"why"`
	Posting *Posting `json:"posting,omitempty"`
}

// CloseBooks asks for the extract of a day by a child, by name, and goes on by its verdict.
func CloseBooks(ctx workflow.Context, in CloseInput) (*Closed, error) {
	// The child has an id of its own: it joins the run of the day if that is running, and is answered if that is done.
	extract := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{TaskQueue: "tieout"})
	var result Result
	err := workflow.ExecuteChildWorkflow(extract, "ConcurExtract", in).Get(ctx, &result)
	var failed *temporal.ApplicationError
	switch {
	case errors.As(err, &failed):
		// The type is a stable code, such as ConcurJobFailed or ControlTotals.
		return &Closed{Why: failed.Type() + ": " + failed.Message()}, nil
	case err != nil:
		return nil, err
	}
	switch result.Outcome {
	case "clean", "approved":
	case "empty":
		return &Closed{Closed: true, Why: "nothing to post"}, nil
	default:
		return &Closed{Why: fmt.Sprintf("%s: %d findings on %d rows, see %s", result.Outcome, result.Findings.Count,
			result.Findings.Rows, result.Reports.HTML)}, nil
	}
	var posting Posting
	if err := workflow.ExecuteChildWorkflow(ctx, PostJournal, result).Get(ctx, &posting); err != nil {
		return nil, err
	}
	return &Closed{Closed: true, Why: result.Outcome, Posting: &posting}, nil
}
