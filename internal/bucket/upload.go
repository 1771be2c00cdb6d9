package bucket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// partsPerSize is how many parts have one size before it doubles: with 8 MiB at first, the 10,000 parts that S3 allows
// hold more than 5 TiB, and the default of memory holds two parts up to 23 GiB.
const partsPerSize = 1000

// partSize returns the size of part n, from 1. It depends on nothing that may change between two fetches, so that their
// parts can be compared.
func partSize(first int64, n int32) int64 { return first << ((n - 1) / partsPerSize) }

// Upload is an open multipart upload and what the bucket holds of it.
type Upload struct {
	s       *Store
	key, id string

	mu    sync.Mutex
	parts map[int32]part
}

// part is one part that S3 holds.
type part struct {
	etag, crc string
	bytes     int64
}

func (s *Store) newUpload(ctx context.Context, key, contentType, name string) (*Upload, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	out, err := s.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &s.bucket, Key: &key,
		ContentType: text(contentType), ContentDisposition: disposition(name),
		ChecksumAlgorithm: types.ChecksumAlgorithmCrc64nvme, ChecksumType: types.ChecksumTypeFullObject})
	if err != nil {
		return nil, s.failed("starting the upload of", key, err)
	}
	return &Upload{s: s, key: key, id: aws.ToString(out.UploadId), parts: map[int32]part{}}, nil
}

// OpenUpload lists the parts of an upload that another process began. It returns ErrNotFound
// where S3 no longer has the upload.
func (s *Store) OpenUpload(ctx context.Context, key, id string) (*Upload, error) {
	u := &Upload{s: s, key: key, id: id, parts: map[int32]part{}}
	pages := s3.NewListPartsPaginator(s.client, &s3.ListPartsInput{Bucket: &s.bucket, Key: &key, UploadId: &id})
	for pages.HasMorePages() {
		page, err := u.page(ctx, pages)
		if isNoSuchUpload(err) {
			err = fmt.Errorf("%w: %w", ErrNotFound, err)
		}
		if err != nil {
			return nil, s.failed("listing the parts of", key, err)
		}
		for _, p := range page.Parts {
			u.parts[aws.ToInt32(p.PartNumber)] = part{etag: aws.ToString(p.ETag), crc: aws.ToString(p.ChecksumCRC64NVME), bytes: aws.ToInt64(p.Size)}
		}
	}
	return u, nil
}

func (u *Upload) page(ctx context.Context, pages *s3.ListPartsPaginator) (*s3.ListPartsOutput, error) {
	ctx, cancel := u.s.bounded(ctx)
	defer cancel()
	return pages.NextPage(ctx)
}

// Mark is a position between two parts, from which another process can go on with an upload. It holds no byte of the
// object.
type Mark struct {
	// PartBytes is the size of the first parts.
	PartBytes int64 `json:"partBytes"`
	// Parts without a gap are in the bucket; Bytes, CRC64 and SHA256 (a marshalled state) are of what they hold.
	Parts  int32  `json:"parts"`
	Bytes  int64  `json:"bytes"`
	CRC64  uint64 `json:"crc64"`
	SHA256 []byte `json:"sha256,omitempty"`
	// Sum is the SHA-256 itself, instead of a state, once the parts hold the whole object.
	Sum []byte `json:"sum,omitempty"`
}

// Readable reports whether this program understands the state of the hash.
func (m Mark) Readable() bool {
	if m.Sum != nil {
		return len(m.Sum) == sha256.Size
	}
	return sha256.New().(encoding.BinaryUnmarshaler).UnmarshalBinary(m.SHA256) == nil
}

// ID returns what S3 calls the upload.
func (u *Upload) ID() string { return u.id }

// Holds reports whether the bucket has all parts up to the mark with their checksums, each of its full size. Where the
// parts are the whole object, the last one may be shorter.
func (u *Upload) Holds(m Mark, whole bool) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	left := m.Bytes
	for i := int32(1); i <= m.Parts; i++ {
		p, ok := u.parts[i]
		last := whole && left == p.bytes
		if !ok || p.crc == "" || (p.bytes != partSize(m.PartBytes, i) && !last) {
			return false
		}
		left -= p.bytes
	}
	return left == 0
}

// put uploads part n unless S3 holds the same already.
func (u *Upload) put(ctx context.Context, n int32, body []byte, crc uint64) error {
	want := part{crc: crcText(crc), bytes: int64(len(body))}
	u.mu.Lock()
	there := u.parts[n]
	u.mu.Unlock()
	if there.crc == want.crc && there.bytes == want.bytes {
		return nil
	}
	ctx, cancel := u.s.bounded(ctx)
	defer cancel()
	out, err := u.s.client.UploadPart(ctx, &s3.UploadPartInput{Bucket: &u.s.bucket, Key: &u.key, UploadId: &u.id, PartNumber: &n,
		Body: bytes.NewReader(body), ContentLength: &want.bytes, ChecksumCRC64NVME: &want.crc}, unsigned)
	if err != nil {
		return u.s.failed(fmt.Sprintf("uploading part %d of", n), u.key, err)
	}
	if got := aws.ToString(out.ChecksumCRC64NVME); got != "" && got != want.crc {
		return &IntegrityError{u.s.URI(u.key), fmt.Sprintf("part %d: CRC64NVME %s sent, %s there", n, want.crc, got)}
	}
	want.etag = aws.ToString(out.ETag)
	u.mu.Lock()
	u.parts[n] = want
	u.mu.Unlock()
	return nil
}

// complete joins the first n parts into the object, which must not exist yet. Each part is named by ETag and
// checksum, and the whole by size and checksum: should another writer have put other bytes under a part's number,
// S3 refuses.
func (u *Upload) complete(ctx context.Context, n int32, size int64, crc uint64) error {
	var parts []types.CompletedPart
	u.mu.Lock()
	for i := int32(1); i <= n; i++ {
		p := u.parts[i]
		parts = append(parts, types.CompletedPart{PartNumber: &i, ETag: &p.etag, ChecksumCRC64NVME: &p.crc})
	}
	u.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, u.s.o.CompleteTimeout)
	defer cancel()
	_, err := u.s.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: &u.s.bucket, Key: &u.key, UploadId: &u.id,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}, IfNoneMatch: aws.String("*"),
		MpuObjectSize: &size, ChecksumType: types.ChecksumTypeFullObject, ChecksumCRC64NVME: aws.String(crcText(crc))})
	return u.s.failed("completing", u.key, err)
}

// Abort lets S3 forget the parts. It is done even when the work was called off, and its own failure is left to the
// bucket's lifecycle rule.
func (u *Upload) Abort(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(u.s.o.Timeout, 10*time.Second))
	defer cancel()
	_, _ = u.s.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &u.s.bucket, Key: &u.key, UploadId: &u.id})
}

// spoiled reports whether a completion failed because the upload is gone or holds other parts than we think.
func spoiled(err error) bool {
	switch apiCode(err) {
	case "NoSuchUpload", "InvalidPart", "InvalidPartOrder", "EntityTooSmall", "BadDigest", "InvalidRequest":
		return !errors.Is(err, ErrNotFound)
	}
	return false
}
