package extractfile

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"tieout/internal/pipeline"
)

// What is no file of a layout is known by its first bytes, and a file is not taken for one that is none.
func TestRecognize(t *testing.T) {
	sae := layout(t, pipeline.Format{Name: FormatSAE})
	control := layout(t, pipeline.Format{Name: FormatDelimited, Delimiter: ";", Header: pipeline.HeaderControl, Amount: "2"})
	names := layout(t, pipeline.Format{Name: FormatDelimited, Delimiter: ";", Header: pipeline.HeaderNames, Amount: "Amount"})
	numbers := layout(t, pipeline.Format{Name: FormatDelimited, Delimiter: ";", Header: pipeline.HeaderNames, Amount: "3"})
	none := layout(t, pipeline.Format{Name: FormatDelimited, Delimiter: ";", Header: pipeline.HeaderNone, Amount: "2"})
	wide := layout(t, pipeline.Format{Name: FormatSAE, Encoding: "utf-16"})
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("EXTRACT|2026-11-20|1|1.00|77\r\nDETAIL|77\r\n")
	require.NoError(t, err)
	all := []*Layout{sae, control, names, numbers, none}

	for _, text := range []string{"", "\r\n", `{"error":"try again"}`, ` [ {"a":1}]`, "{}", "<html><body>Sign in</body></html>", "<?xml version=\"1.0\"?><Error/>",
		"\xef\xbb\xbf<Error/>", "Service unavailable\n", "Service unavailable", "one line\nand another\n", "\x00\x01\x02\x03", "\x1f\x8b\x08\x00zipped"} {
		for _, l := range all {
			var format *FormatError
			require.ErrorAs(t, l.Recognize([]byte(text), true, nil), &format, "%s: %q", l.header, text)
			require.False(t, format.Setting, "%q", text)
		}
	}
	for _, c := range []struct {
		l    *Layout
		text string
	}{
		{sae, "EXTRACT|2026-11-20|0|0.00|77"}, {sae, "\xef\xbb\xbf\r\n\"EXTRACT\"|2026-11-20|1|1.00\nDETAIL|"}, {wide, utf16},
		{control, "EXTRACT;2026-11-20;1;1.00\n"}, {names, "Code;Amount\n"}, {names, "[Code];Amount"}, {numbers, "a;b;c\n"},
		{none, "[x];1.00\n"}, {none, "title\na;1.00\n"}, {sae, "\x85\x01\x0c\x03encrypted"}, {none, "-----BEGIN PGP MESSAGE-----\n"},
	} {
		require.NoError(t, c.l.Recognize([]byte(c.text), true, nil), "%s: %q", c.l.header, c.text)
	}
	require.ErrorContains(t, sae.Recognize([]byte("DETAIL|1|Doe\n"), true, nil), "EXTRACT header is missing")
	require.ErrorContains(t, names.Recognize([]byte("a;b\n"), true, nil), "names none of the columns")
	require.NoError(t, names.Recognize([]byte("Dept;b\n"), true, []pipeline.Check{{Columns: []pipeline.Column{"Dept"}}}))
	require.ErrorContains(t, none.Recognize([]byte("a;b\n"), true, []pipeline.Check{{Columns: []pipeline.Column{"5"}}}), "no record reaches column 5")
	require.ErrorContains(t, sae.Recognize([]byte(strings.Repeat("x", HeadBytes)), false, nil), "has no end within 64 KiB")

	var format *FormatError
	require.ErrorAs(t, sae.Recognize([]byte("EXTRACT|77|2026/11/20|1|1.00\n"), true, nil), &format)
	require.True(t, format.Setting, "a file of another format is one")
	require.ErrorAs(t, sae.Recognize([]byte(utf16), true, nil), &format)
	require.True(t, format.Setting)
}

// A Counter that goes on from another's mark comes to what one over the whole file comes to, and refutes exactly what
// Scan counts otherwise than the header declares.
func TestCounterGoesOnFromItsMark(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sae := layout(t, pipeline.Format{Name: FormatSAE})
		rows := rapid.SliceOfN(rapid.SampledFrom([]string{"DETAIL|1", "DETAIL|\"a\nb\"", "", "DETAIL|\"|\"\"\"", "DETAIL"}), 0, 12).Draw(t, "rows")
		declared := rapid.IntRange(0, 12).Draw(t, "declared")
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")
		file := "\xef\xbb\xbfEXTRACT|2026-11-20|" + string(rune('0'+declared/10)) + string(rune('0'+declared%10)) + "|0" + end + strings.Join(rows, end) +
			rapid.SampledFrom([]string{end, ""}).Draw(t, "last")
		s, err := scanString(t, sae, nil, file)
		require.NoError(t, err)
		cut := rapid.IntRange(0, len(file)).Draw(t, "cut")
		first, second := NewCounter(sae), NewCounter(sae)
		_, _ = first.Write([]byte(file[:cut]))
		mark := first.Mark()
		require.LessOrEqual(t, mark.At, int64(cut))
		second.Resume(mark)
		_, _ = second.Write([]byte(file[mark.At:]))
		_, _ = first.Write([]byte(file[cut:]))
		for _, c := range []*Counter{first, second} {
			require.Equal(t, s.Records != int64(declared), c.Refuted())
		}
		require.Equal(t, first.Proven(), second.Proven())
	})
}
