// Package s3test is a small S3 in memory for tests, in the manner of net/http/httptest. What it does it does as AWS
// does: signatures, checksums, conditional writes, multipart uploads with their minimum part size, listings in pages.
// What it does not know it refuses with NotImplemented.
package s3test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"tieout/internal/faultscript"
)

// The only credentials that a server takes, and its region.
const (
	AccessKey = "TIEOUTTESTKEY"
	SecretKey = "tieout-test-secret"
	Region    = "us-east-1"
)

// Server is one S3 with its buckets. Configure it before its first request.
type Server struct {
	// URL is the endpoint: path-style, plain HTTP, on loopback.
	URL string
	// MinPart is the least size of a part that is not the last; 5 MiB, as AWS has it.
	MinPart int64
	// PageSize is how many entries a page of a listing has at most; 1,000.
	PageSize int
	// Discard keeps sizes and checksums of parts and objects but none of their bytes, and believes the checksums: a
	// sink for measurements. Bodies below 1 MiB are kept all the same.
	Discard bool

	http *httptest.Server
	done chan struct{}

	mu       sync.Mutex
	buckets  map[string]map[string]*object
	uploads  map[string]*upload
	serial   int
	faults   faultscript.Script[Fault]
	requests []Request
}

// Object is one object as it lies in a bucket.
type Object struct {
	Bucket, Key, ContentType, ETag string
	Body                           []byte
}

// Upload is one multipart upload that is open.
type Upload struct {
	Bucket, Key, ID string
	Parts           int
}

// Request is one request as the server saw it.
type Request struct {
	Operation, Bucket, Key, Range string
	Part                          int
	// Status is 0 when a fault left the request without an answer.
	Status int
	Header http.Header
	At     time.Time
}

// NewServer starts a server that has these buckets; Close it in the end.
func NewServer(buckets ...string) *Server {
	s := &Server{MinPart: 5 << 20, PageSize: 1000, done: make(chan struct{}),
		buckets: map[string]map[string]*object{}, uploads: map[string]*upload{}}
	for _, b := range buckets {
		s.buckets[b] = map[string]*object{}
	}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = s.http.URL
	return s
}

// Close ends the server, hanging requests too.
func (s *Server) Close() {
	close(s.done)
	s.http.CloseClientConnections()
	s.http.Close()
}

// Client is a client of this server with its credentials. It tries three times, a millisecond apart.
func (s *Server) Client() *s3.Client { return s.ClientWith(AccessKey, SecretKey) }

// ClientWith is a client with other credentials.
func (s *Server) ClientWith(accessKey, secretKey string) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint:               aws.String(s.URL),
		Region:                     Region,
		Credentials:                credentials.NewStaticCredentialsProvider(accessKey, secretKey, ""),
		UsePathStyle:               true,
		HTTPClient:                 s.http.Client(),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return time.Millisecond, nil })
			o.RateLimiter = ratelimit.None
		}),
	})
}

// Objects gives every object, in the order of buckets and keys.
func (s *Server) Objects() []Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Object
	for bucket, objects := range s.buckets {
		for key, o := range objects {
			all = append(all, Object{Bucket: bucket, Key: key, ContentType: o.contentType, ETag: o.etag, Body: slices.Clone(o.body)})
		}
	}
	slices.SortFunc(all, func(a, b Object) int { return strings.Compare(a.Bucket+"\x00"+a.Key, b.Bucket+"\x00"+b.Key) })
	return all
}

// Object gives the bytes of one object.
func (s *Server) Object(bucket, key string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.buckets[bucket][key]
	if !ok {
		return nil, false
	}
	return slices.Clone(o.body), true
}

// Uploads gives the multipart uploads that are open.
func (s *Server) Uploads() []Upload {
	s.mu.Lock()
	defer s.mu.Unlock()
	var open []Upload
	for id, u := range s.uploads {
		open = append(open, Upload{Bucket: u.bucket, Key: u.key, ID: id, Parts: len(u.parts)})
	}
	slices.SortFunc(open, func(a, b Upload) int { return strings.Compare(a.ID, b.ID) })
	return open
}

// Requests gives the log of all requests since the start.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Count gives the number of requests of one operation.
func (s *Server) Count(operation string) int {
	n := 0
	for _, r := range s.Requests() {
		if r.Operation == operation {
			n++
		}
	}
	return n
}
