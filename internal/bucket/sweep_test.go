package bucket_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"tieout/internal/bucket"
	"tieout/internal/bucket/s3test"
)

func TestSweepAbortsWhatIsOpenBelowThePrefix(t *testing.T) {
	server := s3test.NewServer("b")
	defer server.Close()
	client, name := server.Client(), "b"
	for _, key := range []string{"p/jobs/1/raw/a", "p/jobs/1/files/b", "p/jobs/2/raw/c"} {
		_, err := client.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &name, Key: &key})
		require.NoError(t, err)
	}
	store := bucket.New(client, name, bucket.Options{})
	require.NoError(t, store.Sweep(t.Context(), "p/jobs/1/"))
	require.Len(t, server.Uploads(), 1)
	require.Equal(t, "p/jobs/2/raw/c", server.Uploads()[0].Key)
	require.NoError(t, store.Sweep(t.Context(), "p/jobs/1/"))
}
