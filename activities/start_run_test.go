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
	"tieout/internal/evidence"
)

// namespace is a Temporal that knows how the newest run under each id stands; "" is one that is running.
type namespace struct {
	running
	ends    map[string]*contract.WaitForRunResult
	started []client.StartWorkflowOptions
}

func (n *namespace) Start(_ context.Context, options client.StartWorkflowOptions, _ contract.ExtractInput) error {
	end := n.ends[options.ID]
	if end != nil && end.Status == contract.RunCompleted && options.WorkflowIDReusePolicy != enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE {
		return serviceerror.NewWorkflowExecutionAlreadyStarted("it has completed", "", "run")
	}
	n.started = append(n.started, options)
	return nil
}

func (n *namespace) End(_ context.Context, id string, _ bool) (*contract.WaitForRunResult, error) {
	end, known := n.ends[id]
	if !known {
		return &contract.WaitForRunResult{Status: contract.RunGone}, nil
	}
	return end, nil
}

// A front starts the run of a date unless that has its verdict, which stands in the bucket and not in Temporal.
func TestAFrontStartsTheRunOrIsAnswered(t *testing.T) {
	run := contract.Run{Pipeline: "nightly", Slot: contract.Slot{Date: "2026-11-20"}}
	start := func(b *bench) contract.StartRunResult {
		t.Helper()
		result, err := call(b, contract.StartRun, contract.StartRunParams{Scope: b.scope, Run: run.ID(), Input: contract.ExtractInput{Pipeline: "nightly"}})
		require.NoError(t, err)
		return result
	}
	b := startBench(t, concurtest.Definition{})
	temporal := &namespace{ends: map[string]*contract.WaitForRunResult{}}
	b.a.Runs = temporal
	require.Nil(t, start(b).Verdict)
	require.Len(t, temporal.started, 1)
	require.Equal(t, enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING, temporal.started[0].WorkflowIDConflictPolicy, "one that is running is joined")
	require.Equal(t, enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY, temporal.started[0].WorkflowIDReusePolicy)

	temporal.ends[run.ID()] = &contract.WaitForRunResult{Status: contract.RunCompleted}
	require.Nil(t, start(b).Verdict, "its verdict is void: the landing was made again")
	require.Len(t, temporal.started, 2)

	keys := evidence.Keys{Pipeline: "nightly"}
	job := contract.JobKey("job")
	b.put(t, keys.Run("2026-11-20", "run-1"), map[string]any{"businessDate": "2026-11-20", "slot": "date", "runId": "run-1", "outcome": "findings",
		"at": time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC), "jobKey": job, "manifest": "s3://" + evidenceBucket + "/" + keys.Manifest(job), "tieOut": 1})
	b.put(t, keys.Result(job, 1), contract.ExtractResult{Schema: 1, Outcome: contract.OutcomeFindings})
	verdict := start(b).Verdict
	require.Equal(t, contract.OutcomeFindings, verdict.Outcome)
	require.Equal(t, "2026-11-20T04:00:00Z", verdict.Answered)
	require.Len(t, temporal.started, 2)
}

// Waiting for a run looks at the newest one under its id, and says how that ended.
func TestWaitForRunSaysHowItEnded(t *testing.T) {
	b := startBench(t, concurtest.Definition{})
	failed := &contract.WaitForRunResult{Status: contract.RunFailed, Code: contract.CodeConcurAuth, Message: "the token was refused"}
	b.a.Runs = &namespace{ends: map[string]*contract.WaitForRunResult{"on": nil, "failed": failed}}
	wait := func(id string) (contract.WaitForRunResult, error) {
		return call(b, contract.WaitForRun, contract.WaitForRunParams{WorkflowID: id, Result: true})
	}
	_, err := wait("on")
	require.Contains(t, isError(t, err, "NotYet", false).Message(), "on is running: its details say what it does")
	end, err := wait("failed")
	require.NoError(t, err)
	require.Equal(t, *failed, end)
	end, err = wait("forgotten")
	require.NoError(t, err)
	require.Equal(t, contract.RunGone, end.Status)
}
