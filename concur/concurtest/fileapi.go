package concurtest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"tieout/concur/concurtest/internal/hash"
)

// file serves what a job produced, whole or in one range.
func (x *exchange) file() {
	d, job := x.asked()
	if job == nil || job.State != StateComplete {
		x.fail(http.StatusNotFound, "There is no file for this job.")
		return
	}
	if d.Serving.ExpiresAfter > 0 && x.clock().After(job.Ended.Add(d.Serving.ExpiresAfter)) {
		x.fail(http.StatusNotFound, "The file is no longer available.")
		return
	}
	c, err := x.contentFor(d, *job)
	if err != nil {
		x.fail(http.StatusInternalServerError, "concurtest: "+err.Error())
		return
	}
	if x.fault.FileBody != "" {
		if c, err = c.replaced(x.fault.FileBody); err != nil {
			x.fail(http.StatusInternalServerError, "concurtest: "+err.Error())
			return
		}
	}
	if x.w.framing == "" {
		x.w.framing = d.Serving.Framing
	}
	header := x.w.Header()
	header.Set("Content-Type", c.mediaType)
	header.Set("Last-Modified", job.Ended.UTC().Format(http.TimeFormat))
	if !d.Serving.NoName && c.name != "" {
		header.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", c.name))
	}
	etag := ""
	if !d.Serving.NoETag {
		etag = fmt.Sprintf("%q", fmt.Sprintf("%016x-%x", job.Seed, c.size))
		if x.fault.NewETag {
			etag = fmt.Sprintf("%q", fmt.Sprintf("%016x-%x", hash.Mix(job.Seed), c.size))
		}
		header.Set("ETag", etag)
	}
	if etag != "" && x.r.Header.Get("If-None-Match") == etag {
		x.w.WriteHeader(http.StatusNotModified)
		return
	}
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
	// The client went away, or a fault ended the body: either way there is nobody to tell.
	_ = c.write(x.w, from, to-from)
}

// askedRange reads Range and If-Range. Several ranges, or one that is no range, get the whole file.
func (x *exchange) askedRange(size int64, etag string) (from, to int64, status int) {
	whole := func() (int64, int64, int) { return 0, size, http.StatusOK }
	spec, ok := strings.CutPrefix(x.r.Header.Get("Range"), "bytes=")
	if !ok || strings.Contains(spec, ",") {
		return whole()
	}
	if condition := x.r.Header.Get("If-Range"); condition != "" && condition != etag {
		return whole()
	}
	first, last, ok := strings.Cut(strings.TrimSpace(spec), "-")
	if !ok {
		return whole()
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
		return whole()
	}
	if from >= size || from < 0 {
		return 0, 0, http.StatusRequestedRangeNotSatisfiable
	}
	return from, to, http.StatusPartialContent
}
