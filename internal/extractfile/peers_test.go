package extractfile

import (
	"context"
	"io"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPeerFile serves testdata/peers.sh: with TIEOUT_PEER_ROWS it writes a file, else it scans
// it, with TIEOUT_PEER_READER=encoding/csv as a plain program would, and prints the totals.
func TestPeerFile(t *testing.T) {
	path := os.Getenv("TIEOUT_PEER_FILE")
	if path == "" {
		t.Skip("run by testdata/peers.sh")
	}
	if rows, _ := strconv.ParseInt(os.Getenv("TIEOUT_PEER_ROWS"), 10, 64); rows > 0 {
		f, err := os.Create(path)
		require.NoError(t, err)
		_, err = io.Copy(f, newSAE(rows, 20_000, os.Getenv("TIEOUT_PEER_QUOTED") != ""))
		require.NoError(t, err)
		require.NoError(t, f.Close())
		return
	}
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	if os.Getenv("TIEOUT_PEER_READER") == "encoding/csv" {
		t.Logf("%d rows", scanByEncodingCSV(t, f))
		return
	}
	l, checks := benchSAE(t)
	workers, _ := strconv.Atoi(os.Getenv("TIEOUT_PEER_WORKERS"))
	s, err := Scan(context.Background(), f, l, checks, ScanOptions{Workers: workers})
	require.NoError(t, err)
	t.Logf("%d rows, %d and %d tuples, total %s", s.Records, s.Checks[0].Tuples.Len(), s.Checks[1].Tuples.Len(), s.Total)
}
