package landing_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tieout/internal/bucket"
	"tieout/internal/bucket/s3test"
	"tieout/internal/landing/landingtest"
)

// The SDK's own HTTP client keeps idle connections, which nobody can close.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

func server(t testing.TB) *s3test.Server {
	s := s3test.NewServer("bucket")
	t.Cleanup(s.Close)
	return s
}

func TestConformance(t *testing.T) {
	s := server(t)
	s.PageSize = 2 // every listing in pages
	landingtest.Run(t, s.Client(), "bucket")
	require.Empty(t, s.Uploads())
	seen, err := bucket.New(s.Client(), "bucket", bucket.Options{}).Probe(t.Context(), "concur")
	require.NoError(t, err)
	for _, c := range seen {
		require.True(t, c.OK, "%s: %s", c.Name, c.Message)
	}
}

// TestConformanceElsewhere runs the same against the S3 that the environment names.
func TestConformanceElsewhere(t *testing.T) {
	name := os.Getenv("TIEOUT_TEST_BUCKET")
	if name == "" {
		t.Skip("set TIEOUT_TEST_BUCKET, AWS_ENDPOINT_URL_S3 and credentials to run against another S3")
	}
	client, err := bucket.NewClient(t.Context(), bucket.ClientOptions{})
	require.NoError(t, err)
	landingtest.Run(t, client, name)
}
