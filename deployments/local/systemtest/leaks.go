package systemtest

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"

	"tieout/concur/concurtest"
	"tieout/concur/concurtest/extractgen"
)

// checkLeaks searches everything but the landed files for personal data, credentials and tokens.
func (c *checker) checkLeaks(ctx context.Context, ended Ended) {
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
			c.searchZip(key, object, search)
		}
	}
	events, err := c.History(ctx, ended.ID, ended.RunID)
	if err != nil {
		c.problem("%w", err)
	}
	for _, event := range events {
		// Payloads are plain JSON, and stay as they are in the encoded event.
		text, err := proto.Marshal(event)
		if err != nil {
			c.problem("encoding event %d: %w", event.GetEventId(), err)
		}
		search(fmt.Sprintf("event %d, %s", event.GetEventId(), event.GetEventType()), text)
	}
	logs, err := filepath.Glob(filepath.Join(c.scenario.Dir, "*.log"))
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

func (c *checker) searchZip(key string, object []byte, search func(string, []byte)) {
	archive, err := zip.NewReader(bytes.NewReader(object), int64(len(object)))
	if err != nil {
		c.problem("%s cannot be opened: %w", key, err)
		return
	}
	for _, member := range archive.File {
		text, err := fs.ReadFile(archive, member.Name)
		if err != nil {
			c.problem("%s: reading %s: %w", key, member.Name, err)
		}
		search(key+": "+member.Name, text)
	}
}

// History reads the events of a run and of its children, and theirs.
func (p *Pipeline) History(ctx context.Context, workflowID, runID string) ([]*history.HistoryEvent, error) {
	var events []*history.HistoryEvent
	pages := p.scenario.Client.GetWorkflowHistory(ctx, workflowID, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for pages.HasNext() {
		event, err := pages.Next()
		if err != nil {
			return nil, fmt.Errorf("reading the history of %s: %w", workflowID, err)
		}
		events = append(events, event)
		if child := event.GetChildWorkflowExecutionStartedEventAttributes().GetWorkflowExecution(); child != nil {
			below, err := p.History(ctx, child.GetWorkflowId(), child.GetRunId())
			if err != nil {
				return nil, err
			}
			events = append(events, below...)
		}
	}
	return events, nil
}
