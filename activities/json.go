package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"tieout/internal/bucket"
)

// putSame writes an immutable document. One that says the same is fine in other bytes: another version of the software,
// which was replaced on the way, may have known fewer fields, or more.
func putSame[T any](ctx context.Context, store *bucket.Store, key string, v T) error {
	err := store.PutJSON(ctx, key, v)
	if !isConflict(err) {
		return err
	}
	var there T
	if getErr := store.GetJSON(ctx, key, &there); getErr != nil {
		return err
	}
	is, isErr := json.Marshal(there)
	want, wantErr := json.Marshal(v)
	if isErr == nil && wantErr == nil && bytes.Equal(is, want) {
		return nil
	}
	return err
}
