// Command record writes the history of a run, and of its tie-outs, to JSON files that workflows/replay_test.go replays:
//
//	TEMPORAL_ADDRESS=127.0.0.1:7233 go run ./deployments/local/record extract/nightly-sae/2026-11-20 workflows/testdata/replay/v2-quiet
//
// It reads what the version that ran has written, so record before a change that touches histories, and keep the files.
package main

import (
	"context"
	"fmt"
	"os"
	"regexp"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"tieout/internal/app"
	"tieout/internal/contract"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: record WORKFLOW-ID FILE-PREFIX")
		os.Exit(2)
	}
	if err := record(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

func record(ctx context.Context, workflowID, prefix string) error {
	c, _, err := app.Dial(ctx, zap.NewNop())
	if err != nil {
		return err
	}
	defer c.Close()
	run, err := read(ctx, c, workflowID, "")
	if err != nil {
		return err
	}
	if err := write(prefix+".json", run); err != nil {
		return err
	}
	tieOuts := 0
	for _, event := range run.Events {
		started := event.GetChildWorkflowExecutionStartedEventAttributes()
		if started.GetWorkflowType().GetName() != contract.TypeReconcile {
			continue
		}
		tieOuts++
		child, err := read(ctx, c, started.GetWorkflowExecution().GetWorkflowId(), started.GetWorkflowExecution().GetRunId())
		if err != nil {
			return err
		}
		if err := write(fmt.Sprintf("%s-tieout-%d.json", prefix, tieOuts), child); err != nil {
			return err
		}
	}
	return nil
}

func read(ctx context.Context, c client.Client, workflowID, runID string) (*history.History, error) {
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

// identity names the process and the machine that did a piece of work, which a replay does not need.
var identity = regexp.MustCompile(`"identity": "[^"]*"`)

func write(path string, h *history.History) error {
	text, err := temporalproto.CustomJSONMarshalOptions{Indent: " "}.Marshal(h)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", path, err)
	}
	text = identity.ReplaceAll(text, []byte(`"identity": "worker"`))
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
