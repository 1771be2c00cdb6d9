package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/concur/concurtest/extractgen"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/extractfile"
	"tieout/internal/reconcile"
	"tieout/internal/report"
	"tieout/internal/runs"
)

var update = flag.Bool("update", false, "write the golden files anew")

// onDisk writes the sample's extract and its lists as a tie-out keeps them.
func (b *bench) onDisk(world concurtest.World) (file, lists string) {
	extract, err := extractgen.New(*world.Definitions[0].Files[0].Extract, world.Lists...)
	require.NoError(b.t, err)
	file, lists = filepath.Join(b.dir, "extract.txt"), filepath.Join(b.dir, "lists")
	out, err := os.Create(file)
	require.NoError(b.t, err)
	_, err = extract.WriteTo(out)
	require.NoError(b.t, err)
	require.NoError(b.t, out.Close())
	require.NoError(b.t, os.Mkdir(lists, 0o755))
	for _, list := range world.Lists {
		writeSnapshot(b.t, list, filepath.Join(lists, evidence.SafeName(list.Name)+".json"))
	}
	return file, lists
}

func writeSnapshot(t *testing.T, list extractgen.List, path string) {
	snapshot := reconcile.NewSnapshot(list.Name, "id", reconcile.APIv1, 3, "2026-11-20T04:00:00Z")
	parents := [][]string{}
	branches := map[string][]reconcile.Item{}
	tree, err := extractgen.NewTree(list)
	require.NoError(t, err)
	for path, item := range tree.Items() {
		if item.Deleted {
			continue
		}
		parent := path[:len(path)-1]
		key := extractfile.Key(parent)
		if branches[key] == nil {
			parents = append(parents, append([]string{}, parent...))
		}
		branches[key] = append(branches[key], reconcile.Item{Code: item.Code, Name: item.Name})
	}
	for _, parent := range parents {
		snapshot.Add(parent, branches[extractfile.Key(parent)])
	}
	file, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, snapshot.Write(file))
	require.NoError(t, file.Close())
}

// sampleWorld has the sample's date fixed, so that its file is the same every day.
func sampleWorld(rows int) concurtest.World {
	world := concurtest.SampleWorld(rows)
	spec := *world.Definitions[0].Files[0].Extract
	spec.Date, spec.Batch = "2026-11-20", 1204
	world.Definitions[0].Files[0].Extract = &spec
	return world
}

func TestCheckNeedsNothingOutside(t *testing.T) {
	b := newBench(t)
	b.configure(testConfig) // none of its variables is set: check needs no secret
	file, lists := b.onDisk(sampleWorld(2000))
	t.Chdir(b.dir) // the golden file names no directory of this test
	file, lists = filepath.Base(file), filepath.Base(lists)
	b.program.config = "tieout.yaml"

	require.Equal(t, runs.ExitFindings, b.tieout("check", file, "--lists", lists), b.err.String())
	golden(t, "check.txt", b.out.Bytes())

	require.Equal(t, runs.ExitFindings, b.tieout("check", file, "--lists", lists, "--json", "--out", "reports"), b.err.String())
	var doc report.Document
	b.document(&doc)
	require.Equal(t, contract.OutcomeFindings, doc.Outcome)
	require.Equal(t, int64(2000), doc.Control.Records)
	require.Len(t, doc.Evidence.Files[0].SHA256, 64)
	for _, name := range []string{"report.json", "report.html", "report.xlsx", "findings.csv", "rows.csv"} {
		info, err := os.Stat(filepath.Join("reports", name))
		require.NoError(t, err)
		require.NotZero(t, info.Size(), name)
	}
}

// golden compares with a file of testdata beside this test.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join(testdata, name)
	if *update {
		require.NoError(t, os.MkdirAll(testdata, 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

// testdata is absolute: a test may change its directory.
var testdata = func() string {
	path, err := filepath.Abs("testdata")
	if err != nil {
		panic(err)
	}
	return path
}()

func TestCheckFailsByItsCodes(t *testing.T) {
	world := sampleWorld(600)
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, b *bench, file, lists string) []string
		code  int
		error string
	}{
		{"no file", func(_ *testing.T, _ *bench, _, lists string) []string {
			return []string{"nowhere.txt", "--lists", lists}
		},
			runs.ExitUsage, "there is no file nowhere.txt"},
		{"no snapshot", func(_ *testing.T, b *bench, file, _ string) []string { return []string{file, "--lists", b.dir} },
			runs.ExitUsage, `no snapshot of list "Organization List"`},
		{"a directory", func(_ *testing.T, b *bench, _, lists string) []string { return []string{b.dir, "--lists", lists} },
			runs.ExitUsage, "is a directory"},
		{"the same file twice", func(_ *testing.T, _ *bench, file, lists string) []string {
			return []string{file, filepath.Dir(file) + "/./" + filepath.Base(file), "--lists", lists}
		}, runs.ExitUsage, "is named twice"},
		{"no date", func(_ *testing.T, _ *bench, file, lists string) []string {
			return []string{file, "--lists", lists, "--date", "20.11.2026"}
		}, runs.ExitUsage, "is not a date"},
		{"a broken snapshot", func(t *testing.T, _ *bench, file, lists string) []string {
			require.NoError(t, os.WriteFile(filepath.Join(lists, "Organization List.json"), []byte(`{"a":`), 0o600))
			return []string{file, "--lists", lists}
		}, runs.ExitError, "tieout report ID --download DIR"},
		{"no such pipeline", func(_ *testing.T, _ *bench, file, lists string) []string {
			return []string{file, "--lists", lists, "--pipeline", "nope"}
		}, runs.ExitUsage, `no pipeline "nope"`},
		{"no extract", func(t *testing.T, b *bench, file, lists string) []string {
			require.NoError(t, os.WriteFile(file, []byte("hello\n"), 0o600))
			return []string{file, "--lists", lists}
		}, runs.ExitError, "not a file of format sae"},
		{"cut short", func(t *testing.T, b *bench, file, lists string) []string {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			rows := 0
			for i := range data {
				if data[i] == '\n' {
					if rows++; rows == 500 {
						require.NoError(t, os.WriteFile(file, data[:i+1], 0o600))
					}
				}
			}
			return []string{file, "--lists", lists}
		}, runs.ExitControlTotals, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.configure(testConfig)
			file, lists := b.onDisk(world)
			require.Equal(t, c.code, b.tieout(append([]string{"check"}, c.spoil(t, b, file, lists)...)...), b.err.String())
			require.Contains(t, b.err.String(), c.error)
		})
	}
}
