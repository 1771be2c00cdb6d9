package activities

import (
	"context"
	"errors"
	"fmt"

	"tieout/internal/bucket"
	"tieout/internal/contract"
)

// WaitForRun looks once at the newest run under a workflow id. "Still running" is a failed attempt that the server
// repeats, so that waiting for days adds no events to the history and occupies no worker.
func (a *Activities) WaitForRun(ctx context.Context, p contract.WaitForRunParams) (contract.WaitForRunResult, error) {
	end, err := a.Runs.End(ctx, p.WorkflowID, p.Result)
	if err != nil {
		return contract.WaitForRunResult{}, failed(ctx, "Looking at "+p.WorkflowID, err)
	}
	if end == nil {
		return contract.WaitForRunResult{}, notYet(ctx, fmt.Sprintf("%s is running: its details say what it does and what it waits for", p.WorkflowID), 0)
	}
	if err := a.whole(ctx, end.Result); err != nil {
		return contract.WaitForRunResult{}, failed(ctx, "Reading the result of "+p.WorkflowID, err)
	}
	return *end, nil
}

// whole adds the landed files, which the run of a job leaves out of its result where recovery has started it.
func (a *Activities) whole(ctx context.Context, result *contract.ExtractResult) error {
	if result == nil || len(result.Files) > 0 || result.ResultURI == "" {
		return nil
	}
	documents := a.Evidence.Of(a.storage(), result.Pipeline)
	key, err := documents.Key(result.ResultURI)
	if err != nil {
		return nil // the run began with another bucket; its manifest names the files
	}
	written, err := documents.Result(ctx, key)
	if err != nil && !errors.Is(err, bucket.ErrNotFound) {
		return err
	}
	result.Files = written.Files
	return nil
}
