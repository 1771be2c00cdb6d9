package activities_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
	"tieout/internal/landing"
	"tieout/workflows"
)

// namespace is a Temporal that knows how the newest run under each id stands; "" is one that is running.
type namespace struct {
	running
	ends    map[string]*workflows.WaitForRunResult
	started []client.StartWorkflowOptions
}

func (n *namespace) Start(_ context.Context, options client.StartWorkflowOptions, _ workflows.ExtractInput) error {
	end := n.ends[options.ID]
	if end != nil && end.Status == workflows.EndCompleted && options.WorkflowIDReusePolicy != enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE {
		return serviceerror.NewWorkflowExecutionAlreadyStarted("it has completed", "", "run")
	}
	n.started = append(n.started, options)
	return nil
}

func (n *namespace) End(_ context.Context, id string, _ bool) (*workflows.WaitForRunResult, error) {
	end, known := n.ends[id]
	if !known {
		return &workflows.WaitForRunResult{Status: workflows.EndGone}, nil
	}
	return end, nil
}

// A front starts the run of a date unless that has its verdict, which stands in the bucket and not in Temporal.
func TestAFrontStartsTheRunOrIsAnswered(t *testing.T) {
	run := contract.Run{Pipeline: "nightly", Slot: contract.Slot{Date: "2026-11-20"}}
	start := func(b *bench) workflows.StartRunResult {
		t.Helper()
		result, err := call[workflows.StartRunResult](b, workflows.ActivityStartRun, workflows.StartRunParams{Scope: b.scope, Run: run.ID(), Input: workflows.ExtractInput{Pipeline: "nightly"}})
		require.NoError(t, err)
		return result
	}
	b := startBench(t, concurtest.Definition{})
	temporal := &namespace{ends: map[string]*workflows.WaitForRunResult{}}
	b.a.Runs = temporal
	require.Nil(t, start(b).Verdict)
	require.Len(t, temporal.started, 1)
	require.Equal(t, enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING, temporal.started[0].WorkflowIDConflictPolicy, "one that is running is joined")
	require.Equal(t, enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY, temporal.started[0].WorkflowIDReusePolicy)

	temporal.ends[run.ID()] = &workflows.WaitForRunResult{Status: workflows.EndCompleted}
	require.Nil(t, start(b).Verdict, "its verdict is void: the landing was made again")
	require.Len(t, temporal.started, 2)

	keys := landing.Keys{Pipeline: "nightly"}
	job := contract.JobKey("job")
	b.put(t, keys.Run("2026-11-20", "run-1"), map[string]any{"businessDate": "2026-11-20", "slot": "date", "runId": "run-1", "outcome": "findings",
		"at": time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC), "jobKey": job, "manifest": "s3://" + bucket + "/" + keys.Manifest(job), "tieOut": 1})
	b.put(t, keys.Result(job, 1), workflows.ExtractResult{Schema: 1, Outcome: workflows.OutcomeFindings})
	verdict := start(b).Verdict
	require.Equal(t, workflows.OutcomeFindings, verdict.Outcome)
	require.Equal(t, "2026-11-20T04:00:00Z", verdict.Answered)
	require.Len(t, temporal.started, 2)
}

// Waiting for a run looks at the newest one under its id, and says how that ended.
func TestWaitForRunSaysHowItEnded(t *testing.T) {
	b := startBench(t, concurtest.Definition{})
	failed := &workflows.WaitForRunResult{Status: workflows.EndFailed, Code: workflows.CodeConcurAuth, Message: "the token was refused"}
	b.a.Runs = &namespace{ends: map[string]*workflows.WaitForRunResult{"on": nil, "failed": failed}}
	wait := func(id string) (workflows.WaitForRunResult, error) {
		return call[workflows.WaitForRunResult](b, workflows.ActivityWaitForRun, workflows.WaitForRunParams{WorkflowID: id, Result: true})
	}
	_, err := wait("on")
	require.Contains(t, isError(t, err, "NotYet", false).Message(), "on is running: its details say what it does")
	end, err := wait("failed")
	require.NoError(t, err)
	require.Equal(t, *failed, end)
	end, err = wait("forgotten")
	require.NoError(t, err)
	require.Equal(t, workflows.EndGone, end.Status)
}
