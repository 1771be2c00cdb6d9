package main

import (
	"context"
	"io"
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/evidence"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
	"tieout/internal/tieout"
)

// A snapshot is found under the name that a tie-out keeps it by, also where a list's name is none for keys.
func TestSnapshotsAreFoundByTheirKeptName(t *testing.T) {
	for _, list := range []string{"Organization List", "G/L Accounts", "Kostenträger"} {
		t.Run(list, func(t *testing.T) {
			dir := t.TempDir()
			kept := path.Base(evidence.Keys{Prefix: "concur", Pipeline: "nightly-sae"}.List("0123456789abcdef", 1, list))
			snapshot := reconcile.NewSnapshot(list, "id", reconcile.APIv1, 1, "2026-11-20T04:00:00Z")
			snapshot.Add([]string{}, []reconcile.Item{{Code: "6100", Name: "Travel"}})
			keepSnapshot(t, snapshot, filepath.Join(dir, kept))

			object, err := checkObjects{lists: dir}.Read(t.Context(), tieout.Ref{}, tieout.SnapshotName(list), func(body io.Reader) error {
				got, err := reconcile.ReadSnapshot(body)
				require.NoError(t, err)
				require.Equal(t, 1, got.Items())
				return err
			})
			require.NoError(t, err)
			require.Equal(t, filepath.Join(dir, kept), object.URI)
		})
	}
}

func keepSnapshot(t *testing.T, snapshot *reconcile.Snapshot, path string) {
	file, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, snapshot.Write(file))
	require.NoError(t, file.Close())
}

// A code that was retired by an earlier snapshot is unknown to check, which has no earlier ones. The tie-out had no
// reason to search other parents for it, so the snapshot lacks them: the finding says so, and the check goes on.
func TestWhatASnapshotLacksIsSearchedInPart(t *testing.T) {
	dir := t.TempDir()
	snapshot := reconcile.NewSnapshot("Orgs", "id", reconcile.APIv1, 2, "2026-11-20T04:00:00Z")
	snapshot.Add([]string{}, []reconcile.Item{{Code: "DE", Ref: "DE"}, {Code: "US", Ref: "US"}})
	snapshot.Add([]string{"US"}, []reconcile.Item{{Code: "CA"}})
	keepSnapshot(t, snapshot, filepath.Join(dir, path.Base(tieout.SnapshotName("Orgs"))))
	extract := filepath.Join(dir, "a.csv")
	require.NoError(t, os.WriteFile(extract, []byte("US,retired,1,USD\n"), 0o600))
	check, err := newCheck(pipeline.Pipeline{
		Format: pipeline.Format{Name: "delimited", Delimiter: ",", Header: pipeline.HeaderNone, Amount: "3", Currency: "4"},
		Checks: []pipeline.Check{{Name: "codes", List: "Orgs", Columns: []pipeline.Column{"1", "2"}}},
	}, []string{extract}, checkOptions{lists: dir, date: "2026-11-20"})
	require.NoError(t, err)
	scanned, err := check.Scan(context.Background())
	require.NoError(t, err)
	judged, err := check.Judge(context.Background(), scanned)
	require.NoError(t, err)
	require.Len(t, judged.Findings, 1)
	require.Equal(t, []string{reconcile.ClassUnknown, reconcile.SearchedPartial}, []string{judged.Findings[0].Class, judged.Findings[0].Searched})
}
