package bucket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/minio/crc64nvme"
)

// Object describes an object as a listing or a HEAD request returned it.
type Object struct {
	Key      string
	Bytes    int64
	ETag     string
	Modified time.Time
	// CRC64NVME is S3's checksum of the whole object in base64, "" where S3 has none.
	CRC64NVME string
}

// PutNew writes an immutable object. It returns nil if the object already exists with the same bytes, and a
// *ConflictError if it exists with others.
func (s *Store) PutNew(ctx context.Context, key, contentType string, body []byte) error {
	sum := sha256.Sum256(body)
	return s.putNew(ctx, key, contentType, "", body, sum[:])
}

// lookFirst is the size from which a conditional write first looks: some servers refuse it by closing the connection
// under a large body, so that the refusal itself is never seen.
const lookFirst = 512 << 10

func (s *Store) putNew(ctx context.Context, key, contentType, name string, body, sum []byte) error {
	if len(body) >= lookFirst {
		if there, err := s.Exists(ctx, key); err != nil {
			return err
		} else if there {
			return s.sameAs(ctx, key, int64(len(body)), sum)
		}
	}
	const tries = 3 // a 409 says that another write is just going on; the next answer is a clear one
	var err error
	for range tries {
		_, err = s.put(ctx, &s3.PutObjectInput{Key: &key, ContentType: text(contentType), ContentDisposition: disposition(name),
			IfNoneMatch: aws.String("*")}, body)
		if err == nil {
			return nil
		}
		if !lostRace(err) && status(err) != 0 || ctx.Err() != nil {
			return s.failed("writing", key, err)
		}
		// The write was refused because the object exists, or the answer was lost and the write may have succeeded.
		same := s.sameAs(ctx, key, int64(len(body)), sum)
		if !errors.Is(same, ErrNotFound) {
			return same
		}
		if status(err) == 0 {
			break
		}
	}
	return &TemporaryError{s.failed("writing", key, err)}
}

// Put writes an object and replaces any that exists. Only latest.json is written so.
func (s *Store) Put(ctx context.Context, key, contentType string, body []byte) error {
	_, err := s.put(ctx, &s3.PutObjectInput{Key: &key, ContentType: text(contentType)}, body)
	return s.failed("writing", key, err)
}

// PutIfMatch replaces the object if its version is still ifVersion, and creates it if ifVersion is "". It returns the new
// version, or ErrChanged. A write whose answer was lost counts as done if the object holds its bytes.
func (s *Store) PutIfMatch(ctx context.Context, key, contentType string, body []byte, ifVersion string) (string, error) {
	in := &s3.PutObjectInput{Key: &key, ContentType: text(contentType)}
	if ifVersion == "" {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = &ifVersion
	}
	out, err := s.put(ctx, in, body)
	switch {
	case err == nil:
		return aws.ToString(out.ETag), nil
	case lostRace(err):
		there, version, getErr := s.GetVersion(ctx, key)
		if getErr == nil && bytes.Equal(there, body) {
			return version, nil
		}
		return "", &Error{"writing", s.URI(key), fmt.Errorf("%w: %w", ErrChanged, err)}
	case isNotFound(err):
		return "", &Error{"writing", s.URI(key), fmt.Errorf("%w: %w", ErrChanged, err)}
	}
	return "", s.failed("writing", key, err)
}

func (s *Store) put(ctx context.Context, in *s3.PutObjectInput, body []byte) (*s3.PutObjectOutput, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	in.Bucket = &s.bucket
	in.Body = bytes.NewReader(body)
	in.ContentLength = aws.Int64(int64(len(body)))
	in.ChecksumCRC64NVME = aws.String(crcText(crc64nvme.Checksum(body)))
	return s.client.PutObject(ctx, in, unsigned)
}

// Get reads a whole object of at most MaxGet bytes.
func (s *Store) Get(ctx context.Context, key string) ([]byte, error) {
	body, _, err := s.GetVersion(ctx, key)
	return body, err
}

// GetVersion reads a whole object and its version, for PutIfMatch.
func (s *Store) GetVersion(ctx context.Context, key string) (body []byte, version string, err error) {
	out, r, err := s.get(ctx, key, "", "")
	if err != nil {
		return nil, "", err
	}
	defer r.Close()
	size := aws.ToInt64(out.ContentLength)
	if size > s.o.MaxGet {
		return nil, "", fmt.Errorf("reading %s: it has %d bytes, and at most %d are read into memory", s.URI(key), size, s.o.MaxGet)
	}
	body = make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, "", &TemporaryError{s.failed("reading", key, err)}
	}
	return body, aws.ToString(out.ETag), nil
}

// Open reads an object as a stream; the size is the whole object's.
func (s *Store) Open(ctx context.Context, key string) (io.ReadCloser, int64, error) {
	out, r, err := s.get(ctx, key, "", "")
	if err != nil {
		return nil, 0, err
	}
	return r, aws.ToInt64(out.ContentLength), nil
}

// OpenRange reads length bytes from offset; with length < 0 it reads to the end. Where the version is not "", an object
// that has changed since is refused.
func (s *Store) OpenRange(ctx context.Context, key, version string, offset, length int64) (io.ReadCloser, error) {
	if length == 0 {
		return http.NoBody, nil
	}
	span := fmt.Sprintf("bytes=%d-", offset)
	if length > 0 {
		span += fmt.Sprint(offset + length - 1)
	}
	_, r, err := s.get(ctx, key, span, version)
	return r, err
}

// get opens a body that gives up when it stalls. The request itself is bounded, the reading is not.
func (s *Store) get(ctx context.Context, key, span, etag string) (*s3.GetObjectOutput, io.ReadCloser, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(s.o.Timeout, func() { cancel(context.DeadlineExceeded) })
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: &key, Range: text(span), IfMatch: text(etag)})
	timer.Stop()
	if err != nil {
		cancel(nil)
		return nil, nil, s.failed("reading", key, err)
	}
	return out, s.Guard(out.Body, cancel), nil
}

// Head asks S3 for an object's size, version and checksum. It returns ErrNotFound where the object does not exist.
func (s *Store) Head(ctx context.Context, key string) (Object, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	out, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled})
	if err != nil {
		return Object{}, s.failed("looking at", key, err)
	}
	o := Object{Key: key, Bytes: aws.ToInt64(out.ContentLength), ETag: aws.ToString(out.ETag), Modified: aws.ToTime(out.LastModified)}
	if out.ChecksumType != types.ChecksumTypeComposite {
		o.CRC64NVME = aws.ToString(out.ChecksumCRC64NVME)
	}
	return o, nil
}

// Exists asks S3 and reports whether the object exists.
func (s *Store) Exists(ctx context.Context, key string) (bool, error) {
	_, err := s.Head(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// PutJSON writes an immutable JSON document, as PutNew.
func (s *Store) PutJSON(ctx context.Context, key string, v any) error {
	body, err := EncodeJSON(v)
	if err != nil {
		return fmt.Errorf("writing %s: %w", s.URI(key), err)
	}
	return s.PutNew(ctx, key, "application/json", body)
}

// ReplaceJSON writes a JSON document that may change, over what is there.
func (s *Store) ReplaceJSON(ctx context.Context, key string, v any) error {
	body, err := EncodeJSON(v)
	if err != nil {
		return fmt.Errorf("writing %s: %w", s.URI(key), err)
	}
	return s.Put(ctx, key, "application/json", body)
}

// GetJSON reads a JSON document into v.
func (s *Store) GetJSON(ctx context.Context, key string, v any) error {
	body, err := s.Get(ctx, key)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("reading %s: it is no JSON of the expected shape: %w", s.URI(key), err)
	}
	return nil
}

// sameAs reads and hashes the object. It returns nil if the object has these bytes, ErrNotFound if it does not exist,
// and else a *ConflictError.
func (s *Store) sameAs(ctx context.Context, key string, size int64, sum []byte) error {
	_, r, err := s.get(ctx, key, "", "")
	if err != nil {
		return err
	}
	defer r.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, r)
	if err != nil {
		return &TemporaryError{s.failed("reading", key, err)}
	}
	there := hash.Sum(nil)
	if n == size && bytes.Equal(there, sum) {
		return nil
	}
	return &ConflictError{URI: s.URI(key), Bytes: size, SHA256: hex.EncodeToString(sum), ThereBytes: n, ThereSHA256: hex.EncodeToString(there)}
}

// verify compares S3's own figures of a finished object with ours.
func (s *Store) verify(ctx context.Context, key string, size int64, crc uint64) error {
	o, err := s.Head(ctx, key)
	if err != nil {
		return err
	}
	if o.Bytes != size {
		return &IntegrityError{s.URI(key), fmt.Sprintf("%d bytes sent, %d there", size, o.Bytes)}
	}
	if o.CRC64NVME != "" && o.CRC64NVME != crcText(crc) {
		return &IntegrityError{s.URI(key), fmt.Sprintf("CRC64NVME %s sent, %s there", crcText(crc), o.CRC64NVME)}
	}
	return nil
}

// EncodeJSON returns v as tieout writes its JSON documents to S3: indented, so that people can read them.
func EncodeJSON(v any) ([]byte, error) {
	body, err := json.MarshalIndent(v, "", "  ")
	return append(body, '\n'), err
}

// crcText returns a checksum as S3 writes it.
func crcText(crc uint64) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, crc))
}

// text returns nil for "": an unset field of a request.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
