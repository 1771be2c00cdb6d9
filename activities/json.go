package activities

import (
	"bytes"
	"context"
	"encoding/json"
)

// putSame writes an immutable document. One that says the same is fine in other bytes: another version of the software,
// which was replaced on the way, may have known fewer fields, or more.
func putSame[T any](ctx context.Context, a *Activities, key string, v T) error {
	err := a.Store.PutJSON(ctx, key, v)
	if !isConflict(err) {
		return err
	}
	var there T
	if getErr := a.Store.GetJSON(ctx, key, &there); getErr != nil {
		return err
	}
	is, isErr := json.Marshal(there)
	want, wantErr := json.Marshal(v)
	if isErr == nil && wantErr == nil && bytes.Equal(is, want) {
		return nil
	}
	return err
}
