package config

import (
	"net/url"
	"strings"
)

// keyMark stands in report_url for an object's key.
const keyMark = "{key}"

// Storage is the bucket that holds the evidence.
type Storage struct {
	Bucket string `yaml:"bucket"`
	// Prefix has no slash at either end and may be empty.
	Prefix string `yaml:"prefix"`
	// ReportURL is an address that holds {key} once, or "".
	ReportURL string `yaml:"report_url"`
}

// URI returns the s3:// URI of a key.
func (s Storage) URI(key string) string { return "s3://" + s.Bucket + "/" + key }

// ReportLink returns the link by which people reach an object, which is named by its key or its s3:// URI. It is
// report_url with the key filled in and escaped, or the s3:// URI without report_url and for another bucket.
func (s Storage) ReportLink(object string) string {
	key := strings.TrimPrefix(object, s.URI(""))
	if strings.HasPrefix(key, "s3://") {
		return object
	}
	if s.ReportURL == "" {
		return s.URI(key)
	}
	before, after, _ := strings.Cut(s.ReportURL, keyMark)
	if strings.ContainsAny(before, "?#") {
		return before + url.QueryEscape(key) + after
	}
	parts := strings.Split(key, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return before + strings.Join(parts, "/") + after
}
