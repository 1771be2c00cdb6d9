package systemtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
	"tieout/internal/runs"
	"tieout/workflows"
)

// BusinessDate is that of a night that names no other.
const BusinessDate = "2026-11-20"

// Night is one pipeline with a simulated Concur of its own.
type Night struct {
	// Name is the pipeline's and the connection's.
	Name  string
	World concurtest.World
	// Settings replace keys of the pipeline in tieout.yaml, Connection those of its connection; nil removes a key.
	Settings, Connection map[string]any
	Concur               *concurtest.Server
	// Date is the business date of the runs to come; BusinessDate where it is left out.
	Date string

	shift *Shift
	ahead atomic.Int64 // Concur's clock before ours
	mu    sync.Mutex
	traps []*trap
	given []concurtest.Request // those that were given a token
}

// trap stops a request to Concur.
type trap struct {
	operation concurtest.Operation
	point     concurtest.Point
	nth       int
	call      func()
}

func (n *Night) begin(s *Shift) {
	n.shift = s
	if n.Date == "" {
		n.Date = BusinessDate
	}
	n.Concur = concurtest.NewServer(n.World, concurtest.WithObserver(n.observe), concurtest.WithClock(n.now))
}

// Hurry lets ten minutes pass at Concur.
func (n *Night) Hurry() { n.Pass(10 * time.Minute) }

// Pass lets time pass at Concur.
func (n *Night) Pass(d time.Duration) { n.ahead.Add(int64(d)) }

func (n *Night) now() time.Time { return time.Now().Add(time.Duration(n.ahead.Load())) }

// On calls once when the n-th request of an operation reaches a point (concurtest.Received, Acted, Answered), while
// the client waits. Requests count from the first one that the night's Concur sees.
func (n *Night) On(operation concurtest.Operation, point concurtest.Point, nth int, call func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.traps = append(n.traps, &trap{operation, point, nth, call})
}

func (n *Night) observe(e concurtest.Event) {
	n.shift.step()
	var calls []func()
	n.mu.Lock()
	if e.Request.Operation == concurtest.OpToken && e.Point == concurtest.Acted {
		n.given = append(n.given, e.Request)
	}
	for _, t := range n.traps {
		if t.operation == e.Request.Operation && t.point == e.Point {
			if t.nth--; t.nth == 0 {
				calls = append(calls, t.call)
			}
		}
	}
	n.mu.Unlock()
	for _, call := range calls {
		call()
	}
}

func (n *Night) connection() map[string]any {
	auth := n.Concur.Auth()
	return replaced(map[string]any{
		"base_url": n.Concur.URL, "client_id": auth.ClientID, "client_secret": auth.ClientSecret, "refresh_token": auth.RefreshToken,
		"token_store": "s3", "lists_api": "v1", "requests_per_second": 1000,
	}, n.Connection)
}

func (n *Night) pipeline() map[string]any {
	return replaced(map[string]any{
		"connection": n.Name, "definition": concurtest.SampleDefinition, "acquire": "start", "format": "sae",
		"poll":           map[string]any{"first": "50ms", "max": "200ms", "deadline": "5m", "visibility": "2s"},
		"control_totals": "require", "checks": checks(n.World), "on_findings": "report",
	}, n.Settings)
}

func replaced(settings, by map[string]any) map[string]any {
	maps.Copy(settings, by)
	maps.DeleteFunc(settings, func(_ string, value any) bool { return value == nil })
	return settings
}

// Ended is a run that came to its end.
type Ended struct {
	ID, RunID string
	// Result is nil where the run failed, and Err is nil where it did not.
	Result *workflows.ExtractResult
	Err    error
}

// Start starts the night's run, or joins the one that is on. On a machine that is busy with many nights a request may
// time out; to ask again joins the run that it started.
func (n *Night) Start(ctx context.Context) (client.WorkflowRun, error) { return n.startOn(ctx, "") }

// startOn starts a run on a given job; "" has it start one.
func (n *Night) startOn(ctx context.Context, jobID string) (client.WorkflowRun, error) {
	for {
		run, err := runs.Start(ctx, n.shift.Client, workflows.ExtractInput{Pipeline: n.Name, BusinessDate: n.Date, JobID: jobID})
		if ctx.Err() != nil || !unanswered(err) {
			return run, err
		}
	}
}

// unanswered tells that Temporal did not answer in time, which says nothing of a run.
func unanswered(err error) bool {
	var late *serviceerror.DeadlineExceeded
	var unavailable *serviceerror.Unavailable
	return errors.As(err, &late) || errors.As(err, &unavailable) || errors.Is(err, context.DeadlineExceeded)
}

// Await waits for a run's end. The error says that it did not end, not that it failed.
func (n *Night) Await(ctx context.Context, run client.WorkflowRun) (Ended, error) {
	ended := Ended{ID: run.GetID(), RunID: run.GetRunID()}
	var result workflows.ExtractResult
	err := run.Get(ctx, &result)
	for ctx.Err() == nil && unanswered(err) {
		err = run.Get(ctx, &result)
	}
	if ctx.Err() != nil {
		status, describeErr := runs.Describe(context.WithoutCancel(ctx), n.shift.Client, ended.ID, ended.RunID)
		return ended, fmt.Errorf("night %s did not end (%s, attempt %d of %s: %s): %w", n.Name, status.Progress.Message,
			status.Attempt, status.Activity, status.Message, errors.Join(ctx.Err(), describeErr))
	}
	if err != nil {
		ended.Err = err
		return ended, nil
	}
	ended.Result = &result
	return ended, nil
}

// Run starts the night's run and waits for its end.
func (n *Night) Run(ctx context.Context) (Ended, error) {
	run, err := n.Start(ctx)
	if err != nil {
		return Ended{}, err
	}
	return n.Await(ctx, run)
}

// run is the run of the night's date.
func (n *Night) run() contract.Run {
	return contract.Run{Pipeline: n.Name, Slot: contract.Slot{Date: n.Date}}
}
