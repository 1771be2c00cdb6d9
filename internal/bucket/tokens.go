package bucket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// TokenStore keeps one small secret document that all workers share, changed by compare-and-swap: of two that refresh
// a token at once one wins, and the other learns of it (ErrChanged) and loads what the winner saved.
type TokenStore struct {
	store *Store
	key   string
}

// NewTokenStore makes the token store of a key (TokenKey); nothing is sent.
func NewTokenStore(store *Store, key string) *TokenStore { return &TokenStore{store, key} }

// URI returns the URI of the document.
func (t *TokenStore) URI() string { return t.store.URI(t.key) }

// LoadBytes returns the document and its version; nothing saved yet is an empty version and no error.
func (t *TokenStore) LoadBytes(ctx context.Context) (body []byte, version string, err error) {
	body, version, err = t.store.GetVersion(ctx, t.key)
	if errors.Is(err, ErrNotFound) {
		return nil, "", nil
	}
	return body, version, err
}

// SaveBytes replaces the document if its version is still ifVersion ("": if there is none) and gives the new version.
func (t *TokenStore) SaveBytes(ctx context.Context, body []byte, ifVersion string) (version string, err error) {
	return t.store.PutIfMatch(ctx, t.key, "application/json", body, ifVersion)
}

// Load reads the document into v, which stays as it is when nothing was saved yet.
func (t *TokenStore) Load(ctx context.Context, v any) (version string, err error) {
	body, version, err := t.LoadBytes(ctx)
	if err != nil || version == "" {
		return "", err
	}
	if json.Unmarshal(body, v) != nil { // the cause might quote the token
		return "", fmt.Errorf("reading %s: it is no token document of tieout: delete it, and the configured token is used", t.URI())
	}
	return version, nil
}

// Save writes v as SaveBytes does.
func (t *TokenStore) Save(ctx context.Context, v any, ifVersion string) (version string, err error) {
	body, err := EncodeJSON(v)
	if err != nil {
		return "", fmt.Errorf("writing %s: %w", t.URI(), err)
	}
	return t.SaveBytes(ctx, body, ifVersion)
}
