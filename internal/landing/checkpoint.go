package landing

import (
	"crypto/sha256"
	"encoding"

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
	UploadID  string `json:"uploadId,omitempty"`
	PartBytes int64  `json:"partBytes"`
	// Parts without a gap are in S3; Bytes, CRC64 and SHA256 (a marshalled state) are of what they hold.
	Parts  int32  `json:"parts"`
	Bytes  int64  `json:"bytes"`
	CRC64  uint64 `json:"crc64"`
	SHA256 []byte `json:"sha256,omitempty"`
	// Sum is the SHA-256 itself, in place of a state, once the parts hold the whole answer.
	Sum []byte `json:"sum,omitempty"`
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

func (c Checkpoint) mark() mark {
	return mark{parts: c.Parts, bytes: c.Bytes, crc: c.CRC64, sha: c.SHA256, sum: c.Sum, count: c.Count}
}

// whole reports whether nothing that was counted speaks against the parts being the whole file.
func (c Checkpoint) whole() bool {
	return c.Count.Declared < 0 || c.Count.At == c.Bytes && c.Count.Records == c.Count.Declared
}

// readable tells whether the hash's state is one that this program understands.
func (m mark) readable() bool {
	if m.sum != nil {
		return len(m.sum) == sha256.Size
	}
	return sha256.New().(encoding.BinaryUnmarshaler).UnmarshalBinary(m.sha) == nil
}

// cut shortens a text that came from outside.
func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
