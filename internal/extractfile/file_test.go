package extractfile

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"tieout/internal/contract"
	"tieout/internal/money"
	"tieout/internal/pipeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// saeRow is a DETAIL row of the given width; set holds column number and value in turn.
func saeRow(width int, set ...any) string {
	fields := make([]string, width)
	fields[0] = "DETAIL"
	for i := 0; i < len(set); i += 2 {
		if n := set[i].(int); n <= width {
			fields[n-1] = fmt.Sprint(set[i+1])
		}
	}
	return strings.Join(fields, "|")
}

func layout(t require.TestingT, f pipeline.Format) *Layout {
	l, err := NewLayout(f)
	require.NoError(t, err)
	return l
}

func scanString(t require.TestingT, l *Layout, checks []pipeline.Check, file string) (*Summary, error) {
	return Scan(context.Background(), strings.NewReader(file), l, checks, ScanOptions{Workers: 2, ChunkBytes: 64})
}

func amount(t require.TestingT, text string) money.Amount {
	a, err := money.Parse(text)
	require.NoError(t, err)
	return a
}

func TestScanSAE(t *testing.T) {
	sae := layout(t, pipeline.Format{Name: FormatSAE})
	checks := []pipeline.Check{
		{Name: "Cost centre", Columns: []pipeline.Column{"report_org_unit_1", "report_org_unit_2"}},
		{Name: "GL", Columns: []pipeline.Column{"167"}, Skip: []pipeline.SkipRule{{Column: "is_personal", Equals: &yes}}},
	}
	for _, width := range []int{400, 256, 169} {
		for _, end := range []string{"\n", "\r\n"} {
			row := func(n int, amount, currency string, set ...any) string {
				return saeRow(width, append([]any{2, 77, 4, n, 19, "R1", 22, currency, 167, "6100", 169, amount, 35, "D10"}, set...)...)
			}
			file := strings.Join([]string{"EXTRACT|2026-11-20|4|10.25000001|77",
				row(1, "+12.50", "USD", 36, `"a|""b"""`), row(2, "-12.5", "EUR", 36, `"a|""b"""`), row(3, "10.25000001", "USD", 68, "Y"),
				row(4, "0", "USD", 27, "\"two\r\nlines\"")}, end) + end
			s, err := scanString(t, sae, checks, "\xef\xbb\xbf"+file)
			require.NoError(t, err)
			require.Equal(t, Header{Present: true, Date: "2026-11-20", Records: 4, Total: amount(t, "10.25000001"), Batch: "77"}, s.Header)
			require.EqualValues(t, 4, s.Records)
			require.Equal(t, s.Header.Total, s.Total)
			require.EqualValues(t, len(file)+3, s.Bytes)
			require.Equal(t, money.Sums{"USD": {Net: amount(t, "22.75000001"), Gross: amount(t, "22.75000001")},
				"EUR": {Net: amount(t, "-12.5"), Gross: amount(t, "12.5")}}, s.Amounts)
			for _, fault := range []Fault{s.Sequence, s.BatchMixed, s.Width, s.AmountFormat} {
				require.Zero(t, fault)
			}
			require.Len(t, s.Checks, 2)
			require.Equal(t, []Tuple{
				{Values: []string{"D10", `a|"b"`}, Rows: 2, FirstRow: 1, Amounts: money.Sums{
					"USD": {Net: amount(t, "12.5"), Gross: amount(t, "12.5")}, "EUR": {Net: amount(t, "-12.5"), Gross: amount(t, "12.5")}}},
				{Values: []string{"D10", ""}, Rows: 2, FirstRow: 3, Amounts: money.Sums{"USD": {Net: amount(t, "10.25000001"), Gross: amount(t, "10.25000001")}}},
			}, s.Checks[0].Tuples.Slice())
			require.EqualValues(t, 1, s.Checks[1].Skipped)
			require.Equal(t, []Tuple{{Values: []string{"6100"}, Rows: 3, FirstRow: 1, Amounts: money.Sums{
				"USD": {Net: amount(t, "12.5"), Gross: amount(t, "12.5")}, "EUR": {Net: amount(t, "-12.5"), Gross: amount(t, "12.5")}}}},
				s.Checks[1].Tuples.Slice())
		}
	}
}

func TestFaults(t *testing.T) {
	sae := layout(t, pipeline.Format{Name: FormatSAE})
	rows := []string{"EXTRACT|2026-11-20|5|1.0|77",
		saeRow(169, 2, 77, 4, 1, 169, "1.0"), saeRow(169, 2, 78, 4, 7, 169, "1.234,50 EUR"), saeRow(100, 4, 3),
		saeRow(169, 2, "", 4, "Jane Doe", 169, ""), saeRow(170, 2, 77, 4, 5, 22, "Jane Doe", 169, "0.000000001")}
	s, err := scanString(t, sae, nil, strings.Join(rows, "\n"))
	require.NoError(t, err)
	require.Equal(t, Fault{Rows: 2, FirstRow: 2, Samples: []int64{2, 4}, Declared: "2", Computed: "7"}, s.Sequence)
	require.Equal(t, Fault{Rows: 1, FirstRow: 2, Samples: []int64{2}, Declared: "77", Computed: "78"}, s.BatchMixed)
	require.Equal(t, Fault{Rows: 1, FirstRow: 3, Samples: []int64{3}, Declared: "169 columns or more", Computed: "100 columns"}, s.Width)
	require.Equal(t, Fault{Rows: 3, FirstRow: 2, Samples: []int64{2, 4, 5}, Declared: "a decimal such as -12.50", Computed: "9.999,99 aaa"}, s.AmountFormat)
	require.Equal(t, "1.0000", s.Total.String())
	require.NotContains(t, fmt.Sprint(s), "Jane")
	require.Contains(t, s.Amounts, NoCurrency)
}

// Any worker may meet a fault first: samples and descriptions are those of the first rows all the same.
func TestFaultsDoNotDependOnWorkers(t *testing.T) {
	sae := layout(t, pipeline.Format{Name: FormatSAE})
	var file strings.Builder
	file.WriteString("EXTRACT|2026-11-20|300|0|77\n")
	for n := 1; n <= 300; n++ {
		file.WriteString(saeRow(169, 2, 77+n%7/6, 4, n+n%5/4, 169, "x") + "\n")
	}
	var first *Summary
	for workers := 1; workers <= 8; workers++ {
		s, err := Scan(context.Background(), strings.NewReader(file.String()), sae, nil, ScanOptions{Workers: workers, ChunkBytes: 500})
		require.NoError(t, err)
		if first == nil {
			first = s
		}
		require.Equal(t, first, s)
	}
	require.EqualValues(t, 300, first.AmountFormat.Rows)
	require.Equal(t, []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, first.AmountFormat.Samples)
	require.Equal(t, []int64{4, 9, 14, 19, 24, 29, 34, 39, 44, 49}, first.Sequence.Samples)
}

func TestHeaders(t *testing.T) {
	sae, prae := layout(t, pipeline.Format{Name: FormatSAE}), layout(t, pipeline.Format{Name: FormatPRAE})
	want := Header{Present: true, Date: "2026-11-20", Records: 0, Batch: "9"}
	for _, c := range []struct {
		layout *Layout
		file   string
		header Header
		err    string
	}{
		{sae, "EXTRACT|2026-11-20|0|0.0|9", want, ""},
		{sae, "\r\n\"EXTRACT\"|\"2026-11-20\"|0|+0|9||\r\n\r\n", want, ""},
		{sae, "EXTRACT|2026-11-20|0|0\n", Header{Present: true, Date: "2026-11-20"}, ""},
		{prae, "EXTRACT|9|2026/11/20|0|0.0\n", want, ""},
		{prae, "EXTRACT|2026-11-20|0|0.0|9\n", Header{}, "order of a sae file, but the format says prae"},
		{sae, "EXTRACT|9|2026/11/20|0|0.0\n", Header{}, "order of a prae file, but the format says sae"},
		{sae, "EXTRACT|2026-13-20|0|0.0|9\n", Header{}, `header cannot be read: field 2, the date, is "2026-13-20" where a date such as 2026-11-20 is expected`},
		{sae, "EXTRACT|2026-11-20|-1|0.0|9\n", Header{}, `field 3, the record count, is "-1" where a whole number is expected`},
		{sae, "EXTRACT|2026-11-20|1|¤1230.3600|9\n", Header{}, `field 4, the journal total, is "¤1230.3600" where a plain amount such as 1230.3600 is expected`},
		{prae, "EXTRACT|9|2026/11/20|0|" + strings.Repeat("x", 90) + "\n", Header{}, `field 5, the journal total, is "` + strings.Repeat("x", 40) + `…" where`},
		{sae, "EXTRACT\n", Header{}, "header cannot be read: it has 1 fields, and the journal total would be field 4"},
		{sae, "DETAIL|1|Doe\n", Header{}, "EXTRACT header is missing"},
		{sae, "name;Doe\n", Header{}, "no EXTRACT header"},
		{sae, "", Header{}, "the file is empty"},
		{sae, " \r\n\n", Header{}, "the file is empty"},
	} {
		s, err := scanString(t, c.layout, nil, c.file)
		if c.err != "" {
			var format *FormatError
			require.ErrorAs(t, err, &format, c.file)
			require.Equal(t, contract.CodeFileFormat, format.Code)
			require.ErrorContains(t, err, c.err)
			require.NotContains(t, err.Error(), "Doe")
			continue
		}
		require.NoError(t, err, c.file)
		require.Equal(t, c.header, s.Header)
		require.Zero(t, s.Records)
	}
}

func TestNames(t *testing.T) {
	l := layout(t, pipeline.Format{Name: FormatDelimited, Delimiter: ";", Header: pipeline.HeaderNames, Amount: "Amount", Currency: "Cur"})
	checks := []pipeline.Check{{Name: "Dept", Columns: []pipeline.Column{"Cost Centre"}}}
	s, err := scanString(t, l, checks, "Cur; Cost Centre ;Amount;Twice;Twice\nUSD;\"a;b\";1.50\nUSD;;2\n")
	require.NoError(t, err)
	require.Equal(t, []string{"a;b"}, s.Checks[0].Tuples.Slice()[0].Values)
	require.EqualValues(t, 2, s.Records)
	require.Equal(t, "3.5000", s.Total.String())
	require.False(t, s.Header.Present)
	for column, want := range map[pipeline.Column]string{"Nowhere": `check "Dept": the file has no column "Nowhere"`, "Twice": `two columns "Twice"`} {
		_, err = scanString(t, l, []pipeline.Check{{Name: "Dept", Columns: []pipeline.Column{column}}}, "Cur;Twice;Amount;Twice\n")
		require.ErrorContains(t, err, want)
	}
	_, err = scanString(t, l, nil, "")
	require.ErrorContains(t, err, "the file is empty")
	none := layout(t, pipeline.Format{Name: FormatDelimited, Delimiter: ";", Header: pipeline.HeaderNone})
	s, err = scanString(t, none, nil, "")
	require.NoError(t, err)
	require.Zero(t, s.Records)
}

func TestEncodings(t *testing.T) {
	file := "Amount|Cur|Code\n1|EUR|Größe €\n"
	marked := unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	encodings := map[string]encoding.Encoding{
		"utf-8": encoding.Nop, "UTF-8": unicode.UTF8BOM, "utf-16": marked, "windows-1252": charmap.Windows1252,
		"utf-16le": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16be": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
		"UTF-16BE": marked,
	}
	l := func(name string) *Layout {
		return layout(t, pipeline.Format{Name: FormatDelimited, Delimiter: "|", Header: pipeline.HeaderNames, Amount: "Amount", Currency: "Cur", Encoding: name})
	}
	checks := []pipeline.Check{{Name: "Code", Columns: []pipeline.Column{"Code"}}}
	for name, e := range encodings {
		data, err := e.NewEncoder().String(file)
		require.NoError(t, err)
		s, err := scanString(t, l(name), checks, data)
		require.NoError(t, err, name)
		require.Equal(t, []string{"Größe €"}, s.Checks[0].Tuples.Slice()[0].Values, name)
		require.EqualValues(t, len(data), s.Bytes)
		for other, o := range encodings {
			if o == e || strings.EqualFold(name, other) {
				continue
			}
			if other == "windows-1252" && strings.EqualFold(name, "utf-8") && e == encoding.Nop {
				continue // every UTF-8 text is a windows-1252 text
			}
			if other == "utf-16be" && e == marked {
				continue // the mark says big endian
			}
			_, err := scanString(t, l(other), checks, data)
			var format *FormatError
			require.ErrorAs(t, err, &format, "%s read as %s", name, other)
		}
	}
	data, err := encodings["utf-16le"].NewEncoder().String(file)
	require.NoError(t, err)
	_, err = scanString(t, l("utf-16le"), checks, data[:len(data)-3])
	require.ErrorContains(t, err, "cut short")
}

func TestNoExtract(t *testing.T) {
	sae := layout(t, pipeline.Format{Name: FormatSAE})
	good := "EXTRACT|2026-11-20|3|0|77\n" + saeRow(169, 4, 1, 169, 1) + "\n"
	for name, c := range map[string]struct{ file, code, want string }{
		"armoured":      {"-----BEGIN PGP MESSAGE-----\n\nhQ", contract.CodeFileEncrypted, "encrypted"},
		"pgp old":       {"\x85\x01\x0c\x03\xaa\xbb", contract.CodeFileEncrypted, "encrypted"},
		"pgp new":       {"\xc1\xc0\x4c\x03\xaa\xbb", contract.CodeFileEncrypted, "encrypted"},
		"pgp symmetric": {"\x8c\x0d\x04\x09\x03\x02", contract.CodeFileEncrypted, "encrypted"},
		"zip":           {"PK\x03\x04\x14\x00", contract.CodeFileFormat, "zip archive"},
		"gzip":          {"\x1f\x8b\x08\x00\x00", contract.CodeFileFormat, "gzip"},
		"binary":        {"\x01\x02\x03\x04\x05\x06\x07\x08", contract.CodeFileFormat, "binary"},
		"a program":     {"\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x03\x00>\x00\x01\x00\x00\x00", contract.CodeFileFormat, "binary"},
		"html":          {"\n<!DOCTYPE html><html>", contract.CodeFileFormat, "HTML or XML page"},
		"xml":           {"\xef\xbb\xbf<?xml version=\"1.0\"?><Error>", contract.CodeFileFormat, "HTML or XML page"},
		"json":          {`{"error":"x"}`, contract.CodeFileFormat, "JSON"},
		"cut short":     {good + `DETAIL|77||2|"Doe|` + "\n\n", contract.CodeFileFormat, "line 3: a quoted field that begins here is still open"},
		"nul at once":   {good + "DETAIL|Doe\x00\n", contract.CodeFileFormat, "binary"},
		"nul":           {good + strings.Repeat(saeRow(169)+"\n", 30) + "DETAIL|Doe\x00\n", contract.CodeFileFormat, "line 33 (row 32): the record holds NUL"},
		"two files":     {good + "EXTRACT|2026-11-20|3|0|77\n", contract.CodeFileFormat, "line 3 (row 2): a second EXTRACT header"},
		"other record":  {good + "Jane Doe|x\n", contract.CodeFileFormat, "line 3 (row 2): the record is no DETAIL row"},
		"latin":         {"EXTRACT|2026-11-20|3|0|77\n" + saeRow(169, 4, 1, 35, "U\xfcD", 169, 1) + "\n", contract.CodeFileFormat, "line 2 (row 1): a mapped column"},
	} {
		_, err := scanString(t, sae, []pipeline.Check{{Name: "Cost centre", Columns: []pipeline.Column{"35"}}}, c.file)
		var format *FormatError
		require.ErrorAs(t, err, &format, name)
		require.Equal(t, c.code, format.Code, name)
		require.ErrorContains(t, err, c.want, name)
		require.NotContains(t, err.Error(), "Doe", name)
	}
	umlaut, err := scanString(t, sae, nil, "EXTRACT|2026-11-20|1|1|\n\"DETAIL\"|Ärger|"+saeRow(169)[6:]+"\n")
	require.NoError(t, err)
	require.EqualValues(t, 1, umlaut.Records)
}

func TestRecordWithoutEnd(t *testing.T) {
	sae := layout(t, pipeline.Format{Name: FormatSAE})
	head := "EXTRACT|2026-11-20|3|0|77\n"
	endless := strings.Repeat("x", maxRecord+2<<20)
	for want, file := range map[string]string{
		"line 2: a quoted field that begins here has no end": head + `DETAIL|"` + endless,
		"line 2: the record that begins here has no end":     head + `DETAIL|` + endless,
	} {
		_, err := Scan(context.Background(), strings.NewReader(file), sae, nil, ScanOptions{})
		require.ErrorContains(t, err, want)
	}
}

// The scan's memory does not grow with the rows: no allocation per row.
func TestScanDoesNotAllocatePerRow(t *testing.T) {
	sae, checks := benchSAE(t)
	allocations := func(rows int64) float64 {
		file, err := io.ReadAll(newSAE(rows, 50, false))
		require.NoError(t, err)
		return testing.AllocsPerRun(3, func() {
			_, err := Scan(context.Background(), bytes.NewReader(file), sae, checks, ScanOptions{Workers: 1, ChunkBytes: 32 << 10})
			require.NoError(t, err)
		})
	}
	few, many := allocations(500), allocations(2500)
	require.Less(t, many-few, 100.0)
}

func TestProgress(t *testing.T) {
	l, checks := benchSAE(t)
	file, err := io.ReadAll(newSAE(200, 50, true))
	require.NoError(t, err)
	var bytesSeen, rowsSeen int64
	_, err = Scan(context.Background(), bytes.NewReader(file), l, checks, ScanOptions{Workers: 3, ChunkBytes: 10000,
		Progress: func(bytes, rows int64) {
			require.GreaterOrEqual(t, bytes, bytesSeen)
			require.GreaterOrEqual(t, rows, rowsSeen)
			bytesSeen, rowsSeen = bytes, rows
		}})
	require.NoError(t, err)
	require.EqualValues(t, len(file), bytesSeen)
	require.EqualValues(t, 200, rowsSeen)
}

// A currency column that is none must not make a sum of every code in it: sums go where rows must not.
func TestTooManyCurrencies(t *testing.T) {
	format := pipeline.Format{Name: FormatDelimited, Delimiter: "|", Header: pipeline.HeaderNone, Amount: "1", Currency: "2"}
	file := func(codes int) string {
		var b strings.Builder
		for i := range codes {
			fmt.Fprintf(&b, "1.00|%03d\n", i)
		}
		return b.String()
	}
	summary, err := scanString(t, layout(t, format), nil, file(maxCurrencies))
	require.NoError(t, err)
	require.Len(t, summary.Amounts, maxCurrencies)
	_, err = scanString(t, layout(t, format), nil, file(maxCurrencies+1))
	require.ErrorContains(t, err, "its currency column holds 501 different codes")
	var refused *FormatError
	require.ErrorAs(t, err, &refused)
}
