package systemtest

import (
	"context"
	"fmt"
	"os"
	"regexp"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/client"

	"tieout/internal/contract"
)

// Histories reads the history of a run and those of its tie-outs, which it started as children.
func Histories(ctx context.Context, c client.Client, workflowID, runID string) ([]*history.History, error) {
	run, err := readHistory(ctx, c, workflowID, runID)
	if err != nil {
		return nil, err
	}
	all := []*history.History{run}
	for _, event := range run.Events {
		started := event.GetChildWorkflowExecutionStartedEventAttributes()
		if started.GetWorkflowType().GetName() != contract.TypeReconcile {
			continue
		}
		tieOut, err := readHistory(ctx, c, started.GetWorkflowExecution().GetWorkflowId(), started.GetWorkflowExecution().GetRunId())
		if err != nil {
			return nil, err
		}
		all = append(all, tieOut)
	}
	return all, nil
}

func readHistory(ctx context.Context, c client.Client, workflowID, runID string) (*history.History, error) {
	events := c.GetWorkflowHistory(ctx, workflowID, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	var h history.History
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return nil, fmt.Errorf("reading the history of %s: %w", workflowID, err)
		}
		h.Events = append(h.Events, event)
	}
	return &h, nil
}

// identity is the process that did a piece of work, which no replay needs.
var identity = regexp.MustCompile(`"identity": "[^"]*"`)

// WriteHistories writes what Histories returns to <prefix>.json and <prefix>-tieout-<n>.json.
func WriteHistories(prefix string, histories []*history.History) error {
	for i, h := range histories {
		text, err := temporalproto.CustomJSONMarshalOptions{Indent: " "}.Marshal(h)
		if err != nil {
			return fmt.Errorf("encoding a history of %s: %w", prefix, err)
		}
		path := prefix + ".json"
		if i > 0 {
			path = fmt.Sprintf("%s-tieout-%d.json", prefix, i)
		}
		text = identity.ReplaceAll(text, []byte(`"identity": "worker"`))
		if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
			return fmt.Errorf("writing a history: %w", err)
		}
	}
	return nil
}
