package s3test

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// call is one request with what it names.
type call struct {
	w           http.ResponseWriter
	r           *http.Request
	op          string
	bucket, key string
	fault       Fault
}

// failure is an error answer of S3.
type failure struct {
	XMLName xml.Name `xml:"Error"`
	status  int
	Code    string
	Message string
}

func fail(status int, code, format string, args ...any) *failure {
	return &failure{status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

func (f *failure) Error() string { return f.Code + ": " + f.Message }

func operation(r *http.Request, key string) string {
	q := r.URL.Query()
	switch {
	case key == "" && r.Method == http.MethodHead:
		return "HeadBucket"
	case key == "" && r.Method == http.MethodGet && q.Get("list-type") == "2":
		return "ListObjectsV2"
	case key == "" && r.Method == http.MethodGet && q.Has("uploads"):
		return "ListMultipartUploads"
	case key == "":
		return ""
	}
	switch r.Method {
	case http.MethodPost:
		if q.Has("uploads") {
			return "CreateMultipartUpload"
		} else if q.Has("uploadId") {
			return "CompleteMultipartUpload"
		}
	case http.MethodPut:
		if q.Has("partNumber") {
			return "UploadPart"
		} else if len(q) == 0 || q.Get("x-id") == "PutObject" {
			return "PutObject"
		}
	case http.MethodGet:
		if q.Has("uploadId") {
			return "ListParts"
		}
		return "GetObject"
	case http.MethodHead:
		return "HeadObject"
	case http.MethodDelete:
		if q.Has("uploadId") {
			return "AbortMultipartUpload"
		}
		return "DeleteObject"
	}
	return ""
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	c := &call{w: w, r: r, op: operation(r, key), bucket: bucket, key: key}
	c.fault = s.faults.Take(c.op, key)
	entry := s.log(c)
	switch c.fault.Do {
	case Reset:
		drop()
	case Hang:
		_, _ = io.Copy(io.Discard, r.Body) // the server notices a client's going only once the body is read
		s.wait(r, 0)
		drop()
	case Slow:
		s.wait(r, c.fault.Delay)
	}
	f := c.fault.Do.answer()
	if f == nil {
		f = s.verify(r)
	}
	if f == nil {
		f = s.dispatch(c, entry)
	}
	if f != nil {
		c.fail(f)
		s.note(entry, f.status)
	}
}

func (s *Server) log(c *call) int {
	part, _ := strconv.Atoi(c.r.URL.Query().Get("partNumber"))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{Operation: c.op, Bucket: c.bucket, Key: c.key, Range: c.r.Header.Get("Range"), Part: part,
		Header: c.r.Header.Clone(), At: time.Now()})
	return len(s.requests) - 1
}

func (s *Server) note(entry, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[entry].Status = status
}

func (s *Server) dispatch(c *call, entry int) *failure {
	s.mu.Lock()
	_, known := s.buckets[c.bucket]
	s.mu.Unlock()
	if !known {
		return fail(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
	}
	handlers := map[string]func(*call) (reply, *failure){
		"HeadBucket":              func(*call) (reply, *failure) { return reply{status: http.StatusOK}, nil },
		"ListObjectsV2":           s.listObjects,
		"ListMultipartUploads":    s.listUploads,
		"PutObject":               s.putObject,
		"GetObject":               s.getObject,
		"HeadObject":              s.getObject,
		"DeleteObject":            s.deleteObject,
		"CreateMultipartUpload":   s.createUpload,
		"UploadPart":              s.uploadPart,
		"ListParts":               s.listParts,
		"CompleteMultipartUpload": s.completeUpload,
		"AbortMultipartUpload":    s.abortUpload,
	}
	handle := handlers[c.op]
	if handle == nil || c.r.Header.Get("X-Amz-Copy-Source") != "" {
		return fail(http.StatusNotImplemented, "NotImplemented", "s3test does not know this operation")
	}
	answer, f := handle(c)
	if f != nil {
		return f
	}
	if c.fault.Do == LostAnswer {
		drop()
	}
	s.note(entry, answer.status)
	s.write(c, answer)
	return nil
}

// reply is a good answer: a document, a body, or nothing.
type reply struct {
	status int
	header map[string]string
	doc    any
	body   []byte
	size   int64 // of the body that a HEAD does not send
}

func (s *Server) write(c *call, a reply) {
	for name, value := range a.header {
		if value != "" {
			c.w.Header().Set(name, value)
		}
	}
	c.w.Header().Set("x-amz-request-id", "s3test")
	if a.doc != nil {
		c.w.Header().Set("Content-Type", "application/xml")
		c.w.WriteHeader(a.status)
		_, _ = io.WriteString(c.w, xml.Header)
		_ = xml.NewEncoder(c.w).Encode(a.doc)
		return
	}
	if c.op == "GetObject" || c.op == "HeadObject" {
		c.w.Header().Set("Content-Length", strconv.FormatInt(a.size, 10))
	}
	c.w.WriteHeader(a.status)
	if c.op != "GetObject" {
		return
	}
	if c.fault.Do == CutShort || c.fault.Do == StallBody {
		_, _ = c.w.Write(a.body[:len(a.body)/2])
		_ = http.NewResponseController(c.w).Flush()
		if c.fault.Do == StallBody {
			s.wait(c.r, 0)
		}
		drop()
	}
	_, _ = c.w.Write(a.body)
}

func (c *call) fail(f *failure) {
	if c.r.Method == http.MethodHead { // no body, and the SDK makes the code of the status
		c.w.WriteHeader(f.status)
		return
	}
	c.w.Header().Set("Content-Type", "application/xml")
	c.w.WriteHeader(f.status)
	_, _ = io.WriteString(c.w, xml.Header)
	_ = xml.NewEncoder(c.w).Encode(f)
}
