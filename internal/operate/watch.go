package operate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"tieout/workflows"
)

// Status is where a run is, as far as it can be told: the query needs a live worker, the rest does not.
type Status struct {
	Progress workflows.Progress `json:"progress"`
	// Activity is the activity that is going on, Attempt its attempt.
	Activity string `json:"activity,omitempty"`
	Attempt  int32  `json:"attempt,omitempty"`
	// Message is what its last attempt said: "Running for 12m, poll 9, next in 60s".
	Message string `json:"message,omitempty"`
	// Bytes, Of and Rows are what its heartbeats say.
	Bytes int64 `json:"bytes,omitempty"`
	Of    int64 `json:"of,omitempty"`
	Rows  int64 `json:"rows,omitempty"`
}

// beat is what the activities' heartbeats may hold (landing.Checkpoint, and the progress of scans and lists).
type beat struct {
	Received int64 `json:"received"`
	Length   int64 `json:"length"`
	Bytes    int64 `json:"bytes"`
	Of       int64 `json:"of"`
	Rows     int64 `json:"rows"`
}

// look is how often a run is looked at.
const look = time.Second

// Watch follows a run to its end and calls show whenever its status changed. It returns the run's result, or the
// error that it failed with; the context's error means that the watching ended, not the run.
func Watch(ctx context.Context, c client.Client, run client.WorkflowRun, show func(Status)) (*workflows.ExtractResult, error) {
	type end struct {
		result workflows.ExtractResult
		err    error
	}
	ended := make(chan end, 1)
	go func() {
		var e end
		e.err = run.Get(ctx, &e.result)
		ended <- e
	}()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	var shown Status
	for {
		if status, err := Describe(ctx, c, run.GetID(), run.GetRunID()); err == nil && !reflect.DeepEqual(status, shown) {
			shown = status
			show(status)
		}
		select {
		case e := <-ended:
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if e.err != nil {
				return nil, e.err
			}
			return &e.result, nil
		case <-ticker.C:
		}
	}
}

// Describe tells where a run is.
func Describe(ctx context.Context, c client.Client, workflowID, runID string) (Status, error) {
	var status Status
	described, err := c.DescribeWorkflowExecution(ctx, workflowID, runID)
	if err != nil {
		return status, fmt.Errorf("asking for the run %s: %w", workflowID, err)
	}
	if described.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		asked, cancel := context.WithTimeout(ctx, 2*look)
		defer cancel()
		if answer, err := c.QueryWorkflow(asked, workflowID, runID, workflows.QueryProgress); err == nil {
			if err := answer.Get(&status.Progress); err != nil {
				return status, fmt.Errorf("reading the progress of %s: %w", workflowID, err)
			}
		}
	}
	status.pending(described)
	for _, child := range described.GetPendingChildren() {
		if child.GetWorkflowTypeName() != workflows.TypeReconcile {
			continue
		}
		if below, err := c.DescribeWorkflowExecution(ctx, child.GetWorkflowId(), child.GetRunId()); err == nil {
			status.pending(below)
		}
	}
	return status, nil
}

// pending notes the activity that is going on.
func (s *Status) pending(described *workflowservice.DescribeWorkflowExecutionResponse) {
	for _, activity := range described.GetPendingActivities() {
		s.Activity, s.Attempt = activity.GetActivityType().GetName(), activity.GetAttempt()
		s.Message = activity.GetLastFailure().GetMessage()
		s.Bytes, s.Of, s.Rows = 0, 0, 0
		var details beat
		if payloads := activity.GetHeartbeatDetails(); payloads != nil {
			var raw json.RawMessage
			if converter.GetDefaultDataConverter().FromPayloads(payloads, &raw) == nil && json.Unmarshal(raw, &details) == nil {
				s.Bytes, s.Of, s.Rows = max(details.Received, details.Bytes), max(details.Length, details.Of), details.Rows
			}
		}
	}
}

// ErrDetached says that the watching ended and the run goes on.
var ErrDetached = errors.New("detached: the run goes on")
