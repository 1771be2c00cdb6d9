package workflows

import (
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
)

// start begins an activity and returns its future.
func start[P, R any](ctx workflow.Context, options workflow.ActivityOptions, activity contract.Activity[P, R], params P) workflow.Future {
	return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), string(activity), params)
}

// execute runs an activity and returns its result.
func execute[P, R any](ctx workflow.Context, options workflow.ActivityOptions, activity contract.Activity[P, R], params P) (R, error) {
	var result R
	err := start(ctx, options, activity, params).Get(ctx, &result)
	return result, err
}
