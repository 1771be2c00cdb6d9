package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
)

// DueCheck tells people if a pipeline has no verdict by its due time. A schedule of its own starts it at the times of the
// pipeline's schedule, so that it also works while that one is paused. It then waits until the due time; if a worker or
// the server is down meanwhile, the check is made later.
func DueCheck(ctx workflow.Context, in contract.DueInput) (*contract.DueResult, error) {
	result, err := dueCheck(ctx, in)
	if err != nil {
		return nil, coded(err)
	}
	return result, nil
}

func dueCheck(ctx workflow.Context, in contract.DueInput) (*contract.DueResult, error) {
	plan, err := execute(ctx, read("Read when the run is due"), contract.PlanDue,
		contract.DueParams{Pipeline: in.Pipeline, At: scheduledAt(ctx)})
	if err != nil {
		return nil, err
	}
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("**Waiting until %s**\n\nThen a run of %s for %s should have reached a verdict; if none has, people are told.\n",
		plan.Clock, in.Pipeline, plan.Slot))
	if wait := plan.Due.Sub(workflow.Now(ctx)); wait > 0 {
		if err := workflow.NewTimerWithOptions(ctx, wait, workflow.TimerOptions{Summary: line("Wait until %s", plan.Clock)}).Get(ctx, nil); err != nil {
			return nil, err
		}
	}
	result, err := execute(ctx, read("Look for a run that reached a verdict in time"), contract.CheckDue,
		contract.CheckDueParams{Pipeline: in.Pipeline, Slot: plan.Slot, At: plan.At, Due: plan.Due, Clock: plan.Clock})
	if err != nil {
		return nil, err
	}
	workflow.SetCurrentDetails(ctx, "**"+result.Message+"**\n")
	targets := targetsOf(plan.Targets, contract.NoticeLate)
	if !result.Late || len(targets) == 0 {
		return &result, nil
	}
	scope := contract.Scope{BusinessDate: plan.BusinessDate, Slot: plan.Slot, WorkflowID: contract.Run{Pipeline: in.Pipeline, Slot: plan.Slot}.ID()}
	scope.Settings.Name = in.Pipeline
	return &result, Notice(ctx, contract.NoticeInput{Targets: targets, Notice: contract.NotifyParams{
		ID: in.Pipeline + "/" + plan.Slot.String() + "/" + string(contract.NoticeLate), At: workflow.Now(ctx),
		Scope: scope, Kind: contract.NoticeLate, Message: result.Message,
	}})
}

// scheduledAt returns the time for which the workflow was scheduled, or else the time at which it started.
func scheduledAt(ctx workflow.Context) time.Time {
	scheduled := temporal.NewSearchAttributeKeyTime("TemporalScheduledStartTime")
	if at, ok := workflow.GetTypedSearchAttributes(ctx).GetTime(scheduled); ok {
		return at
	}
	return workflow.GetInfo(ctx).WorkflowStartTime
}
