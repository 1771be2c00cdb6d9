package config

import (
	"net/url"
	"strings"
)

// keyMark is what report_url has in the place of an object's key.
const keyMark = "{key}"

// Storage is the bucket that holds the evidence.
type Storage struct {
	Bucket string `yaml:"bucket"`
	// Prefix has no slash at either end and may be empty.
	Prefix    string `yaml:"prefix"`
	ReportURL string `yaml:"report_url"`
}

// URI is the s3:// place of a key.
func (s Storage) URI(key string) string { return "s3://" + s.Bucket + "/" + key }

// ReportLink is how people reach an object, given by its key or its s3:// place in this bucket: report_url with
// the key filled in and escaped, else the s3:// place.
func (s Storage) ReportLink(object string) string {
	key := strings.TrimPrefix(object, s.URI(""))
	if s.ReportURL == "" || strings.HasPrefix(key, "s3://") {
		if strings.HasPrefix(object, "s3://") {
			return object
		}
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
