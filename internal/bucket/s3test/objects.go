package s3test

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/minio/crc64nvme"
)

type object struct {
	body                           []byte
	size                           int64
	contentType, disposition, etag string
	crc                            string // CRC64NVME of the whole object, "" if the writer chose another checksum
	modified                       time.Time
}

// keepAnyway is the size up to which bodies are kept in spite of Discard.
const keepAnyway = 1 << 20

// content is a request's body with what S3 computes of it.
type content struct {
	body      []byte
	size      int64
	etag, crc string
}

// receive reads a body and checks whatever checksums came with it.
func (s *Server) receive(c *call) (content, *failure) {
	h := c.r.Header
	if c.r.ContentLength < 0 {
		return content{}, fail(http.StatusLengthRequired, "MissingContentLength", "You must provide the Content-Length HTTP header.")
	}
	if strings.HasPrefix(h.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return content{}, fail(http.StatusNotImplemented, "NotImplemented", "s3test does not read aws-chunked bodies")
	}
	if s.Discard && c.r.ContentLength > keepAnyway {
		n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, c.r.Body, make([]byte, 256<<10)) // io.Discard alone reads 8 KiB at a time
		if err != nil {
			drop()
		}
		return content{size: n, etag: `"` + hex.EncodeToString([]byte(h.Get("X-Amz-Checksum-Crc64nvme"))) + `"`, crc: h.Get("X-Amz-Checksum-Crc64nvme")}, nil
	}
	body := make([]byte, c.r.ContentLength)
	if _, err := io.ReadFull(c.r.Body, body); err != nil {
		drop() // the client went away: nothing is stored
	}
	if f := checkSums(h, body); f != nil {
		return content{}, f
	}
	if c.fault.Do == Corrupt && len(body) > 0 {
		body[len(body)/2] ^= 1
	}
	sum := md5.Sum(body)
	return content{body: body, size: int64(len(body)), etag: `"` + hex.EncodeToString(sum[:]) + `"`, crc: crcText(crc64nvme.Checksum(body))}, nil
}

func crcText(crc uint64) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, crc))
}

func checkSums(h http.Header, body []byte) *failure {
	if want := h.Get("X-Amz-Content-Sha256"); len(want) == 64 {
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != want {
			return fail(http.StatusBadRequest, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
		}
	}
	for name, hash := range map[string]hash.Hash{"Crc32": crc32.NewIEEE(), "Crc32c": crc32.New(crc32.MakeTable(crc32.Castagnoli)),
		"Sha1": sha1.New(), "Sha256": sha256.New(), "Crc64nvme": crc64nvme.New()} {
		want := h.Get("X-Amz-Checksum-" + name)
		if want == "" {
			continue
		}
		hash.Write(body)
		if base64.StdEncoding.EncodeToString(hash.Sum(nil)) != want {
			return fail(http.StatusBadRequest, "BadDigest", "The %s you specified did not match the calculated checksum.", strings.ToUpper(name))
		}
	}
	return nil
}

// allowed holds a conditional write against what is there. The lock is held.
func (s *Server) allowed(c *call) *failure {
	there, exists := s.buckets[c.bucket][c.key]
	noneMatch, match := c.r.Header.Get("If-None-Match"), c.r.Header.Get("If-Match")
	switch {
	case noneMatch != "" && noneMatch != "*":
		return fail(http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented")
	case noneMatch == "*" && exists:
		return fail(http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	case match != "" && !exists:
		return fail(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
	case match != "" && strings.Trim(match, `"`) != strings.Trim(there.etag, `"`):
		return fail(http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	}
	return nil
}

func (s *Server) putObject(c *call) (reply, *failure) {
	got, f := s.receive(c)
	if f != nil {
		return reply{}, f
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.allowed(c); f != nil {
		return reply{}, f
	}
	s.buckets[c.bucket][c.key] = &object{body: got.body, size: got.size, etag: got.etag, crc: got.crc, modified: time.Now(),
		contentType: c.r.Header.Get("Content-Type"), disposition: c.r.Header.Get("Content-Disposition")}
	return reply{status: http.StatusOK, header: map[string]string{"ETag": got.etag, "x-amz-checksum-crc64nvme": got.crc, "x-amz-checksum-type": "FULL_OBJECT"}}, nil
}

func (s *Server) getObject(c *call) (reply, *failure) {
	s.mu.Lock()
	o, ok := s.buckets[c.bucket][c.key]
	s.mu.Unlock()
	if !ok {
		return reply{}, fail(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
	}
	if match := c.r.Header.Get("If-Match"); match != "" && match != o.etag {
		return reply{}, fail(http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	}
	if c.op == "GetObject" && int64(len(o.body)) != o.size {
		return reply{}, fail(http.StatusNotImplemented, "NotImplemented", "the bytes were discarded")
	}
	a := reply{status: http.StatusOK, body: o.body, size: o.size, header: map[string]string{"ETag": o.etag, "Content-Type": o.contentType,
		"Content-Disposition": o.disposition, "Last-Modified": o.modified.UTC().Format(http.TimeFormat), "Accept-Ranges": "bytes"}}
	if c.r.Header.Get("X-Amz-Checksum-Mode") == "ENABLED" && o.crc != "" {
		a.header["x-amz-checksum-crc64nvme"], a.header["x-amz-checksum-type"] = o.crc, "FULL_OBJECT"
	}
	if span := c.r.Header.Get("Range"); span != "" && c.op == "GetObject" {
		from, to, ok := parseRange(span, o.size)
		if !ok {
			return reply{}, fail(http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable")
		}
		a.status, a.body, a.size = http.StatusPartialContent, o.body[from:to], to-from
		a.header["Content-Range"] = fmt.Sprintf("bytes %d-%d/%d", from, to-1, o.size)
		delete(a.header, "x-amz-checksum-crc64nvme")
	}
	return a, nil
}

// parseRange reads "bytes=a-b", "bytes=a-" and "bytes=-n"; to is exclusive.
func parseRange(span string, size int64) (from, to int64, ok bool) {
	first, last, found := strings.Cut(strings.TrimPrefix(span, "bytes="), "-")
	if !found {
		return 0, 0, false
	}
	if first == "" {
		n, err := strconv.ParseInt(last, 10, 64)
		return max(size-n, 0), size, err == nil && n > 0 && size > 0
	}
	from, err := strconv.ParseInt(first, 10, 64)
	to = size
	if err == nil && last != "" {
		to, err = strconv.ParseInt(last, 10, 64)
		to = min(to+1, size)
	}
	return from, to, err == nil && from < size && from < to
}

func (s *Server) deleteObject(c *call) (reply, *failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.buckets[c.bucket], c.key)
	return reply{status: http.StatusNoContent}, nil
}
