package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// await polls as one activity that the server repeats: 3 polls and 300 leave the same history. When the deadline has
// passed it looks once more, for it may have passed while no worker ran.
func await[R any](ctx workflow.Context, summary string, p pipeline.Poll, activity contract.Activity[contract.JobParams, R], params contract.JobParams) (R, error) {
	found, err := execute(ctx, poll(summary, p, time.Duration(p.Deadline)), activity, params)
	if !outOfTime(err) {
		return found, err
	}
	last, lastErr := execute(ctx, lastLook("The deadline has passed: look once more"), activity, params)
	if lastErr == nil || hasCode(lastErr) || temporal.IsCanceledError(lastErr) {
		return last, lastErr
	}
	return found, err
}

// awaitUntil waits for a condition, for so long at most, and reports whether it holds. Its timer ends with the waiting.
func awaitUntil(ctx workflow.Context, timeout time.Duration, summary string, condition func() bool) (bool, error) {
	waiting, done := workflow.WithCancel(ctx)
	defer done()
	timer := workflow.NewTimerWithOptions(waiting, timeout, workflow.TimerOptions{Summary: summary})
	err := workflow.Await(ctx, func() bool { return condition() || timer.IsReady() })
	return condition(), err
}
