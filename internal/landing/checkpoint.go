package landing

import (
	"tieout/internal/bucket"
	"tieout/internal/extractfile"
)

// Checkpoint is what a transfer needs to go on in another process, and what its heartbeats carry. It stays below 2 KiB:
// the parts themselves are listed by S3.
type Checkpoint struct {
	Schema int `json:"schema"` // 1
	// Key, Name and ContentType are of the first answer.
	Key         string `json:"key,omitempty"`
	Name        string `json:"name,omitempty"`
	ContentType string `json:"contentType,omitempty"`
	// UploadID is empty before the first part is full.
	UploadID string `json:"uploadId,omitempty"`
	bucket.Mark
	// Length is the whole file's, -1 unknown; ETag the validator of the answer that the parts are of.
	Length int64  `json:"length"`
	ETag   string `json:"etag,omitempty"`
	// Count is how far the records of those parts were counted; Zip says that they are of an archive.
	Count extractfile.CountMark `json:"count"`
	Zip   bool                  `json:"zip,omitempty"`
	// Fetches are the SHA-256 of complete fetches whose end nothing proved, or which the file itself refuted.
	Fetches []string `json:"fetches,omitempty"`
	// Received counts the bytes of the present answer, for people; it runs ahead of Bytes.
	Received int64 `json:"received"`
}

// whole reports whether nothing that was counted speaks against the parts being the whole file.
func (c Checkpoint) whole() bool {
	return c.Count.Declared < 0 || c.Count.At == c.Bytes && c.Count.Records == c.Count.Declared
}

// cut shortens a text that came from outside.
func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
