package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"tieout/concur/concurtest"
	"tieout/deployments/local/systemtest"
	"tieout/internal/contract"
)

// TestHeldRunsLetOthersBeTakenUp runs a night that finds six left-over jobs. It sees that at most four of their runs land or
// tie out at a time, and that each one makes room for another when it waits for its review.
func TestHeldRunsLetOthersBeTakenUp(t *testing.T) {
	ctx, servers := startServers(t, 5*time.Minute)
	p := &systemtest.Pipeline{Name: "nightly-sae", World: systemtest.World(30), Date: "2026-11-16", Settings: map[string]any{
		"on_findings": "hold", "poll": map[string]any{"first": "5ms", "max": "50ms", "deadline": "5m", "visibility": "2s"}}}
	scenario := startScenario(ctx, t, servers, "finance", p)
	approved := func(date string) systemtest.Ended {
		p.Date = date
		go approve(ctx, scenario.Client, contract.Run{Pipeline: p.Name, Slot: contract.Slot{Date: date}}.ID())
		ended, err := p.Run(ctx)
		require.NoError(t, err)
		require.NotNil(t, ended.Result, "%v", ended)
		require.Equal(t, contract.OutcomeApproved, ended.Result.Outcome)
		return ended
	}
	approved("2026-11-16")
	const left = 6
	for range left {
		p.Advance(24 * time.Hour)
		p.Concur.StartJob(concurtest.SampleDefinition)
	}
	p.Advance(24 * time.Hour)

	ended := approved("2026-11-23")
	require.Len(t, ended.Result.LeftOver, left, "nobody has reviewed them yet")
	for _, job := range ended.Result.LeftOver {
		require.Equal(t, contract.Run{Pipeline: p.Name, JobKey: contract.JobKey(job.ID)}.ID(), job.Run)
		require.Empty(t, job.Code)
	}
	going, most, begun := 0, 0, 0
	events := scenario.Client.GetWorkflowHistory(ctx, ended.ID, ended.RunID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		switch child := event.GetChildWorkflowExecutionStartedEventAttributes(); {
		case child.GetWorkflowType().GetName() == contract.TypeConcurExtract:
			begun, going = begun+1, going+1
			most = max(most, going)
		case event.GetWorkflowExecutionSignaledEventAttributes() != nil:
			going--
		}
	}
	require.Equal(t, left, begun)
	require.LessOrEqual(t, most, 4)
}

// approve approves the findings of a run as soon as it waits for a review.
func approve(ctx context.Context, c client.Client, id string) {
	for ctx.Err() == nil {
		update, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{WorkflowID: id, UpdateName: contract.UpdateReview,
			WaitForStage: client.WorkflowUpdateStageCompleted,
			Args:         []any{contract.ReviewInput{Decision: contract.DecisionApprove, By: "ann", Reason: "seen"}}})
		if err == nil && update.Get(ctx, nil) == nil {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}
