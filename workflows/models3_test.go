package workflows_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"tieout/internal/bucket"
	"tieout/internal/evidence"
)

// modelS3 is one bucket in memory without a wire: conditional writes, reads and listings, as the start protocol needs
// them. Its clients share it.
type modelS3 struct {
	bucket.S3
	m       *model
	mu      sync.Mutex
	objects map[string][]byte
	dark    int // requests that are answered by nobody
}

func newModelS3() *modelS3 { return &modelS3{objects: map[string][]byte{}} }

// errNoAnswer is a connection that broke.
var errNoAnswer = errors.New("connection reset by peer")

// put writes an object past all that may happen.
func (m *modelS3) put(key, body string) { m.objects[key] = []byte(body) }

func (m *modelS3) has(key string) bool { return m.objects[key] != nil }

// hasResult reports whether one of a job's tie-outs has its result.
func (m *modelS3) hasResult(prefix string) bool {
	for key := range m.objects {
		if strings.HasPrefix(key, prefix) && evidence.IsResult(key) {
			return true
		}
	}
	return false
}

func refusal(status int, code string) error {
	return &awshttp.ResponseError{ResponseError: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}},
		Err:      &smithy.GenericAPIError{Code: code, Message: code},
	}}
}

func etag(body []byte) *string { return aws.String(fmt.Sprintf("%x", body)) }

func (m *modelS3) PutObject(_ context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return nil, err
	}
	intent := strings.Contains(*in.Key, ".intent-")
	lost := 0
	if intent {
		m.m.hands.at("before the note")
		lost = m.m.choose("S3 and the note", "takes it", "takes it, and the answer is lost", "does not take it")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if lost > 0 {
		m.dark = 1 // the look whether it is there
	}
	if lost == 2 {
		return nil, errNoAnswer
	}
	there, exists := m.objects[*in.Key]
	if exists && in.IfNoneMatch != nil || in.IfMatch != nil && *in.IfMatch != *etag(there) {
		return nil, refusal(http.StatusPreconditionFailed, "PreconditionFailed")
	}
	m.objects[*in.Key] = body
	m.m.ledger.wrote(*in.Key, exists)
	if lost == 1 {
		return nil, errNoAnswer
	}
	return &s3.PutObjectOutput{ETag: etag(body)}, nil
}

func (m *modelS3) GetObject(_ context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dark > 0 {
		m.dark--
		return nil, errNoAnswer
	}
	body, exists := m.objects[*in.Key]
	if !exists {
		return nil, refusal(http.StatusNotFound, "NoSuchKey")
	}
	return &s3.GetObjectOutput{Body: io.NopCloser(bytes.NewReader(body)), ContentLength: aws.Int64(int64(len(body))), ETag: etag(body)}, nil
}

func (m *modelS3) HeadObject(_ context.Context, in *s3.HeadObjectInput, _ ...func(*s3.Options)) (*s3.HeadObjectOutput, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	body, exists := m.objects[*in.Key]
	if !exists {
		return nil, refusal(http.StatusNotFound, "NotFound")
	}
	return &s3.HeadObjectOutput{ContentLength: aws.Int64(int64(len(body))), ETag: etag(body)}, nil
}

func (m *modelS3) ListObjectsV2(_ context.Context, in *s3.ListObjectsV2Input, _ ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
	if in.ContinuationToken != nil {
		return nil, errors.New("the model lists in one page")
	}
	if strings.HasSuffix(*in.Prefix, ".intent-") {
		m.m.hands.at("between the note and the list")
		defer m.m.hands.at("between the list and the POST")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	out, prefixes := &s3.ListObjectsV2Output{}, map[string]bool{}
	for key := range m.objects {
		rest, under := strings.CutPrefix(key, *in.Prefix)
		if !under {
			continue
		}
		if dir, _, deeper := strings.Cut(rest, "/"); deeper && in.Delimiter != nil {
			prefixes[*in.Prefix+dir+"/"] = true
			continue
		}
		out.Contents = append(out.Contents, types.Object{Key: aws.String(key), Size: aws.Int64(int64(len(m.objects[key])))})
	}
	for prefix := range prefixes {
		out.CommonPrefixes = append(out.CommonPrefixes, types.CommonPrefix{Prefix: aws.String(prefix)})
	}
	slices.SortFunc(out.Contents, func(a, b types.Object) int { return cmp.Compare(*a.Key, *b.Key) })
	return out, nil
}

func (*modelS3) ListMultipartUploads(context.Context, *s3.ListMultipartUploadsInput, ...func(*s3.Options)) (*s3.ListMultipartUploadsOutput, error) {
	return &s3.ListMultipartUploadsOutput{}, nil
}
