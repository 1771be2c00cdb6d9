package landing_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/require"

	"tieout/internal/bucket"
	"tieout/internal/bucket/s3test"
	"tieout/internal/landing"
)

// benchBytes is the file's size; TIEOUT_BENCH_BYTES sets another.
func benchBytes(b *testing.B) int64 {
	if n, err := strconv.ParseInt(os.Getenv("TIEOUT_BENCH_BYTES"), 10, 64); err == nil {
		return n
	}
	return 1 << 30
}

// mebibytes serves size bytes of the same mebibyte over HTTP.
func mebibytes(size int64) http.Handler {
	block := make([]byte, 1<<20)
	for i := range block {
		block[i] = byte(i * 7)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		for left := size; left > 0; left -= int64(len(block)) {
			if _, err := w.Write(block[:min(left, int64(len(block)))]); err != nil {
				return
			}
		}
	})
}

func origin(b *testing.B, size int64) *httptest.Server {
	s := httptest.NewServer(mebibytes(size))
	b.Cleanup(s.Close)
	return s
}

type httpSource struct {
	client *http.Client
	url    string
}

func (h httpSource) Open(ctx context.Context, _ int64, _ string) (*landing.Body, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := h.client.Do(r)
	if err != nil {
		return nil, err
	}
	return &landing.Body{ReadCloser: answer.Body, Name: "extract.txt", Length: answer.ContentLength, Framing: "content-length"}, nil
}

// get reads and hashes a file, and nothing more.
func get(t testing.TB, client *http.Client, url string) (int64, string) {
	answer, err := client.Get(url)
	require.NoError(t, err)
	defer answer.Body.Close()
	hash := sha256.New()
	n, err := io.CopyBuffer(struct{ io.Writer }{hash}, answer.Body, make([]byte, 256<<10))
	require.NoError(t, err)
	return n, hex.EncodeToString(hash.Sum(nil))
}

// BenchmarkGet is the yardstick for BenchmarkTransfer.
func BenchmarkGet(b *testing.B) {
	size := benchBytes(b)
	s := origin(b, size)
	b.SetBytes(size)
	for b.Loop() {
		n, _ := get(b, s.Client(), s.URL)
		require.Equal(b, size, n)
	}
}

// BenchmarkTransfer lands it in a sink that discards.
func BenchmarkTransfer(b *testing.B) {
	size := benchBytes(b)
	s := origin(b, size)
	sink := server(b)
	sink.Discard = true
	client, err := bucket.NewClient(b.Context(), bucket.ClientOptions{Endpoint: sink.URL, Region: s3test.Region,
		Credentials: credentials.NewStaticCredentialsProvider(s3test.AccessKey, s3test.SecretKey, "")})
	require.NoError(b, err)
	store := bucket.New(client, "bucket", bucket.Options{})
	b.SetBytes(size)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		key := strconv.Itoa(n)
		file, err := landing.Transfer(b.Context(), store, httpSource{s.Client(), s.URL}, to(key), landing.TransferOptions{Progress: func(landing.Checkpoint) {}})
		require.NoError(b, err)
		require.Equal(b, size, file.Bytes)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys>>20), "MiB-sys")
}
