package s3test

import (
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

type listedObject struct {
	Key, LastModified, ETag string
	Size                    int64
	StorageClass            string
}

type listedPrefix struct{ Prefix string }

type listing struct {
	XMLName               xml.Name `xml:"ListBucketResult"`
	Name, Prefix          string
	Delimiter             string `xml:",omitempty"`
	MaxKeys, KeyCount     int
	IsTruncated           bool
	NextContinuationToken string         `xml:",omitempty"`
	Contents              []listedObject `xml:"Contents"`
	CommonPrefixes        []listedPrefix `xml:"CommonPrefixes"`
}

func (s *Server) listObjects(c *call) (reply, *failure) {
	q := c.r.URL.Query()
	after := q.Get("start-after")
	if token := q.Get("continuation-token"); token != "" {
		raw, err := base64.URLEncoding.DecodeString(token)
		if err != nil {
			return reply{}, fail(http.StatusBadRequest, "InvalidArgument", "The continuation token provided is incorrect")
		}
		after = string(raw)
	}
	limit := s.PageSize
	if n, err := strconv.Atoi(q.Get("max-keys")); err == nil && n < limit {
		limit = n
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	doc := listing{Name: c.bucket, Prefix: q.Get("prefix"), Delimiter: q.Get("delimiter"), MaxKeys: limit}
	last := ""
	var below []string
	for key := range s.buckets[c.bucket] {
		if strings.HasPrefix(key, doc.Prefix) {
			below = append(below, key)
		}
	}
	slices.Sort(below)
	for _, key := range below {
		rest := strings.TrimPrefix(key, doc.Prefix)
		entry := key
		if i := strings.Index(rest, doc.Delimiter); doc.Delimiter != "" && i >= 0 {
			entry = doc.Prefix + rest[:i+len(doc.Delimiter)] // one entry for all keys below it
		}
		if entry <= after || entry == last {
			continue
		}
		if doc.KeyCount == limit {
			doc.IsTruncated = true
			doc.NextContinuationToken = base64.URLEncoding.EncodeToString([]byte(last))
			break
		}
		last = entry
		doc.KeyCount++
		if entry != key {
			doc.CommonPrefixes = append(doc.CommonPrefixes, listedPrefix{entry})
			continue
		}
		o := s.buckets[c.bucket][key]
		doc.Contents = append(doc.Contents, listedObject{key, o.modified.UTC().Format(time.RFC3339Nano), o.etag, o.size, "STANDARD"})
	}
	return reply{status: http.StatusOK, doc: doc}, nil
}
