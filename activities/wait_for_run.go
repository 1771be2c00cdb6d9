package activities

import (
	"context"
	"fmt"

	"tieout/workflows"
)

// WaitForRun looks once at the newest run under a workflow id. "Still running" is a failed attempt that the server
// repeats, so that waiting for days leaves no mark in the history and holds no slot of a worker.
func (a *Activities) WaitForRun(ctx context.Context, p workflows.WaitForRunParams) (workflows.WaitForRunResult, error) {
	end, err := a.Runs.End(ctx, p.WorkflowID, p.Result)
	if err != nil {
		return workflows.WaitForRunResult{}, failed(ctx, "Looking at "+p.WorkflowID, err)
	}
	if end == nil {
		return workflows.WaitForRunResult{}, notYet(ctx, fmt.Sprintf("%s is running: its details say what it does and what it waits for", p.WorkflowID), 0)
	}
	return *end, nil
}
