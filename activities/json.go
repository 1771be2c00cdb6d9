package activities

import (
	"bytes"
	"context"
	"encoding/json"
)

// encodeJSON is the form of the JSON objects that may change: indented, for people.
func encodeJSON(v any) ([]byte, error) {
	text, err := json.MarshalIndent(v, "", " ")
	return append(text, '\n'), err
}

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
	is, isErr := encodeJSON(there)
	want, wantErr := encodeJSON(v)
	if isErr == nil && wantErr == nil && bytes.Equal(is, want) {
		return nil
	}
	return err
}

// putJSONOver writes an object that may change: claims, run records.
func (a *Activities) putJSONOver(ctx context.Context, key string, v any) error {
	text, err := encodeJSON(v)
	if err != nil {
		return err
	}
	return a.Store.Put(ctx, key, "application/json", text)
}
