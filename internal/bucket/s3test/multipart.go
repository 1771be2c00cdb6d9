package s3test

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/minio/crc64nvme"
)

type upload struct {
	bucket, key, contentType, disposition string
	algorithm, checksumType               string
	initiated                             time.Time
	parts                                 map[int]content
}

func (s *Server) createUpload(c *call) (reply, *failure) {
	h := c.r.Header
	u := &upload{bucket: c.bucket, key: c.key, contentType: h.Get("Content-Type"), disposition: h.Get("Content-Disposition"),
		algorithm: h.Get("X-Amz-Checksum-Algorithm"), checksumType: h.Get("X-Amz-Checksum-Type"), initiated: time.Now(), parts: map[int]content{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	id := fmt.Sprintf("s3test-upload-%06d", s.serial)
	s.uploads[id] = u
	type result struct {
		XMLName               xml.Name `xml:"InitiateMultipartUploadResult"`
		Bucket, Key, UploadId string
	}
	return reply{status: http.StatusOK, doc: result{Bucket: c.bucket, Key: c.key, UploadId: id},
		header: map[string]string{"x-amz-checksum-algorithm": u.algorithm, "x-amz-checksum-type": u.checksumType}}, nil
}

// find gives an open upload. The lock is held.
func (s *Server) find(c *call) (string, *upload, *failure) {
	id := c.r.URL.Query().Get("uploadId")
	u, ok := s.uploads[id]
	if !ok || u.bucket != c.bucket || u.key != c.key {
		return "", nil, fail(http.StatusNotFound, "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.")
	}
	return id, u, nil
}

func (s *Server) uploadPart(c *call) (reply, *failure) {
	n, err := strconv.Atoi(c.r.URL.Query().Get("partNumber"))
	if err != nil || n < 1 || n > 10000 {
		return reply{}, fail(http.StatusBadRequest, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
	}
	got, f := s.receive(c)
	if f != nil {
		return reply{}, f
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, u, f := s.find(c)
	if f != nil {
		return reply{}, f
	}
	u.parts[n] = got
	return reply{status: http.StatusOK, header: map[string]string{"ETag": got.etag, "x-amz-checksum-crc64nvme": c.r.Header.Get("X-Amz-Checksum-Crc64nvme")}}, nil
}

type listedPart struct {
	PartNumber        int
	LastModified      string
	ETag              string
	Size              int64
	ChecksumCRC64NVME string `xml:",omitempty"`
}

func (s *Server) listParts(c *call) (reply, *failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, u, f := s.find(c)
	if f != nil {
		return reply{}, f
	}
	type result struct {
		XMLName               xml.Name `xml:"ListPartsResult"`
		Bucket, Key, UploadId string
		PartNumberMarker      int
		NextPartNumberMarker  int
		MaxParts              int
		IsTruncated           bool
		ChecksumAlgorithm     string       `xml:",omitempty"`
		ChecksumType          string       `xml:",omitempty"`
		Part                  []listedPart `xml:"Part"`
	}
	marker, _ := strconv.Atoi(c.r.URL.Query().Get("part-number-marker"))
	doc := result{Bucket: c.bucket, Key: c.key, UploadId: id, PartNumberMarker: marker, MaxParts: s.PageSize, ChecksumAlgorithm: u.algorithm, ChecksumType: u.checksumType}
	for _, n := range slices.Sorted(maps.Keys(u.parts)) {
		if n <= marker {
			continue
		}
		if len(doc.Part) == s.PageSize {
			doc.IsTruncated = true
			break
		}
		p := listedPart{PartNumber: n, ETag: u.parts[n].etag, Size: u.parts[n].size, LastModified: u.initiated.UTC().Format(time.RFC3339)}
		if u.algorithm == "CRC64NVME" {
			p.ChecksumCRC64NVME = u.parts[n].crc
		}
		doc.Part = append(doc.Part, p)
		doc.NextPartNumberMarker = n
	}
	return reply{status: http.StatusOK, doc: doc}, nil
}

type completion struct {
	Part []struct {
		PartNumber        int
		ETag              string
		ChecksumCRC64NVME string
	}
}

func (s *Server) completeUpload(c *call) (reply, *failure) {
	var list completion
	if err := xml.NewDecoder(c.r.Body).Decode(&list); err != nil || len(list.Part) == 0 {
		return reply{}, fail(http.StatusBadRequest, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id, u, f := s.find(c)
	if f != nil {
		return reply{}, f
	}
	if f := s.allowed(c); f != nil {
		return reply{}, f
	}
	o, f := s.join(c, u, list)
	if f != nil {
		return reply{}, f
	}
	s.buckets[c.bucket][c.key] = o
	delete(s.uploads, id)
	type result struct {
		XMLName                     xml.Name `xml:"CompleteMultipartUploadResult"`
		Location, Bucket, Key, ETag string
		ChecksumCRC64NVME           string `xml:",omitempty"`
		ChecksumType                string `xml:",omitempty"`
	}
	return reply{status: http.StatusOK, doc: result{Bucket: c.bucket, Key: c.key, ETag: o.etag, ChecksumCRC64NVME: o.crc, ChecksumType: u.checksumType}}, nil
}

// join makes the object of the parts that the completion lists, which need not be all that were uploaded.
func (s *Server) join(c *call, u *upload, list completion) (*object, *failure) {
	o := &object{contentType: u.contentType, disposition: u.disposition, modified: time.Now()}
	sums := md5.New()
	before := 0
	for i, p := range list.Part {
		if p.PartNumber <= before {
			return nil, fail(http.StatusBadRequest, "InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.")
		}
		before = p.PartNumber
		held, ok := u.parts[p.PartNumber]
		if !ok || strings.Trim(held.etag, `"`) != strings.Trim(p.ETag, `"`) || p.ChecksumCRC64NVME != "" && p.ChecksumCRC64NVME != held.crc {
			return nil, fail(http.StatusBadRequest, "InvalidPart", "One or more of the specified parts could not be found.")
		}
		if i < len(list.Part)-1 && held.size < s.MinPart {
			return nil, fail(http.StatusBadRequest, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
		}
		raw, _ := hex.DecodeString(strings.Trim(held.etag, `"`))
		sums.Write(raw)
		o.size += held.size
		o.body = append(o.body, held.body...)
	}
	if want := c.r.Header.Get("X-Amz-Mp-Object-Size"); want != "" && want != strconv.FormatInt(o.size, 10) {
		return nil, fail(http.StatusBadRequest, "InvalidRequest", "The provided 'x-amz-mp-object-size' header does not match what was computed.")
	}
	want := c.r.Header.Get("X-Amz-Checksum-Crc64nvme")
	if u.algorithm == "CRC64NVME" {
		o.crc = want // what was discarded cannot be computed
		if int64(len(o.body)) == o.size {
			o.crc = crcText(crc64nvme.Checksum(o.body))
		}
	}
	if want != "" && want != o.crc {
		return nil, fail(http.StatusBadRequest, "BadDigest", "The CRC64NVME you specified did not match the calculated checksum.")
	}
	o.etag = fmt.Sprintf(`"%x-%d"`, sums.Sum(nil), len(list.Part))
	return o, nil
}

func (s *Server) abortUpload(c *call) (reply, *failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, _, f := s.find(c)
	if f != nil {
		return reply{}, f
	}
	delete(s.uploads, id)
	return reply{status: http.StatusNoContent}, nil
}

func (s *Server) listUploads(c *call) (reply, *failure) {
	type entry struct{ Key, UploadId, Initiated string }
	type result struct {
		XMLName     xml.Name `xml:"ListMultipartUploadsResult"`
		Bucket      string
		IsTruncated bool
		Upload      []entry `xml:"Upload"`
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	doc := result{Bucket: c.bucket}
	for _, id := range slices.Sorted(maps.Keys(s.uploads)) {
		if u := s.uploads[id]; u.bucket == c.bucket && strings.HasPrefix(u.key, c.r.URL.Query().Get("prefix")) {
			doc.Upload = append(doc.Upload, entry{u.key, id, u.initiated.UTC().Format(time.RFC3339)})
		}
	}
	return reply{status: http.StatusOK, doc: doc}, nil
}
