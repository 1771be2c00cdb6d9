package desk

import (
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/landing"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
)

// A snapshot is found under the name that a tie-out keeps it by, also where a list's name is none for keys.
func TestSnapshotsAreFoundByTheirKeptName(t *testing.T) {
	for _, list := range []string{"Organization List", "G/L Accounts", "Kostenträger"} {
		t.Run(list, func(t *testing.T) {
			dir := t.TempDir()
			kept := path.Base(landing.Keys{Prefix: "concur", Pipeline: "nightly-sae"}.List("0123456789abcdef", 1, list))
			file, err := os.Create(filepath.Join(dir, kept))
			require.NoError(t, err)
			snapshot := reconcile.NewSnapshot(list, "id", reconcile.APIv1, 1, "2026-11-20T04:00:00Z")
			snapshot.Add([]string{}, []reconcile.Item{{Code: "6100", Name: "Travel"}})
			require.NoError(t, snapshot.Write(file))
			require.NoError(t, file.Close())

			snapshots, used, err := readSnapshots(Input{Lists: dir, Pipeline: pipeline.Pipeline{Checks: []pipeline.Check{{Name: "codes", List: list}}}})
			require.NoError(t, err)
			require.Equal(t, 1, snapshots[list].Items())
			require.Equal(t, filepath.Join(dir, kept), used[0].URI)
		})
	}
}
