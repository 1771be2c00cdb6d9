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

// Closed says whether the books of the day are closed, and why.
type Closed struct {
	Closed  bool     `json:"closed"`
	Why     string   `json:"why"`
	Posting *Posting `json:"posting,omitempty"`
}

// CloseBooks asks for the extract of a day by a child workflow, and closes the books if its verdict allows that.
func CloseBooks(ctx workflow.Context, in CloseInput) (*Closed, error) {
	// The child joins the run of the day while that is running, and is answered with its verdict afterwards.
	extract := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{TaskQueue: "tieout"})
	var result Result
	err := workflow.ExecuteChildWorkflow(extract, "ConcurExtract", in).Get(ctx, &result)
	if failed, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		// The type is a stable code, such as ConcurJobFailed or ControlTotals.
		return &Closed{Why: failed.Type() + ": " + failed.Message()}, nil
	}
	if err != nil {
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
