package activities

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path"

	"tieout/internal/report"
)

// readObject passes an object to read and returns which bytes those were, also where read makes nothing of them.
func (a *Activities) readObject(ctx context.Context, key string, read func(io.Reader) error) (report.Object, error) {
	body, size, err := a.Store.Open(ctx, key)
	if err != nil {
		return report.Object{}, err
	}
	defer body.Close()
	hash := sha256.New()
	tee := io.TeeReader(body, hash)
	readErr := read(tee)
	if readErr != nil {
		readErr = fmt.Errorf("reading %s: %w", a.Store.URI(key), readErr)
	}
	if _, err := io.Copy(io.Discard, tee); err != nil { // a decoder stops at the end of its document
		return report.Object{}, cmp.Or(readErr, fmt.Errorf("reading %s: %w", a.Store.URI(key), err))
	}
	return report.Object{URI: a.Store.URI(key), Bytes: size, SHA256: hex.EncodeToString(hash.Sum(nil))}, readErr
}

// createObject streams an immutable object and returns which bytes those were.
func (a *Activities) createObject(ctx context.Context, key, contentType string, write func(io.Writer) error) (report.Object, error) {
	object := report.Object{URI: a.Store.URI(key)}
	w, err := a.Store.Create(ctx, key, contentType)
	if err != nil {
		return object, fmt.Errorf("writing %s: %w", path.Base(key), err)
	}
	defer w.Abort()
	hash, size := sha256.New(), byteCount(0)
	if err := write(io.MultiWriter(w, hash, &size)); err != nil {
		return object, fmt.Errorf("writing %s: %w", path.Base(key), err)
	}
	if err := w.Commit(ctx); err != nil {
		return object, fmt.Errorf("writing %s: %w", path.Base(key), err)
	}
	object.Bytes, object.SHA256 = int64(size), hex.EncodeToString(hash.Sum(nil))
	return object, nil
}

// byteCount counts what is written.
type byteCount int64

func (c *byteCount) Write(p []byte) (int, error) {
	*c += byteCount(len(p))
	return len(p), nil
}
