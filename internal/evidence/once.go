package evidence

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"tieout/internal/bucket"
)

// writeOnce writes an immutable document. The document that an earlier attempt wrote stays where same reports that the
// two agree; else there is a *bucket.ConflictError.
func writeOnce[T any](ctx context.Context, store *bucket.Store, key string, document T, same func(there, document T) bool) error {
	err := store.PutJSON(ctx, key, document)
	if _, conflict := errors.AsType[*bucket.ConflictError](err); !conflict {
		return err
	}
	var there T
	if readErr := store.GetJSON(ctx, key, &there); readErr == nil && same(there, document) {
		return nil
	}
	return err
}

// sameJSON reports whether two values have the same encoding.
func sameJSON(a, b any) bool {
	one, errOne := json.Marshal(a)
	other, errOther := json.Marshal(b)
	return errOne == nil && errOther == nil && bytes.Equal(one, other)
}
