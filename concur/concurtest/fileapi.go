package concurtest

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"tieout/concur/concurtest/internal/hash"
)

// file serves what a job produced, whole or in one range.
func (x *exchange) file() {
	d, job := x.askedJob()
	switch {
	case job == nil:
		return
	case job.State != StateComplete:
		x.fail(http.StatusNotFound, "There is no file for this job.")
		return
	case d.Serving.ExpiresAfter > 0 && x.clock().After(job.Ended.Add(d.Serving.ExpiresAfter)):
		x.fail(http.StatusNotFound, "The file is no longer available.")
		return
	}
	c, err := x.contentFor(d, *job)
	if err == nil && x.fault.FileBody != "" {
		c, err = c.replaced(x.fault.FileBody)
	}
	if err != nil {
		x.fail(http.StatusInternalServerError, "concurtest: "+err.Error())
		return
	}
	x.w.framing = cmp.Or(x.w.framing, d.Serving.Framing)
	etag := x.fileHeader(d, job, c)
	if etag != "" && x.r.Header.Get("If-None-Match") == etag {
		x.w.WriteHeader(http.StatusNotModified)
		return
	}
	x.filePart(d, c, etag)
}

// fileHeader sets the headers that do not depend on the part that is asked for, and returns the ETag.
func (x *exchange) fileHeader(d *Definition, job *JobRecord, c *content) (etag string) {
	header := x.w.Header()
	header.Set("Content-Type", c.mediaType)
	header.Set("Last-Modified", job.Ended.UTC().Format(http.TimeFormat))
	if !d.Serving.NoName && c.name != "" {
		header.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", c.name))
	}
	if d.Serving.NoETag {
		return ""
	}
	version := job.Seed
	if x.fault.NewETag {
		version = hash.Mix(version)
	}
	etag = fmt.Sprintf("%q", fmt.Sprintf("%016x-%x", version, c.size))
	header.Set("ETag", etag)
	return etag
}

// filePart answers the content, or the part of it that is asked for.
func (x *exchange) filePart(d *Definition, c *content, etag string) {
	header := x.w.Header()
	from, to, status := int64(0), c.size, http.StatusOK
	if !d.Serving.NoRange && !x.fault.NoRange {
		header.Set("Accept-Ranges", "bytes")
		from, to, status = x.askedRange(c.size, etag)
	}
	switch status {
	case http.StatusRequestedRangeNotSatisfiable:
		header.Set("Content-Range", fmt.Sprintf("bytes */%d", c.size))
		x.text(status, "text/plain", "")
		return
	case http.StatusPartialContent:
		header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, c.size))
		x.w.corrupt -= from
	}
	header.Set("Content-Length", strconv.FormatInt(to-from, 10))
	x.w.WriteHeader(status)
	if x.r.Method == http.MethodHead || from == to {
		return
	}
	// The client went away, or a fault ended the body: nobody waits for the error.
	_ = c.write(x.w, from, to-from)
}

// askedRange reads Range and If-Range. Several ranges, or one that cannot be read, get the whole file.
func (x *exchange) askedRange(size int64, etag string) (from, to int64, status int) {
	spec, ok := strings.CutPrefix(x.r.Header.Get("Range"), "bytes=")
	first, last, ok2 := strings.Cut(strings.TrimSpace(spec), "-")
	if !ok || !ok2 || cmp.Or(x.r.Header.Get("If-Range"), etag) != etag {
		return 0, size, http.StatusOK
	}
	a, errA := strconv.ParseInt(first, 10, 64)
	b, errB := strconv.ParseInt(last, 10, 64)
	switch {
	case first == "" && errB == nil && b > 0:
		from, to = max(size-b, 0), size
	case errA == nil && last == "":
		from, to = a, size
	case errA == nil && errB == nil && a <= b:
		from, to = a, min(b+1, size)
	default:
		return 0, size, http.StatusOK
	}
	if from >= size || from < 0 {
		return 0, 0, http.StatusRequestedRangeNotSatisfiable
	}
	return from, to, http.StatusPartialContent
}
