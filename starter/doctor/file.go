package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"tieout/concur"
	"tieout/internal/app"
	"tieout/internal/pipeline"
	"tieout/starter/printer"
)

// file examines how Concur serves the file of the newest completed job, which its documentation leaves open. It reads no
// more than the head of the file.
func (d *doctor) file(ctx context.Context, client *concur.Client, p pipeline.Pipeline, definition concur.Definition) {
	part := "file " + p.Name
	jobs, err := client.Jobs(ctx, definition.ID)
	if err != nil {
		d.failed(part, err)
		return
	}
	completed := slices.DeleteFunc(jobs, func(j concur.Job) bool { return j.State != concur.Completed })
	if len(completed) == 0 {
		d.ok(part, "no completed job yet, so how files are served cannot be told")
		return
	}
	job := slices.MaxFunc(completed, func(a, b concur.Job) int { return a.StartTime.Compare(b.StartTime) })
	whole, err := client.File(ctx, definition.ID, job.ID, concur.FileRequest{})
	if remote, ok := errors.AsType[*concur.Error](err); ok && remote.Kind == concur.KindNotFound {
		d.ok(part, "the newest completed job's file is no longer served")
		return
	}
	if err != nil {
		d.failed(part, err)
		return
	}
	whole.Body.Close()
	d.ok(part, "%s, %s, %s", lengthWord(whole), etagWord(whole.ETag), rangeWord(ctx, client, definition, job, whole))
}

func lengthWord(f *concur.File) string {
	switch f.Framing {
	case concur.FramingLength:
		return fmt.Sprintf("Content-Length %d", f.Length)
	case concur.FramingChunked:
		return "no Content-Length, chunked (the end is proved)"
	}
	return "no Content-Length and not chunked (the end must be proved by the file itself)"
}

func etagWord(etag string) string {
	switch {
	case etag == "":
		return "no ETag"
	case strings.HasPrefix(etag, "W/"):
		return "a weak ETag"
	}
	return "a strong ETag"
}

// rangeWord asks for the file from its second byte on, and says what Concur makes of that.
func rangeWord(ctx context.Context, client *concur.Client, definition concur.Definition, job concur.Job, whole *concur.File) string {
	if whole.ETag == "" || strings.HasPrefix(whole.ETag, "W/") {
		return "so a cut transfer starts again from the first byte"
	}
	part, err := client.File(ctx, definition.ID, job.ID, concur.FileRequest{Offset: 1, IfMatch: whole.ETag})
	if err != nil {
		return "ranges are not served (" + printer.Visible(app.Message(err)) + "): a cut transfer starts again from the first byte"
	}
	defer part.Body.Close()
	_, _ = io.CopyN(io.Discard, part.Body, 1)
	if part.Offset == 1 {
		return "ranges are served: a cut transfer goes on where it was"
	}
	return "ranges are ignored: a cut transfer starts again from the first byte"
}
