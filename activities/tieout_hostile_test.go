package activities_test

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html"

	"tieout/concur/concurtest"
	"tieout/concur/concurtest/extractgen"
	"tieout/internal/config"
	"tieout/internal/report"
)

// hostile are texts that try to be more than text wherever a report shows them.
func hostile() []string {
	return []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</td></table><h1>Approved</h1>`, `javascript:alert(1)`, `{{.Job.ID}}`,
		`=HYPERLINK("http://evil.example","x")`, `+1+1`, `-2+3`, `@SUM(A1:A9)`, "\t=1+1", "\r\n=1+1", `=cmd|' /C calc'!A0`, "＝1+1", `a;=1+1`, ` =1+1`,
		"a\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "bell\x07", "back\b\b\bspace", "del\x7f", "c1\u009b31m", "line\nbreak", "form\ffeed",
		"\u202etxt.exe", "\u2066isolated\u2069", "zero\u200bwidth", "\ufeffbom", "soft\u00adhyphen", "line\u2028separator",
		"👩‍💻 🏦", "אבג", "e\u0301", strings.Repeat("long", 2_500), strings.Repeat("ä€😀", 3_333),
	}
}

// suggested are names of items that are one edit from a code in the file.
func suggested() map[string]string {
	return map[string]string{
		"QUEUE1": `<b onmouseover="alert(1)">Name</b>`, "WAGON2": `=1+1`, "ZEBRA3": "\u202egnp.exe", "XENON4": strings.Repeat("name ", 2_000), "VIXEN5": "@import url(//evil.example)",
	}
}

// Codes and names that mean harm come out harmless in the page, the CSVs, the workbook and on the terminal, and are
// kept as they are in report.json.
func TestHostileTexts(t *testing.T) {
	for _, api := range []string{config.ListsV1, config.ListsV4} {
		t.Run(api, func(t *testing.T) {
			world, settings := cleanWorld(400, []int{4, 6, 10}, []int{40})
			world.Lists[1] = extractgen.List{Name: concurtest.SampleAccounts, Items: []extractgen.Item{{Code: "6100", Name: "Travel"}}}
			meant, inject := map[string]string{}, extractgen.Injection{Check: concurtest.SampleAccountCheck}
			for code, name := range suggested() {
				world.Lists[1].Items = append(world.Lists[1].Items, extractgen.Item{Code: code, Name: name})
				inject.Tuples = append(inject.Tuples, []string{code + "!"})
				meant[code+"!"] = name
			}
			for _, text := range hostile() {
				inject.Tuples = append(inject.Tuples, []string{text})
			}
			injected(world, inject)
			b := newBench(t, world, api, settings)
			job, landed := b.extract(t, concurtest.SampleDefinition)
			reported := b.tieOut(t, landed, "owner")
			b.handOver(t, b.handOverOf(reported.Result))
			extract, err := b.concur.Extract(job.ID, 0)
			require.NoError(t, err)
			doc := b.document(t, reported)
			require.Len(t, doc.Findings, len(extract.Injected()))
			kept := map[string]bool{}
			for _, f := range doc.Findings {
				kept[f.Path[0]] = true
				if name, known := meant[f.Path[0]]; known {
					require.Equal(t, name, f.Suggestion.Name)
				}
			}
			for _, in := range extract.Injected() {
				require.True(t, kept[in.Path[0]], "%q is kept exactly", in.Path[0])
			}

			harmlessPage(t, b.read(t, reported.Result.Reports.HTML))
			for _, uri := range []string{reported.Result.Reports.CSV, reported.Result.Reports.Rows} {
				harmlessCSV(t, b.read(t, uri))
			}
			harmlessWorkbook(t, b.read(t, reported.Result.Reports.XLSX))
			var terminal bytes.Buffer
			require.NoError(t, report.WriteSummary(&terminal, &doc, report.SummaryOptions{}))
			require.False(t, strings.ContainsFunc(terminal.String(), invisible), "%q", terminal.String())
		})
	}
}

// invisible tells control characters and those that turn the reading direction or are not seen.
func invisible(r rune) bool {
	return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

func harmlessPage(t *testing.T, page []byte) {
	t.Helper()
	require.False(t, strings.ContainsFunc(string(page), invisible))
	require.Equal(t, 1, bytes.Count(page, []byte("<h1>")))
	tokens := html.NewTokenizer(bytes.NewReader(page))
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			require.Equal(t, io.EOF, tokens.Err())
			return
		}
		token := tokens.Token()
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		require.NotContains(t, []string{"script", "img", "iframe", "object", "form"}, token.Data)
		for _, attribute := range token.Attr {
			require.False(t, strings.HasPrefix(attribute.Key, "on") || attribute.Key == "src", "%s", attribute.Key)
			require.NotContains(t, attribute.Val, "javascript:")
		}
	}
}

var number = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// harmlessCSV looks at every cell, and at every piece of one that a spreadsheet might take for a cell.
func harmlessCSV(t *testing.T, text []byte) {
	t.Helper()
	for _, record := range readCSV(t, text) {
		for column, cell := range record {
			if number.MatchString(cell) {
				continue
			}
			for _, part := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(";\t\r\n", r) }) {
				part = strings.TrimLeft(part, " \"\ufeff\u200b\u202e")
				require.NotContains(t, "=+-@＝", string([]rune(part + " ")[:1]), "%s: %q", column, cell)
			}
		}
	}
}

func harmlessWorkbook(t *testing.T, book []byte) {
	t.Helper()
	for name, part := range unzipped(t, book) {
		if strings.HasPrefix(name, "xl/worksheets/sheet") {
			require.NotContains(t, part, "<f>", name)
			require.NotContains(t, part, "<f ", name)
			require.False(t, strings.ContainsFunc(part, invisible), name)
		}
	}
	f, err := excelize.OpenReader(bytes.NewReader(book))
	require.NoError(t, err)
	defer f.Close()
	rows, err := f.GetRows("Findings")
	require.NoError(t, err)
	require.Greater(t, len(rows), len(hostile()))
}
