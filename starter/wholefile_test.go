package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// init --force puts a whole new file in the place of the old one: who reads the old one meanwhile reads it to its end.
func TestTheConfigurationIsReplacedAsAWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tieout.yaml")
	require.NoError(t, writeConfiguration(path, []byte("first\n"), false))
	requireFile(t, path, "first\n", 0o600)
	require.ErrorIs(t, writeConfiguration(path, []byte("second\n"), false), fs.ErrExist)
	requireFile(t, path, "first\n", 0o600)

	reader, err := os.Open(path)
	require.NoError(t, err)
	defer reader.Close()
	require.NoError(t, writeConfiguration(path, []byte("third\n"), true))
	requireFile(t, path, "third\n", 0o600)
	old, err := io.ReadAll(reader)
	require.NoError(t, err)
	require.Equal(t, "first\n", string(old))

	// A worker of the group goes on reading it, and a link to it stays a link.
	require.NoError(t, os.Chmod(path, 0o640))
	link := filepath.Join(dir, "link.yaml")
	require.NoError(t, os.Symlink(path, link))
	require.NoError(t, writeConfiguration(link, []byte("fourth\n"), true))
	requireFile(t, path, "fourth\n", 0o640)
	target, err := os.Readlink(link)
	require.NoError(t, err)
	require.Equal(t, path, target)

	there, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, there, 2, "nothing is left beside it")
}

// What cannot be put in its place leaves nothing behind.
func TestAFailedWriteLeavesWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tieout.yaml")
	require.NoError(t, os.MkdirAll(filepath.Join(path, "full"), 0o755))
	require.Error(t, writeConfiguration(path, []byte("text\n"), true))
	require.DirExists(t, filepath.Join(path, "full"))
	there, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, there, 1)
}

func requireFile(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, text, string(got))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, mode, info.Mode().Perm())
}
