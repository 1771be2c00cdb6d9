// Package bucket keeps objects in S3 and knows nothing of what is in them: objects that are written once, documents that
// are changed by compare-and-swap, uploads that another process can go on with, listings, and a probe of what a server can
// do.
//
// The upload is not that of the SDK's transfer manager, which begins again when its process dies: it has no way to give
// out how far it came, or to go on from there. Here a Mark says so. It also completes with If-None-Match and the checksum
// of the whole object, sends again only those parts that differ, and takes all its buffers from one pool, so that every
// upload of a process together stays within one bound of memory.
//
// A Mark travels with Temporal's heartbeats, into which no byte of a file may go. The marshalled state of a SHA-256 holds
// the bytes behind its last whole block, up to 63 of them. Parts are whole blocks, so that there are none behind a full
// part; behind the last one the Mark holds the sum itself instead of the state.
package bucket

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// S3 is what a Store needs of an *s3.Client.
type S3 interface {
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	HeadObject(context.Context, *s3.HeadObjectInput, ...func(*s3.Options)) (*s3.HeadObjectOutput, error)
	DeleteObject(context.Context, *s3.DeleteObjectInput, ...func(*s3.Options)) (*s3.DeleteObjectOutput, error)
	ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
	CreateMultipartUpload(context.Context, *s3.CreateMultipartUploadInput, ...func(*s3.Options)) (*s3.CreateMultipartUploadOutput, error)
	UploadPart(context.Context, *s3.UploadPartInput, ...func(*s3.Options)) (*s3.UploadPartOutput, error)
	ListParts(context.Context, *s3.ListPartsInput, ...func(*s3.Options)) (*s3.ListPartsOutput, error)
	CompleteMultipartUpload(context.Context, *s3.CompleteMultipartUploadInput, ...func(*s3.Options)) (*s3.CompleteMultipartUploadOutput, error)
	ListMultipartUploads(context.Context, *s3.ListMultipartUploadsInput, ...func(*s3.Options)) (*s3.ListMultipartUploadsOutput, error)
	AbortMultipartUpload(context.Context, *s3.AbortMultipartUploadInput, ...func(*s3.Options)) (*s3.AbortMultipartUploadOutput, error)
}

// Options bound what a store may use. The zero value is good for production.
type Options struct {
	// MemoryBytes bounds the part buffers of everything that goes on at once; 32 MiB. One part larger than that is
	// let through alone. The collector lets as much garbage gather beside them.
	MemoryBytes int64
	// PartBytes is the size of the first parts of every multipart upload but a transfer's that says otherwise; 8 MiB.
	PartBytes int64
	// Timeout bounds one request with its retries, but not the reading of a body; 2 minutes.
	Timeout time.Duration
	// CompleteTimeout bounds the completion of a multipart upload, for which some servers copy all the parts; 15 minutes.
	CompleteTimeout time.Duration
	// Stall is how long a body may go without a byte; 1 minute.
	Stall time.Duration
	// MaxGet bounds what Get and GetJSON take into memory; 256 MiB.
	MaxGet int64
}

func (o Options) withDefaults() Options {
	set(&o.MemoryBytes, 32<<20)
	set(&o.PartBytes, 8<<20)
	set(&o.Timeout, 2*time.Minute)
	set(&o.CompleteTimeout, 15*time.Minute)
	set(&o.Stall, time.Minute)
	set(&o.MaxGet, 256<<20)
	return o
}

func set[T int | int64 | time.Duration | float64](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// Store is one bucket. It is safe for concurrent use, and one store per process bounds the memory of all landings.
type Store struct {
	client S3
	bucket string
	o      Options
	pool   *pool
}

// New returns a store of a bucket. It sends nothing.
func New(client S3, bucket string, o Options) *Store {
	o = o.withDefaults()
	return &Store{client: client, bucket: bucket, o: o, pool: newPool(o.MemoryBytes)}
}

// In returns a store of another bucket that shares the client and the memory bound.
func (s *Store) In(bucket string) *Store {
	there := *s
	there.bucket = bucket
	return &there
}

// Bucket returns the bucket's name.
func (s *Store) Bucket() string { return s.bucket }

// URI returns s3://bucket/key.
func (s *Store) URI(key string) string { return "s3://" + s.bucket + "/" + key }

// Key returns the key of an s3:// URI of this bucket; other buckets are refused.
func (s *Store) Key(uri string) (string, error) {
	rest, ok := strings.CutPrefix(uri, "s3://")
	bucket, key, found := strings.Cut(rest, "/")
	if !ok || !found || bucket == "" || key == "" {
		return "", fmt.Errorf("%q is not a URI in S3: it must read s3://%s/…", uri, s.bucket)
	}
	if bucket != s.bucket {
		return "", fmt.Errorf("%q lies in another bucket than the configured one, %q", uri, s.bucket)
	}
	return key, nil
}

// unsigned leaves the payload out of the signature: each write carries its CRC64NVME, which S3 checks, and hashing
// the body a second time for the signature costs a third of the throughput.
func unsigned(o *s3.Options) {
	o.APIOptions = append(o.APIOptions, v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware)
}

// bounded limits one request; the cancel function must run once its answer, without a body, is there.
func (s *Store) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.o.Timeout)
}

// disposition keeps a file's original name with the object, for people who download it.
func disposition(name string) *string {
	if name == "" {
		return nil
	}
	value := "attachment; filename*=UTF-8''" + url.PathEscape(name)
	return &value
}
