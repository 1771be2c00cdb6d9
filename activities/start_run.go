package activities

import (
	"context"
	"errors"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"tieout/internal/contract"
	"tieout/internal/runs"
)

// StartRun starts the run that a front stands before, or joins it where it is running, in one atomic call. Where the
// slot has its verdict, that is returned from the bucket, because the run's own result may be out of date.
func (a *Activities) StartRun(ctx context.Context, p contract.StartRunParams) (contract.StartRunResult, error) {
	r := a.run(p.Scope)
	front, _ := contract.ParseRun(p.Run) // Configure built the id
	options := runs.Options(front)
	err := a.Runs.Start(ctx, options, p.Input)
	if _, completed := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); !completed {
		return contract.StartRunResult{}, failed(ctx, "Starting the run "+p.Run, err)
	}
	verdict, err := verdict(ctx, r.Pipeline, front.Slot)
	if err != nil || verdict != nil {
		return contract.StartRunResult{Verdict: verdict}, failed(ctx, "Reading the verdict of "+p.Run, err)
	}
	// It completed, and its verdict is void: the landing was made again since.
	options.WorkflowIDReusePolicy = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	return contract.StartRunResult{}, failed(ctx, "Starting the run "+p.Run, a.Runs.Start(ctx, options, p.Input))
}
