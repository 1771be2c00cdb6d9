package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files and the reference in docs/configuration.md")

// TestBadFiles reads every file under testdata/bad and compares the whole error with the text beside it.
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			_, err = parse("tieout.yaml", data, inputsOf(environment()))
			problems, ok := errors.AsType[*Error](err)
			require.True(t, ok, "%v", err)
			require.NotContains(t, err.Error(), "canary")
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(err.Error()+"\n"), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), problems.Error()+"\n")
			for _, problem := range problems.Problems {
				require.NotEmpty(t, problem.Message)
				require.NotEmpty(t, problem.Remedy, problem)
			}
		})
	}
}

// TestFilesThatAreNoYAML has the files that a text file in testdata could not hold.
func TestFilesThatAreNoYAML(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "tieout.yaml: is empty; write one with `tieout init`, or start from the snippets in docs/configuration.md",
		"# a comment\n":                   "tieout.yaml: is empty; write one with `tieout init`, or start from the snippets in docs/configuration.md",
		"---\n...\n":                      "tieout.yaml: is empty; write one with `tieout init`, or start from the snippets in docs/configuration.md",
		"- a\n":                           "tieout.yaml:1:1: is not a mapping of keys; begin with connections:, storage: and pipelines:",
		"text\n":                          "tieout.yaml:1:1: is not a mapping of keys; begin with connections:, storage: and pipelines:",
		"\xff\xfea\x00":                   "tieout.yaml:1:1: is written in UTF-16; save it as UTF-8",
		"a: 1\nb: \xfc\n":                 "tieout.yaml:2:4: holds bytes that are not UTF-8 text; save it as UTF-8",
		"a: \x00\n":                       "tieout.yaml:1:4: holds bytes that are not UTF-8 text; save it as UTF-8",
		"storage:\n\tbucket: b":           "tieout.yaml:2:1: is indented with a tab; indent with spaces",
		"a: [${X}]\n":                     "tieout.yaml:1:6: ',' or ']' must be specified; inside [ ] and { } put a value with ${…} in quotes",
		"a: \"canary\n":                   "tieout.yaml:1:4: could not find end character of double-quoted text; check the indentation and the quotes here and in the line above",
		"storage: {}\n---\nstorage: {}\n": "tieout.yaml:3:1: holds a second YAML document; keep one document: remove the line --- and what does not belong here",
		strings.Repeat("#", maxFile+1):    "tieout.yaml: is larger than 262144 bytes; name a tieout.yaml",
	} {
		_, err := parseText(text)
		require.EqualError(t, err, want)
	}
}

func TestAliasesThatUnfoldWithoutEnd(t *testing.T) {
	for _, text := range []string{
		"x-a: &a [*a]\npipelines: *a\n",
		"pipelines: &a {p: *a}\n",
		"pipelines: &a\n  <<: *a\n",
		"x-a: &a [1,1,1,1,1,1,1,1,1]\nx-b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nx-c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nx-d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\nx-e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\npipelines: {a: {checks: *e}, b: {checks: *e}}\n",
	} {
		_, err := parseText(text)
		require.Error(t, err)
	}
}
