package activities

import (
	"context"
	"slices"

	"tieout/internal/contract"
)

// FenceStart finds out whether a start whose worker died can have been sent. The intent is written before the POST, so
// without an intent there was no POST. The fence under the same key then keeps a late worker from making it.
func (a *Activities) FenceStart(ctx context.Context, p contract.FenceStartParams) (contract.FenceStartResult, error) {
	r := a.run(p.Scope)
	fence := r.intentOf(p.Attempt)
	fence.Fenced = true
	err := r.WriteIntent(ctx, fence)
	if !isConflict(err) {
		return contract.FenceStartResult{NeverSent: err == nil}, failed(ctx, "Fencing the start", err)
	}
	there, err := r.Intent(ctx, fence.BusinessDate, fence.Slot, p.Attempt)
	if err != nil {
		return contract.FenceStartResult{}, failed(ctx, "Reading the note of the start", err)
	}
	others := there.RunID != p.Scope.RunID
	// A fence that an earlier attempt of this activity wrote counts as well.
	return contract.FenceStartResult{Others: others, NeverSent: others || there.Fenced || slices.Contains(p.Unsent, there.Nonce)}, nil
}
