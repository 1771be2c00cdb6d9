package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t testing.TB, name string, got []byte) {
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "go test ./internal/report -update writes it anew")
}

func TestSummary(t *testing.T) {
	for _, name := range []string{"clean", "small", "empty", "differs", "approved"} {
		var out bytes.Buffer
		require.NoError(t, WriteSummary(&out, Samples(t)[name], SummaryOptions{}))
		golden(t, name+".txt", out.Bytes())
	}
}

func TestSummaryFitsItsWidth(t *testing.T) {
	for name, doc := range Samples(t) {
		doc.Links = Links{} // places are not cut: they are there to be copied
		for _, width := range []int{100, 120} {
			var out bytes.Buffer
			require.NoError(t, WriteSummary(&out, doc, SummaryOptions{Width: width}))
			_, tables, _ := strings.Cut(out.String(), "\nControl totals\n")
			tables, _, _ = strings.Cut(tables, "\nWhat to do now\n")
			for _, line := range strings.Split(tables, "\n") {
				require.LessOrEqual(t, columns(line), width, "%s: %s", name, line)
			}
		}
	}
}

func TestSummaryOfHostileTexts(t *testing.T) {
	for _, color := range []bool{false, true} {
		var out bytes.Buffer
		require.NoError(t, WriteSummary(&out, sampleHostile(t), SummaryOptions{Color: color}))
		text := out.String()
		for _, ours := range append([]string{bold, dim, plain}, tones[toneGood], tones[toneWarn], tones[toneBad], tones[toneCalm]) {
			if color {
				text = strings.ReplaceAll(text, ours, "")
			}
		}
		require.False(t, strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && hidden(r) }))
	}
}

func TestColumns(t *testing.T) {
	require.Equal(t, 3, columns("abc"))
	require.Equal(t, 4, columns("日本"))
	require.Equal(t, 1, columns("e\u0301"))
	require.Equal(t, "日…", cut("日本語", 4))
	require.Equal(t, "abc", cut("abc", 3))
}
