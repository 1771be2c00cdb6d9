package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheTreeNamesEveryKey holds the tree of docs/concepts.md against the functions that build keys, and against the names
// of the objects that are written below them.
func TestTheTreeNamesEveryKey(t *testing.T) {
	tree := section(t, "concepts.md", "The tree in S3")
	word := regexp.MustCompile(`[a-z_]{3,}`)
	object := regexp.MustCompile(`^(?:[a-z]+\.(?:json|html|xlsx|csv)|_[a-z]+)$`)
	builders := 0
	for _, path := range sources(t, "../activities", "../internal") {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		require.NoError(t, err)
		if declaresKeys(file) {
			for _, text := range literalsOfBuilders(file) {
				builders++
				for _, part := range word.FindAllString(text, -1) {
					require.Contains(t, tree, part, "%s builds keys of %q", path, text)
				}
			}
		}
		for _, text := range literals(file) {
			if object.MatchString(text) {
				name, _, _ := strings.Cut(text, ".")
				require.Contains(t, tree, name, "%s writes %q", path, text)
			}
		}
	}
	require.Greater(t, builders, 10, "the functions that build keys were found")
}

// sources returns the Go files below directories, without tests and what serves them.
func sources(t *testing.T, roots ...string) []string {
	t.Helper()
	var found []string
	for _, root := range roots {
		require.NoError(t, filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && strings.HasSuffix(entry.Name(), "test"):
				return filepath.SkipDir
			case filepath.Ext(path) == ".go" && !strings.HasSuffix(path, "_test.go"):
				found = append(found, path)
			}
			return nil
		}))
	}
	return found
}

// declaresKeys reports whether a file has the type that builds keys.
func declaresKeys(file *ast.File) bool {
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		if declared, ok := n.(*ast.TypeSpec); ok && declared.Name.Name == "Keys" {
			found = true
		}
		return !found
	})
	return found
}

// literalsOfBuilders returns the texts in the functions of a file whose only result is a string.
func literalsOfBuilders(file *ast.File) []string {
	var found []string
	for _, declaration := range file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || function.Name.Name == "SafeName" || function.Type.Results == nil || len(function.Type.Results.List) != 1 {
			continue
		}
		if result, ok := function.Type.Results.List[0].Type.(*ast.Ident); ok && result.Name == "string" {
			found = append(found, literals(function)...)
		}
	}
	return found
}

// literals returns the texts in a piece of code.
func literals(node ast.Node) []string {
	var found []string
	ast.Inspect(node, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			text, err := strconv.Unquote(literal.Value)
			if err == nil {
				found = append(found, text)
			}
		}
		return true
	})
	return found
}

// TestTheGlossaryHasTheWords sees that the words which code and pages lean on are explained.
func TestTheGlossaryHasTheWords(t *testing.T) {
	glossary := section(t, "concepts.md", "Glossary")
	for _, word := range []string{"extract", "definition", "job", "batch", "list", "list item", "tie out", "finding", "waiver", "outcome", "verdict",
		"run", "slot", "front", "landing", "manifest", "intent", "fence", "claim", "baseline", "gap", "evidence"} {
		require.Regexp(t, `(?m)^\| \*\*([a-z ]+, )*`+word+`(, [a-z ]+)*\*\* \| \S`, glossary, word)
	}
}

// section returns what stands below a "## heading" of a page.
func section(t *testing.T, page, heading string) string {
	t.Helper()
	_, below, found := strings.Cut(read(t, page), "\n## "+heading+"\n")
	require.True(t, found, "%s has no section %q", page, heading)
	below, _, _ = strings.Cut(below, "\n## ")
	return below
}
