package concur

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// FileTokenStore returns a store in one file, which its owner alone can read, for processes on one machine. Writers take
// turns by a lock on "PATH.lock", which needs a Unix system. Save replaces the file whole and flushes it to disk before it
// returns.
func FileTokenStore(path string) TokenStore { return fileTokenStore{path} }

type fileTokenStore struct{ path string }

func (s fileTokenStore) Load(context.Context) (StoredToken, string, error) {
	data, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return StoredToken{}, "", nil
	}
	if err != nil {
		return StoredToken{}, "", fmt.Errorf("reading the token store: %w", err)
	}
	var t StoredToken
	if json.Unmarshal(data, &t) != nil {
		// The cause would quote the content, which is a secret.
		return StoredToken{}, "", fmt.Errorf("the token store %s is damaged: remove it and configure a new refresh token", s.path)
	}
	return t, versionOf(data), nil
}

func versionOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (s fileTokenStore) Save(ctx context.Context, t StoredToken, ifVersion string) (version string, err error) {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return "", fmt.Errorf("making the token store's directory: %w", err)
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return "", fmt.Errorf("locking the token store: %w", err)
	}
	defer unlock()
	if _, current, err := s.Load(ctx); err != nil {
		return "", err
	} else if current != ifVersion {
		return "", ErrTokenConflict
	}
	data, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	if err := replaceFile(s.path, data); err != nil {
		return "", fmt.Errorf("writing the token store: %w", err)
	}
	return versionOf(data), nil
}

// lock waits for the lock as long as ctx lasts. The lock file stays, since removing it would give two processes two locks.
func (s fileTokenStore) lock(ctx context.Context) (unlock func(), err error) {
	f, err := os.OpenFile(s.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for locked := false; !locked && err == nil; {
		if locked, err = tryLock(f); !locked && err == nil {
			err = pause(ctx, 5*time.Millisecond)
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

// replaceFile writes a file whole: beside the old one and renamed, so that a reader sees the old content or the new, and so
// does one after a crash.
func replaceFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// pause waits for d, or returns the cause of a context that ends earlier.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
