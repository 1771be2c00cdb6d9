package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

func render(t testing.TB, doc *Document) string {
	var out bytes.Buffer
	require.NoError(t, WriteHTML(&out, doc))
	return out.String()
}

func renderBounded(t testing.TB, doc *Document, perClass, maxBytes int) string {
	var out bytes.Buffer
	require.NoError(t, writeHTML(&out, doc, perClass, maxBytes))
	return out.String()
}

func TestHTMLIsBounded(t *testing.T) {
	page := render(t, sampleHuge(t, 50_000))
	require.Less(t, len(page), 3_000_000)
	require.Greater(t, strings.Count(page, "<tr><th scope=\"row\">"), 5_000, "as many as fit are listed")
	require.Contains(t, page, "all are in findings.csv")
	require.Less(t, len(renderBounded(t, sampleHuge(t, 5_000), mostPerClass, 100_000)), 100_000)
	require.Equal(t, 8*3, strings.Count(renderBounded(t, sampleHuge(t, 5_000), 3, mostBytes), "<tr><th scope=\"row\"><bdi>D"))
}

func TestShares(t *testing.T) {
	one, two := &group{Class: ClassOf("unknown")}, &group{Class: ClassOf("unknown")}
	for range 10 {
		one.Findings = append(one.Findings, nil)
	}
	for range 2 {
		two.Findings = append(two.Findings, nil)
	}
	require.Equal(t, []int{10, 2}, shares([]*group{one, two}, 100))
	require.Equal(t, []int{6, 2}, shares([]*group{one, two}, 8))
	require.Equal(t, []int{1, 0}, shares([]*group{one, two}, 1))
}

// The page allows itself its own style sheet and nothing else, and asks for nothing.
func TestHTMLAsksForNothing(t *testing.T) {
	for name, doc := range Samples(t) {
		page := render(t, doc)
		style := page[strings.Index(page, "<style>")+len("<style>") : strings.Index(page, "</style>")]
		sum := sha256.Sum256([]byte(style))
		require.Contains(t, page, `content="default-src 'none'; style-src 'sha256-`+base64.StdEncoding.EncodeToString(sum[:])+`'`, name)
		require.NotContains(t, style, "url(")
		require.NotContains(t, style, "@import")
		tokens := html.NewTokenizer(strings.NewReader(page))
		for {
			kind := tokens.Next()
			if kind == html.ErrorToken {
				require.Equal(t, io.EOF, tokens.Err())
				break
			}
			token := tokens.Token()
			if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
				continue
			}
			require.NotContains(t, []string{"script", "img", "iframe", "object", "embed", "form", "base", "video", "audio"}, token.Data, name)
			for _, a := range token.Attr {
				require.False(t, strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "style", "%s: %s", name, a.Key)
				if a.Key == "href" {
					require.Regexp(t, `^(#|https://|data:,$)`, a.Val, name)
				}
			}
		}
	}
}

func TestHTMLOfHostileTexts(t *testing.T) {
	page := render(t, sampleHostile(t))
	require.True(t, utf8.ValidString(page))
	require.False(t, strings.ContainsFunc(page, func(r rune) bool { return r != '\n' && hidden(r) }), "control and invisible characters are shown, not sent")
	require.NotContains(t, page, "<script")
	require.NotContains(t, page, "<img")
	require.Contains(t, page, "&lt;script&gt;")
	require.Contains(t, page, "characters)", "long texts are shortened")
	require.Less(t, len(page), 200_000)
}

// What WCAG asks of a static page and a test can see: a language, a title, one h1, captions, scopes, no heading level left out.
// A code that stands twice in a list is the list's defect: the report names it, with its items.
func TestReportNamesTheDefectOfAList(t *testing.T) {
	text := render(t, sampleSmall(t))
	for _, part := range []string{"Defect of the list <bdi>Organization List</bdi>:</b> 3 codes stand more than once under one parent",
		"<li><bdi>D10</bdi> › <bdi>2200</bdi>: <bdi>Warehouse, Warehouse (old)</bdi>", "<li>2 more in the snapshot"} {
		require.Contains(t, text, part)
	}
	require.NotContains(t, render(t, sampleClean(t)), "Defect of the list")
}

// A finding that went away and came back is new, and the report says when it was there first.
func TestReportSaysThatAFindingCameBack(t *testing.T) {
	doc := sampleSmall(t)
	doc.Findings[0].Since = "2026-11-03"
	require.Contains(t, render(t, doc), "<td>new<small>again, first on 2026-11-03</small>")
	require.NotContains(t, render(t, sampleSmall(t)), "again, first on")
}

func TestHTMLIsAccessible(t *testing.T) {
	for name, doc := range Samples(t) {
		page := render(t, doc)
		require.Contains(t, page, `<html lang="en">`)
		require.Regexp(t, `<title>[^<]+</title>`, page)
		require.Equal(t, 1, strings.Count(page, "<h1>"))
		require.Equal(t, strings.Count(page, "<table"), strings.Count(page, "<caption>"), name)
		for _, th := range regexp.MustCompile(`<th[ >][^>]*`).FindAllString(page, -1) {
			require.Contains(t, th, "scope=", name)
		}
		ids := map[string]bool{}
		for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
			require.False(t, ids[m[1]], "%s: id %s twice", name, m[1])
			ids[m[1]] = true
		}
		for _, m := range regexp.MustCompile(`(?:href="#|aria-labelledby=")([^"]+)"`).FindAllStringSubmatch(page, -1) {
			require.True(t, ids[m[1]], "%s: nothing has the id %s", name, m[1])
		}
		for _, m := range regexp.MustCompile(`aria-label="([^"]*)"`).FindAllStringSubmatch(page, -1) {
			require.NotEmpty(t, m[1])
		}
	}
}

// Contrast of every text colour and of the bars on their paper is that of WCAG AA or better, in light, dark and print.
func TestContrast(t *testing.T) {
	blocks := regexp.MustCompile(`--paper: [^}]*`).FindAllString(pageStyle, -1)
	require.Len(t, blocks, 3)
	for _, block := range blocks {
		colors := map[string]string{}
		for _, m := range regexp.MustCompile(`--(\w+): (#[0-9a-f]+)`).FindAllStringSubmatch(block, -1) {
			colors[m[1]] = m[2]
		}
		for _, name := range []string{"ink", "quiet", "link", "good", "warn", "bad", "calm"} {
			require.GreaterOrEqual(t, contrast(colors[name], colors["paper"]), 4.5, "%s on %s", name, colors["paper"])
		}
		require.GreaterOrEqual(t, contrast(colors["bar"], colors["paper"]), 3.0, "bars on %s", colors["paper"])
	}
}

func BenchmarkHTML(b *testing.B) {
	doc := sampleHuge(b, 50_000)
	for b.Loop() {
		require.NoError(b, WriteHTML(io.Discard, doc))
	}
}
