package desk

import (
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/evidence"
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
)

// A snapshot is found under the name that a tie-out keeps it by, also where a list's name is none for keys.
func TestSnapshotsAreFoundByTheirKeptName(t *testing.T) {
	for _, list := range []string{"Organization List", "G/L Accounts", "Kostenträger"} {
		t.Run(list, func(t *testing.T) {
			dir := t.TempDir()
			kept := path.Base(evidence.Keys{Prefix: "concur", Pipeline: "nightly-sae"}.List("0123456789abcdef", 1, list))
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

// A code that was retired by an earlier snapshot is unknown at the desk, where there are no earlier ones. The tie-out had
// no reason to search other parents for it, so the snapshot lacks them: the finding says so, and the check goes on.
func TestWhatASnapshotLacksIsSearchedInPart(t *testing.T) {
	dir, check := t.TempDir(), pipeline.Check{Name: "codes", List: "Orgs", Columns: []pipeline.Column{"1", "2"}}
	snapshot := reconcile.NewSnapshot("Orgs", "id", reconcile.APIv1, 2, "2026-11-20T04:00:00Z")
	snapshot.Add([]string{}, []reconcile.Item{{Code: "DE", Ref: "DE"}, {Code: "US", Ref: "US"}})
	snapshot.Add([]string{"US"}, []reconcile.Item{{Code: "CA"}})
	file, err := os.Create(filepath.Join(dir, snapshotName("Orgs")))
	require.NoError(t, err)
	require.NoError(t, snapshot.Write(file))
	require.NoError(t, file.Close())
	snapshots, _, err := readSnapshots(Input{Lists: dir, Pipeline: pipeline.Pipeline{Checks: []pipeline.Check{check}}})
	require.NoError(t, err)
	summary := &extractfile.Summary{Records: 1, Checks: []extractfile.CheckSummary{{Tuples: extractfile.TuplesOf(
		extractfile.Tuple{Values: []string{"US", "retired"}, Rows: 1, FirstRow: 1})}}}
	v, err := reconcile.Match(reconcile.Input{Checks: []pipeline.Check{check}, Snapshots: snapshots, BusinessDate: "2026-11-20",
		Files: []reconcile.FileSummary{{Name: "a", Summary: summary}}})
	require.NoError(t, err)
	require.Equal(t, []string{reconcile.ClassUnknown, reconcile.SearchedPartial}, []string{v.Findings[0].Class, v.Findings[0].Searched})
}
