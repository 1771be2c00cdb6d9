package report

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// The packed parts wait in a file without a name, where the platform has such: a worker that is killed leaves none.
func TestAKilledWorkerLeavesNoSpool(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	var out bytes.Buffer
	archive, err := newOrderedZip(&out)
	require.NoError(t, err)
	part, err := archive.Create("part")
	require.NoError(t, err)
	_, err = io.WriteString(part, "text")
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		requireEmpty(t, dir)
	}
	require.NoError(t, archive.Close())
	archive.discard()
	requireEmpty(t, dir)
	read, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	require.NoError(t, err)
	require.Len(t, read.File, 1)
}

func requireEmpty(t *testing.T, dir string) {
	t.Helper()
	there, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, there)
}
