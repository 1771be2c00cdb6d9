package tieout_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// layers lists every package of both modules. A package imports only packages of the lines below its own.
var layers = [][]string{
	{"deployments/local", "deployments/local/record", "deployments/local/example", "deployments/local/systemtest/campaign"},
	{"deployments/local/systemtest"},
	{"deployments/local/stack"},
	{"concur/concurtest", "internal/landing/landingtest", "internal/bucket/s3test"},
	{"concur/concurtest/extractgen"},
	{"concur/concurtest/internal/hash", "internal/faultscript"},

	{"worker", "starter"},
	{"starter/doctor", "starter/propose"},
	{"starter/printer", "starter/schedule"},
	{"internal/app"},
	{"activities", "workflows"},
	{"internal/tieout", "internal/landing", "internal/runs", "internal/notice"},
	{"concur"},
	{"internal/evidence"},
	{"internal/report", "internal/bucket", "internal/config"},
	{"internal/reconcile"},
	{"internal/extractfile"},
	{"internal/contract"},
	{"internal/pipeline", "internal/money"},
	{"internal/jsonstream", "internal/wording"},
}

// bounds forbid imports that the layers alone would allow. Names are beginnings of import paths, and except wins over never.
var bounds = []struct {
	reason                  string
	packages, never, except []string
}{
	{"the contract is data", []string{"internal/contract"}, []string{"go.temporal.io/", "github.com/", "golang.org/"}, nil},
	{"its rules are pure", []string{"internal/extractfile", "internal/reconcile", "internal/report", "internal/money"},
		[]string{"go.temporal.io/", "github.com/aws/", "net/http"}, nil},
	{"its code is deterministic", []string{"workflows"}, []string{"tieout/", "go.temporal.io/", "github.com/", "golang.org/", "net/"},
		[]string{"tieout/internal/contract", "tieout/internal/pipeline", "tieout/internal/wording", "go.temporal.io/sdk/", "go.temporal.io/api/enums/"}},
	{"others import or copy it", []string{"concur", "concur/concurtest", "deployments/local/example"}, []string{"tieout/"},
		[]string{"tieout/concur/concurtest/", "tieout/internal/faultscript"}},
	{"only the tie-out and the runs know Concur", []string{"internal/landing", "internal/notice"}, []string{"tieout/concur"}, nil},
}

// TestLayers holds the imports of every package against the tables above. What tests import is free.
func TestLayers(t *testing.T) {
	imports := importsOfPackages(t)
	depth := map[string]int{}
	for i, layer := range layers {
		for _, name := range layer {
			depth["tieout/"+name] = i
		}
	}
	known, there := slices.Sorted(maps.Keys(depth)), slices.Sorted(maps.Keys(imports))
	assert.Equal(t, known, there, "the table of layers and the packages of the tree differ")
	for _, name := range there {
		for _, imported := range imports[name] {
			below, ours := depth[imported]
			assert.False(t, ours && below <= depth[name], "%s imports %s, which does not lie below it", name, imported)
		}
	}
	for _, bound := range bounds {
		for _, name := range bound.packages {
			for _, imported := range imports["tieout/"+name] {
				begins := func(path string) bool { return strings.HasPrefix(imported, path) }
				assert.False(t, slices.ContainsFunc(bound.never, begins) && !slices.ContainsFunc(bound.except, begins),
					"%s imports %s, though %s", name, imported, bound.reason)
			}
		}
	}
}

// importsOfPackages reads what the packages of the workspace import, by their import paths.
func importsOfPackages(t *testing.T) map[string][]string {
	imports := map[string][]string{}
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "testdata" || path != "." && strings.HasPrefix(name, ".")):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		importer := "tieout/" + filepath.ToSlash(filepath.Dir(path))
		all := imports[importer]
		for _, spec := range file.Imports {
			all = append(all, strings.Trim(spec.Path.Value, `"`))
		}
		slices.Sort(all)
		imports[importer] = slices.Compact(all)
		return nil
	}))
	return imports
}

// TestRootModuleDoesNotRequireTheServer keeps the embedded Temporal server out of what users of the root module download.
func TestRootModuleDoesNotRequireTheServer(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	require.NotContains(t, string(text), "go.temporal.io/server")
}
