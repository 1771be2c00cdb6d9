package activities

import (
	"context"
	"encoding/json"
)

// encodeJSON is the form of every JSON object in S3: indented, for people.
func encodeJSON(v any) ([]byte, error) {
	text, err := json.MarshalIndent(v, "", " ")
	return append(text, '\n'), err
}

func decodeJSON(text []byte, v any) error { return json.Unmarshal(text, v) }

// putJSONOver writes an object that may change: claims, run records.
func (a *Activities) putJSONOver(ctx context.Context, key string, v any) error {
	text, err := encodeJSON(v)
	if err != nil {
		return err
	}
	return a.Store.Put(ctx, key, "application/json", text)
}
