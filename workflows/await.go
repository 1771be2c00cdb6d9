package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// await polls with one activity that the server repeats, so that 300 polls leave the same history as 3. After the
// deadline it looks once more, because the deadline may have passed while no worker was running.
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

// awaitUntil waits for a condition until a timeout, and reports whether the condition holds. Its timer ends with it.
func awaitUntil(ctx workflow.Context, timeout time.Duration, summary string, condition func() bool) (bool, error) {
	waiting, done := workflow.WithCancel(ctx)
	defer done()
	timer := workflow.NewTimerWithOptions(waiting, timeout, workflow.TimerOptions{Summary: summary})
	err := workflow.Await(ctx, func() bool { return condition() || timer.IsReady() })
	return condition(), err
}
