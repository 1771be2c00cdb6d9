package evidence

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tieout/internal/bucket"
)

// ReadManifest reads the manifest of a landing; ErrNotFound says that the job has not landed.
func ReadManifest(ctx context.Context, s *bucket.Store, key string) (*Manifest, error) {
	var m Manifest
	if err := s.GetJSON(ctx, key, &m); err != nil {
		return nil, err
	}
	if m.Schema != 1 {
		return nil, fmt.Errorf("reading %s: it has schema %d, and this version of tieout reads schema 1", s.URI(key), m.Schema)
	}
	return &m, nil
}

// Current reads the manifest of the job's landing that counts, the one with the highest number, and says which it is;
// ErrNotFound says that the job has not landed.
func (p Pipeline) Current(ctx context.Context, jobKey string) (*Manifest, Landing, error) {
	current := p.Keys.Landing(jobKey, 1)
	objects, err := p.Store.List(ctx, p.Keys.Landings(jobKey))
	if err != nil {
		return nil, Landing{}, err
	}
	for _, object := range objects {
		if l, ok := LandingOf(object.Key); ok && l.Number > current.Number {
			current = l
		}
	}
	m, err := ReadManifest(ctx, p.Store, current.Manifest())
	return m, current, err
}

// WriteManifest ends a landing. Two runs that met at one job may both write it: the first one stands, and the second
// is fine when it landed the same files of the same job; else it is a *ConflictError.
func WriteManifest(ctx context.Context, s *bucket.Store, key string, m *Manifest) error {
	err := s.PutJSON(ctx, key, m)
	if _, ok := errors.AsType[*bucket.ConflictError](err); !ok {
		return err
	}
	there, readErr := ReadManifest(ctx, s, key)
	if readErr != nil {
		return readErr
	}
	if sameEvidence(there, m) {
		return nil
	}
	return err
}

// sameEvidence compares what the manifests prove; when, by which software and in how many answers it was fetched may
// differ.
func sameEvidence(a, b *Manifest) bool {
	same := func(x, y File) bool { return x.Key == y.Key && x.Bytes == y.Bytes && x.SHA256 == y.SHA256 }
	return a.Pipeline == b.Pipeline && a.Job.ID == b.Job.ID && a.Job.Definition == b.Job.Definition &&
		a.Zip == b.Zip && same(a.Raw, b.Raw) && slices.EqualFunc(a.Files, b.Files, same)
}
