package stack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
)

// A process that is killed between the metadata and the object leaves no object behind: it can be written after all.
func TestAnObjectThatWasHalfWrittenIsNotThere(t *testing.T) {
	dir, key := t.TempDir(), "tieout/001/lists/Organization List.json"
	start := func() *S3 {
		server, err := StartS3(t.Context(), S3Options{Address: "127.0.0.1:0", DataDir: dir, Bucket: "evidence"})
		require.NoError(t, err)
		return server
	}
	put := func(server *S3, key string) error {
		_, err := server.Client().PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("evidence"), Key: &key,
			Body: strings.NewReader("{}"), IfNoneMatch: aws.String("*")})
		return err
	}
	server := start()
	require.NoError(t, put(server, key))
	require.NoError(t, put(server, "kept"))
	require.NoError(t, server.Stop())
	require.NoError(t, os.Remove(filepath.Join(objectsDir(dir), "evidence", key)))

	server = start()
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	require.NoError(t, put(server, key))
	require.Error(t, put(server, key))
	require.Error(t, put(server, "kept"), "what is there stays there")
	_, err := server.Client().HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("evidence"), Key: &key})
	require.NoError(t, err)
}
