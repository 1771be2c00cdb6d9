package concur

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTokenStoresCompareAndSwap(t *testing.T) {
	for name, store := range map[string]TokenStore{
		"memory": MemoryTokenStore(),
		"file":   FileTokenStore(filepath.Join(t.TempDir(), "deep", "token.json")),
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			empty, version, err := store.Load(ctx)
			require.NoError(t, err)
			require.Empty(t, version)
			require.Equal(t, StoredToken{}, empty)
			_, err = store.Save(ctx, StoredToken{}, "not there")
			require.ErrorIs(t, err, ErrTokenConflict)

			token := StoredToken{RefreshToken: "r", AccessToken: "a", ExpiresAt: utc("2026-11-20T04:00:00Z"), RefreshedAt: utc("2026-11-20T03:00:00Z"),
				Geolocation: "https://eu2.api.concursolutions.com", LeaseHolder: "h", LeaseUntil: utc("2026-11-20T03:01:00Z"), Configured: []string{"c"}}
			first, err := store.Save(ctx, token, "")
			require.NoError(t, err)
			_, err = store.Save(ctx, token, "")
			require.ErrorIs(t, err, ErrTokenConflict)
			got, version, err := store.Load(ctx)
			require.NoError(t, err)
			require.Equal(t, first, version)
			require.Equal(t, token, got)

			// Of many writers with the same version, one wins.
			var group sync.WaitGroup
			var mu sync.Mutex
			won := 0
			for i := range 8 {
				group.Go(func() {
					mine := token
					mine.LeaseHolder = fmt.Sprint(i)
					_, err := store.Save(context.Background(), mine, version)
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						won++
					} else if !errors.Is(err, ErrTokenConflict) {
						t.Error(err)
					}
				})
			}
			group.Wait()
			require.Equal(t, 1, won)
		})
	}
}

func TestFileTokenStoreIsPrivateAndWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token.json")
	store := FileTokenStore(path)
	_, err := store.Save(t.Context(), StoredToken{RefreshToken: "r"}, "")
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 2, "the file and its lock, no leftovers")

	require.NoError(t, os.WriteFile(path, []byte(`{"refreshToken":"canary`), 0o600))
	_, _, err = store.Load(t.Context())
	require.ErrorContains(t, err, "damaged")
	require.NotContains(t, err.Error(), "canary")
	_, err = store.Save(t.Context(), StoredToken{}, "")
	require.Error(t, err, "a damaged store is not overwritten")

	unlock, err := fileTokenStore{path}.lock(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = store.Save(ctx, StoredToken{}, "")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	unlock()
}
