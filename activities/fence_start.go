package activities

import (
	"context"
	"time"

	"github.com/google/uuid"

	"tieout/workflows"
)

// FenceStart finds out whether a start whose worker died can have been sent. The intent is written before the POST,
// so where there is none the POST was not made, and the fence in its place keeps a late worker from making it.
func (a *Activities) FenceStart(ctx context.Context, p workflows.FenceStartParams) (workflows.FenceStartResult, error) {
	a = a.on(p.Scope)
	key := a.keys(p.Scope).Intent(p.Scope.BusinessDate, p.Scope.RunID, p.Attempt)
	err := a.Store.PutJSON(ctx, key, intent{
		Schema: 1, Pipeline: p.Scope.Settings.Name, BusinessDate: p.Scope.BusinessDate, WorkflowID: p.Scope.WorkflowID,
		RunID: p.Scope.RunID, Attempt: p.Attempt, Definition: p.Scope.DefinitionID,
		At: time.Now().UTC(), Nonce: uuid.NewString(), Fenced: true,
	})
	if !isConflict(err) {
		return workflows.FenceStartResult{NeverSent: err == nil}, failed(ctx, "Fencing the start", err)
	}
	var there intent
	if err := a.Store.GetJSON(ctx, key, &there); err != nil {
		return workflows.FenceStartResult{}, failed(ctx, "Reading the note of the start", err)
	}
	// A fence that an earlier attempt of this activity wrote counts as well.
	return workflows.FenceStartResult{NeverSent: there.Fenced}, nil
}
