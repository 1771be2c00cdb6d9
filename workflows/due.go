package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
)

// DueInput starts DueCheck.
type DueInput struct {
	Pipeline string `json:"pipeline"`
}

// DueResult says whether the run was late.
type DueResult struct {
	BusinessDate string `json:"businessDate"`
	Late         bool   `json:"late"`
	Message      string `json:"message"`
}

// DueParams asks when the run that is scheduled at a time is due.
type DueParams struct {
	Pipeline string    `json:"pipeline"`
	At       time.Time `json:"at"`
}

// DuePlan says by when a run of the business date has to reach a verdict.
type DuePlan struct {
	BusinessDate string        `json:"businessDate"`
	Slot         contract.Slot `json:"slot"`
	// At is when the schedule fires, Due by when there is to be a verdict.
	At  time.Time `json:"at"`
	Due time.Time `json:"due"`
	// Clock is Due as people read it: "07:00 on 2026-11-20, America/New_York".
	Clock   string         `json:"clock"`
	Targets []NoticeTarget `json:"targets,omitempty"`
}

// CheckDueParams asks whether a run of the business date reached a verdict in time.
type CheckDueParams struct {
	Pipeline string        `json:"pipeline"`
	Slot     contract.Slot `json:"slot"`
	At       time.Time     `json:"at"`
	Due      time.Time     `json:"due"`
	Clock    string        `json:"clock"`
}

// DueCheck sees whether a pipeline's run is done by its due time and tells people if it is not. It has a schedule of its
// own that fires when the pipeline's does, so it works while that one is paused; then it sleeps until the due time, and
// a worker or server that was down meanwhile only makes it later.
func DueCheck(ctx workflow.Context, in DueInput) (*DueResult, error) {
	result, err := dueCheck(ctx, in)
	if err != nil {
		return nil, coded(err)
	}
	return result, nil
}

func dueCheck(ctx workflow.Context, in DueInput) (*DueResult, error) {
	plan, err := execute[DuePlan](ctx, read("Read when the run is due"), ActivityPlanDue,
		DueParams{Pipeline: in.Pipeline, At: scheduledAt(ctx)})
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
	result, err := execute[DueResult](ctx, read("Look for a run that reached a verdict in time"), ActivityCheckDue,
		CheckDueParams{Pipeline: in.Pipeline, Slot: plan.Slot, At: plan.At, Due: plan.Due, Clock: plan.Clock})
	if err != nil {
		return nil, err
	}
	workflow.SetCurrentDetails(ctx, "**"+result.Message+"**\n")
	targets := targetsOf(plan.Targets, NoticeLate)
	if !result.Late || len(targets) == 0 {
		return &result, nil
	}
	scope := Scope{BusinessDate: plan.BusinessDate, Slot: plan.Slot, WorkflowID: contract.Run{Pipeline: in.Pipeline, Slot: plan.Slot}.ID()}
	scope.Settings.Name = in.Pipeline
	return &result, Notice(ctx, NoticeInput{Targets: targets, Notice: NotifyParams{
		ID: in.Pipeline + "/" + plan.Slot.String() + "/" + NoticeLate, At: workflow.Now(ctx),
		Scope: scope, Kind: NoticeLate, Message: result.Message,
	}})
}

// scheduledAt is when the workflow should have started by its schedule, else when it did.
func scheduledAt(ctx workflow.Context) time.Time {
	scheduled := temporal.NewSearchAttributeKeyTime("TemporalScheduledStartTime")
	if at, ok := workflow.GetTypedSearchAttributes(ctx).GetTime(scheduled); ok {
		return at
	}
	return workflow.GetInfo(ctx).WorkflowStartTime
}
