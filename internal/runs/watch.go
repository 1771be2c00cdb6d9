package runs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"tieout/internal/contract"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
)

// Status is where a run is, as far as Temporal knows. Progress needs a worker that answers; the rest does not.
type Status struct {
	// Running is false once the run has ended.
	Running  bool              `json:"running"`
	Progress contract.Progress `json:"progress"`
	// Activity is the type of the pending activity, and Attempt counts its attempts from 1.
	Activity string `json:"activity,omitempty"`
	Attempt  int32  `json:"attempt,omitempty"`
	// Message is the failure of the last attempt, such as "Running for 12m, poll 9, next in 60s".
	Message string `json:"message,omitempty"`
	// Bytes, Of and Rows are from the activity's heartbeats: what it has done, of how many bytes.
	Bytes int64 `json:"bytes,omitempty"`
	Of    int64 `json:"of,omitempty"`
	Rows  int64 `json:"rows,omitempty"`
	// List is the list that is being read, and Requests counts the requests for it.
	List     string `json:"list,omitempty"`
	Requests int    `json:"requests,omitempty"`
}

// heartbeat holds the details that the heartbeats of any activity may have: those of a landing, a scan or a list.
type heartbeat struct {
	Received int64  `json:"received"`
	Length   int64  `json:"length"`
	Bytes    int64  `json:"bytes"`
	Of       int64  `json:"of"`
	Rows     int64  `json:"rows"`
	List     string `json:"list"`
	Requests int    `json:"requests"`
}

// lookEvery is the time between two looks at a run.
const lookEvery = time.Second

// Watch follows a run to its end, and calls show once a second with its status. It returns the result of the run or the
// error that the run failed with. The error of the context means that the watching ended and the run goes on. Watch
// goes on while Temporal does not answer, and after a reset of the run.
func Watch(ctx context.Context, c client.Client, run client.WorkflowRun, show func(Status)) (*contract.ExtractResult, error) {
	type end struct {
		result contract.ExtractResult
		err    error
	}
	ended, id := make(chan end, 1), run.GetID()
	go func() {
		for {
			var e end
			e.err = run.Get(ctx, &e.result)
			switch {
			case ctx.Err() != nil:
			case unreachable(e.err):
				select {
				case <-ctx.Done():
				case <-time.After(lookEvery):
				}
				continue
			case wasReset(ctx, c, id, e.err):
				run = c.GetWorkflow(ctx, id, "")
				continue
			}
			ended <- e
			return
		}
	}()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		if status, err := Describe(ctx, c, id, ""); err == nil && status.Running {
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

// wasReset reports whether a run that was terminated is still running. A reset terminates a run, which then goes on
// under another run id.
func wasReset(ctx context.Context, c client.Client, id string, err error) bool {
	if _, terminated := errors.AsType[*temporal.TerminatedError](err); !terminated {
		return false
	}
	newest, err := c.DescribeWorkflowExecution(ctx, id, "")
	return err == nil && newest.GetWorkflowExecutionInfo().GetCloseTime() == nil
}

// Describe asks Temporal where a run is. For a front whose run is running it returns the status of the run.
func Describe(ctx context.Context, c client.Client, workflowID, runID string) (Status, error) {
	var status Status
	described, err := c.DescribeWorkflowExecution(ctx, workflowID, runID)
	if err != nil {
		return status, fmt.Errorf("asking for the run %s: %w", workflowID, err)
	}
	info := described.GetWorkflowExecutionInfo()
	status.Running = info.GetCloseTime() == nil // a paused run is running too
	switch {
	case !status.Running:
	case info.GetType().GetName() == contract.TypeReconcile:
		// A tie-out by itself has one phase and no query.
		status.Progress = contract.Progress{Phase: contract.PhaseTyingOut, Message: "Tying out a landed job again",
			Since: info.GetStartTime().AsTime().Format(time.RFC3339)}
	default:
		if progress, err := askProgress(ctx, c, workflowID, runID); err == nil {
			status.Progress = progress
		}
	}
	if run := status.Progress.Run; run != "" {
		if behind, err := Describe(ctx, c, run, ""); err == nil && behind.Running {
			behind.Progress.Run = run
			return behind, nil
		}
	}
	status.pending(described)
	if status.outdated() {
		status = Status{Running: status.Running, Progress: status.Progress}
	}
	for _, child := range described.GetPendingChildren() {
		if child.GetWorkflowTypeName() != contract.TypeReconcile {
			continue
		}
		if below, err := c.DescribeWorkflowExecution(ctx, child.GetWorkflowId(), child.GetRunId()); err == nil {
			status.pending(below)
		}
	}
	return status, nil
}

// askProgress queries a run for its progress, which only a worker can answer.
func askProgress(ctx context.Context, c client.Client, workflowID, runID string) (contract.Progress, error) {
	var progress contract.Progress
	ctx, cancel := context.WithTimeout(ctx, 2*lookEvery)
	defer cancel()
	answer, err := c.QueryWorkflow(ctx, workflowID, runID, contract.QueryProgress)
	if err != nil {
		return progress, err
	}
	return progress, answer.Get(&progress)
}

// outdated reports whether the activity is of an earlier phase, because the run went on between the two questions.
func (s *Status) outdated() bool {
	switch s.Activity {
	case string(contract.WaitForJob):
		return s.Progress.Phase != contract.PhaseWaiting
	case string(contract.Land):
		return s.Progress.Phase != contract.PhaseLanding
	}
	return false
}

// pending takes over the pending activity of a workflow.
func (s *Status) pending(described *workflowservice.DescribeWorkflowExecutionResponse) {
	for _, activity := range described.GetPendingActivities() {
		s.Activity, s.Attempt = activity.GetActivityType().GetName(), activity.GetAttempt()
		s.Message = activity.GetLastFailure().GetMessage()
		s.Bytes, s.Of, s.Rows, s.List, s.Requests = 0, 0, 0, "", 0
		var details heartbeat
		if payloads := activity.GetHeartbeatDetails(); payloads != nil {
			var raw json.RawMessage
			if converter.GetDefaultDataConverter().FromPayloads(payloads, &raw) == nil && json.Unmarshal(raw, &details) == nil {
				s.Bytes, s.Of, s.Rows = max(details.Received, details.Bytes), max(details.Length, details.Of), details.Rows
				s.List, s.Requests = details.List, details.Requests
			}
		}
	}
}

// unreachable reports whether Temporal did not answer, which says nothing about the run.
func unreachable(err error) bool {
	_, unavailable := errors.AsType[*serviceerror.Unavailable](err)
	_, late := errors.AsType[*serviceerror.DeadlineExceeded](err)
	return unavailable || late
}

// ErrDetached says that the watching ended and the run goes on.
var ErrDetached = errors.New("detached: the run goes on")
