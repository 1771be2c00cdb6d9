package s3test_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"tieout/internal/bucket/s3test"
)

func code(t *testing.T, err error) string {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	return api.ErrorCode()
}

func start(t *testing.T) (*s3test.Server, *s3.Client) {
	s := s3test.NewServer("bucket")
	t.Cleanup(s.Close)
	return s, s.Client()
}

var bucket, key = aws.String("bucket"), aws.String("a key/with+odd=characters é")

func TestPlainClientWrites(t *testing.T) {
	s, client := start(t)
	_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: key, Body: bytes.NewReader([]byte("body"))})
	require.NoError(t, err)
	out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key})
	require.NoError(t, err)
	body, err := io.ReadAll(out.Body)
	require.NoError(t, err)
	require.NoError(t, out.Body.Close())
	require.Equal(t, "body", string(body))
	require.Equal(t, "body", string(s.Objects()[0].Body))
	require.Equal(t, 1, s.Count("PutObject"))
}

func TestRefusals(t *testing.T) {
	s, client := start(t)
	ctx := t.Context()
	put := func(client *s3.Client, in s3.PutObjectInput) error {
		in.Bucket, in.Key, in.Body = bucket, key, bytes.NewReader([]byte("body"))
		_, err := client.PutObject(ctx, &in)
		return err
	}
	require.Equal(t, "InvalidAccessKeyId", code(t, put(s.ClientWith("other", "x"), s3.PutObjectInput{})))
	require.Equal(t, "SignatureDoesNotMatch", code(t, put(s.ClientWith(s3test.AccessKey, "x"), s3.PutObjectInput{})))
	require.Equal(t, "BadDigest", code(t, put(client, s3.PutObjectInput{ChecksumCRC64NVME: aws.String("AAAAAAAAAAA=")})))
	require.Equal(t, "NoSuchKey", code(t, put(client, s3.PutObjectInput{IfMatch: aws.String(`"x"`)})))
	require.NoError(t, put(client, s3.PutObjectInput{IfNoneMatch: aws.String("*")}))
	require.Equal(t, "PreconditionFailed", code(t, put(client, s3.PutObjectInput{IfNoneMatch: aws.String("*")})))
	require.Equal(t, "PreconditionFailed", code(t, put(client, s3.PutObjectInput{IfMatch: aws.String(`"x"`)})))
	_, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key, Range: aws.String("bytes=9-")})
	require.Equal(t, "InvalidRange", code(t, err))
	_, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("other"), Key: key})
	require.Equal(t, "NoSuchBucket", code(t, err))
	_, err = client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: bucket, Key: key, CopySource: aws.String("bucket/x")})
	require.Equal(t, "NotImplemented", code(t, err))
}

func TestMultipartIsHeldToItsRules(t *testing.T) {
	s, client := start(t)
	ctx := t.Context()
	s.MinPart = 4
	created, err := client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key,
		ChecksumAlgorithm: types.ChecksumAlgorithmCrc64nvme, ChecksumType: types.ChecksumTypeFullObject})
	require.NoError(t, err)
	var parts []types.CompletedPart
	for n, body := range []string{"one", "four", "four"} {
		out, err := client.UploadPart(ctx, &s3.UploadPartInput{Bucket: bucket, Key: key, UploadId: created.UploadId,
			PartNumber: aws.Int32(int32(n + 1)), Body: bytes.NewReader([]byte(body))})
		require.NoError(t, err)
		parts = append(parts, types.CompletedPart{PartNumber: aws.Int32(int32(n + 1)), ETag: out.ETag})
	}
	complete := func(in s3.CompleteMultipartUploadInput, parts ...types.CompletedPart) error {
		in.Bucket, in.Key, in.UploadId = bucket, key, created.UploadId
		in.MultipartUpload = &types.CompletedMultipartUpload{Parts: parts}
		_, err := client.CompleteMultipartUpload(ctx, &in)
		return err
	}
	wrong := types.CompletedPart{PartNumber: aws.Int32(2), ETag: parts[0].ETag}
	require.Equal(t, "EntityTooSmall", code(t, complete(s3.CompleteMultipartUploadInput{}, parts...)))
	require.Equal(t, "InvalidPart", code(t, complete(s3.CompleteMultipartUploadInput{}, wrong)))
	require.Equal(t, "InvalidPartOrder", code(t, complete(s3.CompleteMultipartUploadInput{}, parts[2], parts[1])))
	require.Equal(t, "InvalidRequest", code(t, complete(s3.CompleteMultipartUploadInput{MpuObjectSize: aws.Int64(9)}, parts[1:]...)))
	require.Equal(t, "BadDigest", code(t, complete(s3.CompleteMultipartUploadInput{ChecksumCRC64NVME: aws.String("AAAAAAAAAAA=")}, parts[1:]...)))
	require.Len(t, s.Uploads(), 1)
	require.NoError(t, complete(s3.CompleteMultipartUploadInput{IfNoneMatch: aws.String("*")}, parts[1:]...))
	require.Equal(t, "NoSuchUpload", code(t, complete(s3.CompleteMultipartUploadInput{}, parts[1:]...)))
	body, ok := s.Object("bucket", *key)
	require.True(t, ok)
	require.Equal(t, "fourfour", string(body), "parts that are not listed are dropped")
}

func TestFaults(t *testing.T) {
	s, client := start(t)
	put := func() error {
		_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: key, Body: bytes.NewReader([]byte("body"))},
			func(o *s3.Options) { o.Retryer = aws.NopRetryer{} })
		return err
	}
	s.Inject(s3test.Fault{Operation: "PutObject", Nth: 2, Times: 2, Do: s3test.SlowDown}, s3test.Fault{Key: "elsewhere", Do: s3test.Denied})
	require.NoError(t, put())
	require.Equal(t, "SlowDown", code(t, put()))
	require.Equal(t, "SlowDown", code(t, put()))
	require.NoError(t, put())
	s.Heal()
	s.Inject(s3test.Fault{Nth: 1, Do: s3test.Reset})
	require.Error(t, put())
	require.NoError(t, put())
	require.Equal(t, []int{200, 503, 503, 200, 0, 200}, statuses(s))
}

func statuses(s *s3test.Server) []int {
	var all []int
	for _, r := range s.Requests() {
		all = append(all, r.Status)
	}
	return all
}
