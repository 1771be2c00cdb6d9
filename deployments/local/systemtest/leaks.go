package systemtest

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"

	"tieout/concur/concurtest"
	"tieout/concur/concurtest/extractgen"
)

// leaks searches everything but the landed files for personal data, credentials and tokens.
func (c *checker) leaks(ctx context.Context, ended Ended) {
	marks := append(extractgen.Canaries(), concurtest.SecretCanaries()...)
	search := func(where string, text []byte) {
		for _, mark := range marks {
			if bytes.Contains(text, []byte(mark)) {
				c.problem("%s holds %s: it leaked", where, mark)
				return
			}
		}
	}
	for key, object := range c.objects {
		if strings.Contains(key, "/raw/") || strings.Contains(key, "/files/") {
			continue
		}
		search(key, object)
		if strings.HasSuffix(key, ".xlsx") {
			c.unzipped(key, object, search)
		}
	}
	events, err := c.night.History(ctx, ended.ID, ended.RunID)
	if err != nil {
		c.problem("%w", err)
	}
	for _, event := range events {
		// Payloads are plain JSON, so that they stand in the encoded event as they are.
		text, err := proto.Marshal(event)
		if err != nil {
			c.problem("encoding event %d: %w", event.GetEventId(), err)
		}
		search(fmt.Sprintf("event %d, %s", event.GetEventId(), event.GetEventType()), text)
	}
	logs, err := filepath.Glob(filepath.Join(c.night.shift.Dir, "*.log"))
	if err != nil {
		c.problem("finding the workers' logs: %w", err)
	}
	for _, path := range logs {
		text, err := os.ReadFile(path)
		if err != nil {
			c.problem("reading a worker's log: %w", err)
		}
		search(filepath.Base(path), text)
	}
}

func (c *checker) unzipped(key string, object []byte, search func(string, []byte)) {
	archive, err := zip.NewReader(bytes.NewReader(object), int64(len(object)))
	if err != nil {
		c.problem("%s cannot be opened: %w", key, err)
		return
	}
	for _, member := range archive.File {
		body, err := member.Open()
		if err != nil {
			c.problem("%s: opening %s: %w", key, member.Name, err)
			continue
		}
		text, err := io.ReadAll(body)
		body.Close()
		if err != nil {
			c.problem("%s: reading %s: %w", key, member.Name, err)
		}
		search(key+": "+member.Name, text)
	}
}

// History reads the events of a run and of the children below it.
func (n *Night) History(ctx context.Context, workflowID, runID string) ([]*history.HistoryEvent, error) {
	var events []*history.HistoryEvent
	pages := n.shift.Client.GetWorkflowHistory(ctx, workflowID, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for pages.HasNext() {
		event, err := pages.Next()
		if err != nil {
			return nil, fmt.Errorf("reading the history of %s: %w", workflowID, err)
		}
		events = append(events, event)
		if child := event.GetChildWorkflowExecutionStartedEventAttributes().GetWorkflowExecution(); child != nil {
			below, err := n.History(ctx, child.GetWorkflowId(), child.GetRunId())
			if err != nil {
				return nil, err
			}
			events = append(events, below...)
		}
	}
	return events, nil
}
