package activities

import (
	"context"
	"io"

	"tieout/internal/report"
	"tieout/internal/tieout"
)

// readObject passes an object to read and returns which bytes it holds, also where read fails.
func (r *run) readObject(ctx context.Context, key string, read func(io.Reader) error) (report.Object, error) {
	body, _, err := r.Store.Open(ctx, key)
	if err != nil {
		return report.Object{}, err
	}
	defer body.Close()
	return tieout.ReadObject(r.URI(key), body, read)
}

// tieOutObjects reads and writes the objects of a tie-out, and reads those of the pipeline's other tie-outs. It
// implements tieout.Objects.
type tieOutObjects struct {
	*run
	ref tieout.Ref
}

func (o tieOutObjects) key(name string) string {
	return o.Keys.TieOut(o.ref.JobKey, o.ref.Number, name)
}

func (o tieOutObjects) Read(ctx context.Context, of tieout.Ref, name string, read func(io.Reader) error) (report.Object, error) {
	object, err := o.readObject(ctx, o.Keys.TieOut(of.JobKey, of.Number, name), read)
	return object, notExist(err)
}

func (o tieOutObjects) Create(ctx context.Context, name, contentType string, write func(io.Writer) error) (report.Object, error) {
	w, err := o.Store.Create(ctx, o.key(name), contentType)
	if err != nil {
		return report.Object{}, err
	}
	defer w.Abort()
	object, err := tieout.WriteObject(o.URI(o.key(name)), w, write)
	if err != nil {
		return object, err
	}
	return object, w.Commit(ctx)
}

func (o tieOutObjects) Replace(ctx context.Context, name string, body []byte) error {
	return o.Store.Put(ctx, o.key(name), "application/json", body)
}
