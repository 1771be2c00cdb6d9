package runs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"tieout/internal/contract"
)

// Status is where a run is, as far as it can be told: the query needs a live worker, the rest does not.
type Status struct {
	// Running is false once the run has ended.
	Running  bool              `json:"running"`
	Progress contract.Progress `json:"progress"`
	// Activity is the activity that is going on, Attempt its attempt.
	Activity string `json:"activity,omitempty"`
	Attempt  int32  `json:"attempt,omitempty"`
	// Message is what its last attempt said: "Running for 12m, poll 9, next in 60s".
	Message string `json:"message,omitempty"`
	// Bytes, Of and Rows are what its heartbeats say.
	Bytes int64 `json:"bytes,omitempty"`
	Of    int64 `json:"of,omitempty"`
	Rows  int64 `json:"rows,omitempty"`
	// List is the list that is being read, Requests what that has cost so far.
	List     string `json:"list,omitempty"`
	Requests int    `json:"requests,omitempty"`
}

// look is how often a run is looked at.
const look = time.Second

// Watch follows a run to its end and calls show at every look, once a second. It returns the run's result, or the
// error that it failed with; the context's error means that the watching ended, not the run. A Temporal that does not
// answer for a while does not end it, nor does a reset of the run.
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
				case <-time.After(look):
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
	ticker := time.NewTicker(look)
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

// wasReset reports whether a run that was terminated is running all the same: a reset terminates it, and it goes on under
// another run id.
func wasReset(ctx context.Context, c client.Client, id string, err error) bool {
	var terminated *temporal.TerminatedError
	if !errors.As(err, &terminated) {
		return false
	}
	newest, err := c.DescribeWorkflowExecution(ctx, id, "")
	return err == nil && newest.GetWorkflowExecutionInfo().GetCloseTime() == nil
}

// Describe says where a run is; of a front whose run is running, where that one is.
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
	if status.behind() {
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

// askProgress asks a run what it is doing; a worker must be up to answer.
func askProgress(ctx context.Context, c client.Client, workflowID, runID string) (contract.Progress, error) {
	var progress contract.Progress
	ctx, cancel := context.WithTimeout(ctx, 2*look)
	defer cancel()
	answer, err := c.QueryWorkflow(ctx, workflowID, runID, contract.QueryProgress)
	if err != nil {
		return progress, err
	}
	return progress, answer.Get(&progress)
}

// behind tells that the activity is of an earlier phase: the run went on between the two questions.
func (s *Status) behind() bool {
	switch s.Activity {
	case string(contract.WaitForJob):
		return s.Progress.Phase != contract.PhaseWaiting
	case string(contract.Land):
		return s.Progress.Phase != contract.PhaseLanding
	}
	return false
}

// pending notes the activity that is going on.
func (s *Status) pending(described *workflowservice.DescribeWorkflowExecutionResponse) {
	for _, activity := range described.GetPendingActivities() {
		s.Activity, s.Attempt = activity.GetActivityType().GetName(), activity.GetAttempt()
		s.Message = activity.GetLastFailure().GetMessage()
		s.Bytes, s.Of, s.Rows, s.List, s.Requests = 0, 0, 0, "", 0
		var heartbeat contract.Heartbeat
		if payloads := activity.GetHeartbeatDetails(); payloads != nil && converter.GetDefaultDataConverter().FromPayloads(payloads, &heartbeat) == nil {
			s.Bytes, s.Of, s.Rows = max(heartbeat.Received, heartbeat.Bytes), max(heartbeat.Length, heartbeat.Of), heartbeat.Rows
			s.List, s.Requests = heartbeat.List, heartbeat.Requests
		}
	}
}

// unreachable tells that Temporal did not answer, which says nothing of the run.
func unreachable(err error) bool {
	var unavailable *serviceerror.Unavailable
	var late *serviceerror.DeadlineExceeded
	return errors.As(err, &unavailable) || errors.As(err, &late)
}

// ErrDetached says that the watching ended and the run goes on.
var ErrDetached = errors.New("detached: the run goes on")
