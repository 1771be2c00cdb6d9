package extractfile

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

func TestCounter(t *testing.T) {
	sae := layout(t, pipeline.Format{Name: FormatSAE})
	whole := "\xef\xbb\xbfEXTRACT|2026-11-20|3|1.5|77\r\nDETAIL|1\r\n\r\nDETAIL|\"a\r\nb\"\r\nDETAIL|3\r\n"
	count := func(l *Layout, data string, step int) *Counter {
		c := NewCounter(l)
		for ; data != ""; data = data[min(step, len(data)):] {
			n, err := c.Write([]byte(data[:min(step, len(data))]))
			require.NoError(t, err)
			require.Equal(t, min(step, len(data)), n)
		}
		return c
	}
	for step := 1; step <= len(whole); step++ {
		c := count(sae, whole, step)
		header, ok := c.Header()
		require.True(t, ok)
		require.Equal(t, Header{Present: true, Date: "2026-11-20", Records: 3, Total: amount(t, "1.5"), Batch: "77"}, header)
		require.EqualValues(t, 3, c.Records())
		require.True(t, c.Proven())
	}
	for cut := range len(whole) {
		require.False(t, count(sae, whole[:cut], 7).Proven(), whole[:cut])
	}
	require.False(t, count(sae, whole+"DETAIL|4\r\n", 7).Proven())
	require.False(t, count(sae, whole+"DETAIL", 7).Proven())
	require.False(t, count(sae, "<html>\n", 7).Proven())
	require.True(t, count(sae, "EXTRACT|2026-11-20|0|0\n", 7).Proven())

	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.TrimPrefix(whole, "\xef\xbb\xbf"))
	require.NoError(t, err)
	require.True(t, count(layout(t, pipeline.Format{Name: FormatSAE, Encoding: "utf-16"}), wide, 5).Proven())

	names := layout(t, pipeline.Format{Name: FormatDelimited, Delimiter: "|", Header: pipeline.HeaderNames})
	c := count(names, "a|b\n1|2\n", 3)
	require.EqualValues(t, 1, c.Records())
	_, ok := c.Header()
	require.False(t, ok)
	require.False(t, c.Proven())
}

// The Counter and Scan agree on what a record is.
func TestCounterAgreesWithScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, _ := oracleLayout(t)
		file := append(drawFile(t, true), "x\n"...)
		s, err := Scan(context.Background(), bytes.NewReader(file), l, nil, ScanOptions{})
		require.NoError(t, err)
		c := NewCounter(l)
		for rest := file; len(rest) > 0; {
			n := min(len(rest), rapid.IntRange(1, 50).Draw(t, "write"))
			_, _ = c.Write(rest[:n])
			rest = rest[n:]
		}
		require.Equal(t, s.Records, c.Records())
	})
}

// FuzzFormats feeds any bytes to every format: a Summary or a *FormatError, and a Counter that agrees with it.
func FuzzFormats(f *testing.F) {
	f.Add([]byte("EXTRACT|2026-11-20|1|1.00|77\r\n" + saeRow(169, 2, 77, 4, 1, 169, "1.00") + "\r\n"))
	f.Add([]byte("EXTRACT|77|2026/11/20|1|1.00\nDETAIL|\"a\"\"\n\"|"))
	f.Add([]byte("\xff\xfea\x00|\x00b\x00\n\x00"))
	f.Add([]byte("Amount|b\n1|\x80"))
	f.Add([]byte{})
	f.Add([]byte("\x85\x01\x0c\x03"))
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, format := range []pipeline.Format{{Name: FormatSAE}, {Name: FormatPRAE},
			{Name: FormatDelimited, Delimiter: "|", Header: pipeline.HeaderNames},
			{Name: FormatDelimited, Delimiter: ",", Header: pipeline.HeaderControl, Amount: "2", Encoding: "windows-1252"},
			{Name: FormatDelimited, Delimiter: "\t", Header: pipeline.HeaderNone, Amount: "1", Encoding: "utf-16"}} {
			l := layout(t, format)
			c := NewCounter(l)
			_, _ = c.Write(file)
			s, err := Scan(context.Background(), bytes.NewReader(file), l, []pipeline.Check{{Columns: []pipeline.Column{"2"}}},
				ScanOptions{Workers: 2, ChunkBytes: 7})
			if err != nil {
				var format *FormatError
				require.ErrorAs(t, err, &format)
				require.Contains(t, []string{contract.CodeFileFormat, contract.CodeFileEncrypted}, format.Code)
				continue
			}
			require.LessOrEqual(t, c.Records(), s.Records)
			require.LessOrEqual(t, s.Records, c.Records()+1) // a last row without line end
			if header, ok := c.Header(); ok {
				require.Equal(t, s.Header, header)
			}
		}
	})
}
