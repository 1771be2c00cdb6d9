package landing_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest/extractgen"
	"tieout/internal/bucket"
	"tieout/internal/bucket/s3test"
	"tieout/internal/extractfile"
	"tieout/internal/landing"
	"tieout/internal/pipeline"
)

// TestPeer is one process of testdata/peers.sh and testdata/large.sh, so that each can be measured by itself.
// TIEOUT_PEER says which:
//
//	origin    serves a file at any path: TIEOUT_PEER_ROWS generated rows, or TIEOUT_PEER_BYTES bytes
//	sink      is an S3 that discards what is written
//	get       reads TIEOUT_PEER_URL and hashes it
//	transfer  lands TIEOUT_PEER_URL as s3://bucket/TIEOUT_PEER_KEY of the S3 that the environment names
//	scan      ties TIEOUT_PEER_URL out on two checks
//
// Servers say their address on standard output and stay until standard input ends.
func TestPeer(t *testing.T) {
	url := os.Getenv("TIEOUT_PEER_URL")
	switch role := os.Getenv("TIEOUT_PEER"); role {
	case "":
		t.Skip("run by testdata/peers.sh and testdata/large.sh")
	case "origin":
		s := httptest.NewServer(peerFile(t))
		serve(s.URL)
		s.CloseClientConnections()
		s.Close()
	case "sink":
		s := s3test.NewServer("bucket")
		s.Discard = true
		serve(s.URL)
		s.Close()
	case "get":
		n, sum := get(t, http.DefaultClient, url)
		fmt.Println(n, sum)
	case "transfer":
		client, err := bucket.NewClient(t.Context(), bucket.ClientOptions{})
		require.NoError(t, err)
		store := bucket.New(client, "bucket", bucket.Options{})
		source := httpSource{http.DefaultClient, url}
		file, err := landing.Transfer(t.Context(), store, source, to(os.Getenv("TIEOUT_PEER_KEY")), landing.TransferOptions{Progress: func(landing.Checkpoint) {}})
		require.NoError(t, err)
		fmt.Println(file.Bytes, file.SHA256)
	case "scan":
		peerScan(t, url)
	default:
		t.Fatalf("TIEOUT_PEER=%s is no role", role)
	}
	http.DefaultClient.CloseIdleConnections()
}

func serve(url string) {
	fmt.Println(url)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// peerLists are as large as a company's: 20,000 cost centres on three levels and 5,000 accounts.
func peerLists() []extractgen.List {
	return []extractgen.List{
		{Name: "Organization List", Generate: &extractgen.ListSpec{Seed: 1, Branching: []int{20, 50, 20}}},
		{Name: "Chart of Accounts", Generate: &extractgen.ListSpec{Seed: 2, Branching: []int{5000}}},
	}
}

func peerFile(t *testing.T) http.Handler {
	rows, _ := strconv.ParseInt(os.Getenv("TIEOUT_PEER_ROWS"), 10, 64)
	if rows == 0 {
		size, err := strconv.ParseInt(os.Getenv("TIEOUT_PEER_BYTES"), 10, 64)
		require.NoError(t, err)
		return mebibytes(size)
	}
	extract, err := extractgen.New(extractgen.Spec{Seed: 1, Rows: rows, Batch: 1, Checks: []extractgen.Check{
		{Name: "Cost centre", List: "Organization List", Columns: []int{35, 36, 37}},
		{Name: "GL account", List: "Chart of Accounts", Columns: []int{167}},
	}}, peerLists()...)
	require.NoError(t, err)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "extract.txt", time.Time{}, extract.NewReader())
	})
}

func peerScan(t *testing.T, url string) {
	layout, err := extractfile.NewLayout(pipeline.Format{Name: extractfile.FormatSAE})
	require.NoError(t, err)
	answer, err := http.Get(url)
	require.NoError(t, err)
	defer answer.Body.Close()
	s, err := extractfile.Scan(t.Context(), answer.Body, layout, []pipeline.Check{
		{Name: "Cost centre", Columns: []pipeline.Column{"35", "36", "37"}}, {Name: "GL account", Columns: []pipeline.Column{"167"}},
	}, extractfile.ScanOptions{})
	require.NoError(t, err)
	require.Equal(t, s.Header.Total, s.Total)
	fmt.Println(s.Bytes, s.Records, s.Checks[0].Tuples.Len(), s.Checks[1].Tuples.Len(), s.Total)
}
