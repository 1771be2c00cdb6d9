package landing

import (
	"context"
	"errors"
)

// Writer streams one immutable object into the bucket, in bounded memory. Nothing is to be seen before Commit. It is
// not safe for concurrent use. Either Commit or Abort must be called; Abort after Commit does nothing.
type Writer struct {
	k    *sink
	ctx  context.Context
	done bool
	err  error
}

// Create begins an object; ctx holds until Commit or Abort.
func (s *Store) Create(ctx context.Context, key, contentType string) (*Writer, error) {
	return &Writer{k: s.newSink(ctx, key, contentType, s.o.PartBytes, 1), ctx: ctx}, nil
}

// Write takes the next bytes.
func (w *Writer) Write(p []byte) (int, error) {
	if w.done {
		return 0, errors.New("writing to an object that is committed or aborted")
	}
	written := 0
	for len(p) > 0 && w.err == nil {
		var room []byte
		if room, w.err = w.k.room(); w.err != nil {
			break
		}
		n := copy(room, p)
		p, written = p[n:], written+n
		w.err = w.k.advance(n)
	}
	return written, w.err
}

// Commit makes the object appear. The same bytes there already are fine, other bytes are a *ConflictError.
func (w *Writer) Commit(ctx context.Context) error {
	if w.done {
		return errors.New("committing an object twice")
	}
	defer w.Abort()
	if w.err == nil {
		w.err = w.k.end()
	}
	if w.err != nil {
		return w.err
	}
	if err := w.k.commit(ctx); err != nil {
		return err
	}
	w.k.up = nil
	return nil
}

// Abort gives the object up.
func (w *Writer) Abort() {
	if w.done {
		return
	}
	w.done = true
	_ = w.k.settle() // only to have no part on its way any more
	w.k.abandon(w.ctx)
	w.k.release()
}
