package extractfile

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tieout/internal/contract"
	"tieout/internal/money"
	"tieout/internal/pipeline"
)

// referenceRecords reads records by the rules of the package documentation, one byte at a time.
func referenceRecords(data []byte, delimiter byte) (records [][]string, open bool) {
	var fields []string
	var field []byte
	line := 0 // bytes of the record so far
	quoted, rest := false, false
	endField := func() {
		fields = append(fields, string(field))
		field, rest = nil, false
	}
	endRecord := func() {
		if line > 0 {
			endField()
			records = append(records, fields)
		}
		fields, field, rest, line = nil, nil, false, 0
	}
	fieldStart := func(i int) bool { return line == 0 || !rest && len(field) == 0 && data[i-1] == delimiter }
	for i := 0; i < len(data); i++ {
		c := data[i]
		last := i+1 == len(data)
		switch {
		case quoted && c == '"' && !last && data[i+1] == '"':
			field = append(field, '"')
			i++
		case quoted && c == '"':
			quoted, rest = false, true
		case quoted:
			field = append(field, c)
		case c == '\n':
			endRecord()
			continue
		case c == '\r' && (last || data[i+1] == '\n'):
			continue
		case c == '"' && fieldStart(i):
			quoted = true
		case c == delimiter:
			endField()
		default:
			field = append(field, c)
		}
		line++
	}
	if quoted {
		return records, true
	}
	endRecord()
	return records, false
}

// sequentialSummary does with maps and records what Scan does.
func sequentialSummary(l *Layout, checks []pipeline.Check, records [][]string) *Summary {
	number := func(c pipeline.Column) int {
		n, _ := l.Column(c)
		return n
	}
	width := 0
	see := func(c pipeline.Column) {
		if c != "" {
			width = max(width, number(c))
		}
	}
	for _, r := range l.roles.named() {
		see(r.column)
	}
	for _, check := range checks {
		for _, c := range check.Columns {
			see(c)
		}
		for _, rule := range check.Skip {
			see(rule.Column)
		}
	}
	out := &Summary{Amounts: money.Sums{}, Checks: make([]CheckSummary, len(checks))}
	index := make([]map[string]*Tuple, len(checks))
	for i := range checks {
		index[i] = map[string]*Tuple{}
	}
	for i, record := range records {
		row := int64(i + 1)
		get := func(c pipeline.Column) string {
			if c == "" || number(c) > len(record) {
				return ""
			}
			return record[number(c)-1]
		}
		has := func(c pipeline.Column) bool { return c != "" && number(c) <= len(record) }
		out.Records++
		if len(record) < width {
			out.Width.add(row, func() (string, string) {
				return fmt.Sprintf("%d columns or more", width), fmt.Sprintf("%d columns", len(record))
			})
		}
		if n, err := strconv.Atoi(get(l.roles.sequence)); has(l.roles.sequence) && (err != nil || int64(n) != row || strings.ContainsAny(get(l.roles.sequence), "+-")) {
			out.Sequence.add(row, func() (string, string) { return strconv.Itoa(i + 1), printed(get(l.roles.sequence)) })
		}
		amount, err := money.Parse(get(l.roles.amount))
		if err != nil && has(l.roles.amount) {
			out.AmountFormat.add(row, func() (string, string) { return "a decimal such as -12.50", shape([]byte(get(l.roles.amount))) })
		}
		currency := string(currencyCode([]byte(get(l.roles.currency))))
		out.Amounts[currency] = out.Amounts[currency].Plus(amount)
		out.Total = out.Total.Add(amount)
		for k, check := range checks {
			skipped := false
			for _, rule := range check.Skip {
				value := get(rule.Column)
				skipped = skipped || rule.Filled && value != "" || rule.Equals != nil && value == *rule.Equals
			}
			if skipped {
				out.Checks[k].Skipped++
				continue
			}
			var values []string
			for _, c := range check.Columns {
				values = append(values, get(c))
			}
			key := Key(values)
			if index[k][key] == nil {
				index[k][key] = &Tuple{Values: values, FirstRow: row, Amounts: money.Sums{}}
			}
			t := index[k][key]
			t.Rows++
			t.Amounts[currency] = t.Amounts[currency].Plus(amount)
		}
	}
	for k := range checks {
		var tuples []Tuple
		for _, t := range index[k] {
			tuples = append(tuples, *t)
		}
		sort.Slice(tuples, func(a, b int) bool { return tuples[a].FirstRow < tuples[b].FirstRow })
		out.Checks[k].Tuples = TuplesOf(tuples...)
	}
	return out
}

// requireSame compares what two summaries hold, however they hold it.
func requireSame(t require.TestingT, want, got *Summary) {
	require.Len(t, got.Checks, len(want.Checks))
	for i := range want.Checks {
		require.Equal(t, want.Checks[i].Skipped, got.Checks[i].Skipped)
		require.Equal(t, want.Checks[i].Tuples.Slice(), got.Checks[i].Tuples.Slice())
	}
	a, b := *want, *got
	a.Checks, b.Checks = nil, nil
	require.Equal(t, a, b)
}

func printed(s string) string { return number([]byte(s)) }

var yes = "Y"

func oracleLayout(t require.TestingT) (*Layout, []pipeline.Check) {
	l, err := NewLayout(pipeline.Format{Name: FormatDelimited, Delimiter: "|", Header: pipeline.HeaderNone,
		Sequence: "1", Amount: "2", Currency: "3", Entry: "7"})
	require.NoError(t, err)
	return l, []pipeline.Check{
		{Name: "two levels", Columns: []pipeline.Column{"4", "5"}},
		{Name: "one level", Columns: []pipeline.Column{"5"}, Skip: []pipeline.SkipRule{{Column: "6", Equals: &yes}}},
		{Name: "backwards", Columns: []pipeline.Column{"6", "4", "1"}, Skip: []pipeline.SkipRule{{Column: "4", Filled: true}}},
	}
}

// drawOptions draws workers and chunk sizes; small chunks put cuts everywhere.
func drawOptions(t *rapid.T) ScanOptions {
	return ScanOptions{Workers: rapid.IntRange(1, 4).Draw(t, "workers"), ChunkBytes: rapid.IntRange(1, 80).Draw(t, "chunk")}
}

// drawFile draws a well-formed file: quoted where it must be, and sometimes where it need not.
func drawFile(t *rapid.T, carriageReturns bool) []byte {
	alphabet := []rune(`ab "|` + "\n,é€😀")
	if carriageReturns {
		alphabet = append(alphabet, '\r')
	}
	value := rapid.OneOf(rapid.Just(""), rapid.SampledFrom([]string{"A", "B", "Y", "USD", "EUR", "-1.5", "2", "0.25"}),
		rapid.StringOfN(rapid.SampledFrom(alphabet), 0, 12, -1))
	var file bytes.Buffer
	rows, quoted := rapid.IntRange(0, 30).Draw(t, "rows"), rapid.Bool().Draw(t, "every field is quoted")
	for row := range rows {
		fields := rapid.SliceOfN(value, 1, 9).Draw(t, "fields")
		if len(fields) > 2 && rapid.IntRange(0, 3).Draw(t, "proper") > 0 {
			fields[0], fields[1] = strconv.Itoa(row+1), rapid.StringMatching(`-?[0-9]{1,9}\.[0-9]{1,8}`).Draw(t, "amount")
		}
		for i, f := range fields {
			if i > 0 {
				file.WriteByte('|')
			}
			if strings.ContainsAny(f, "|\r\n") || strings.HasPrefix(f, `"`) || quoted || rapid.IntRange(0, 4).Draw(t, "quote") == 0 {
				f = `"` + strings.ReplaceAll(f, `"`, `""`) + `"`
			}
			file.WriteString(f)
		}
		if row < rows-1 || rapid.Bool().Draw(t, "last") {
			file.WriteString(rapid.SampledFrom([]string{"\n", "\r\n", "\n\n", "\r\n\r\n"}).Draw(t, "end"))
		}
	}
	return file.Bytes()
}

func TestScanAgreesWithEncodingCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, checks := oracleLayout(t)
		file := drawFile(t, false)
		reader := csv.NewReader(bytes.NewReader(file))
		reader.Comma, reader.LazyQuotes, reader.FieldsPerRecord = '|', true, -1
		records, err := reader.ReadAll()
		require.NoError(t, err)
		want := sequentialSummary(l, checks, records)
		want.Bytes = int64(len(file))
		got, err := Scan(context.Background(), bytes.NewReader(file), l, checks, drawOptions(t))
		require.NoError(t, err)
		requireSame(t, want, got)
	})
}

func TestScanAgreesWithReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		file := drawFile(t, true)
		if rapid.Bool().Draw(t, "raw") {
			file = []byte(rapid.StringOfN(rapid.SampledFrom([]rune(`a1|"`+"\r\n")), 0, 120, -1).Draw(t, "file"))
		}
		compareWithReference(t, file, drawOptions(t))
	})
}

func compareWithReference(t require.TestingT, file []byte, o ScanOptions) {
	l, checks := oracleLayout(t)
	records, open := referenceRecords(file, '|')
	got, err := Scan(context.Background(), bytes.NewReader(file), l, checks, o)
	if open {
		var format *FormatError
		require.ErrorAs(t, err, &format)
		require.Equal(t, contract.CodeFileFormat, format.Code)
		return
	}
	require.NoError(t, err)
	want := sequentialSummary(l, checks, records)
	want.Bytes = int64(len(file))
	requireSame(t, want, got)
}

// FuzzScan feeds any bytes: the result is the reference's, or an error, with one worker and with several.
func FuzzScan(f *testing.F) {
	f.Add([]byte("1|2.5|USD|A|B|N|x\n2|-1|EUR|\"A|\"\"\n\"|B|Y|x\r\n"), 1)
	f.Add([]byte("\"\"\n\"\"\"\"|\"a\"b\"c|d\"e\"\r\n\r\n|||\r"), 2)
	f.Add([]byte("\"open|\n1|2"), 3)
	f.Add([]byte("\"1\"|\"2\"|\"\"\n\"1\"|\"a\"\"|b\"|\"\nc\"\r\n\"x\"y\"|\"z\"\n"), 9)
	f.Add([]byte("\xef\xbb\xbf1|1|USD\n"), 4)
	f.Fuzz(func(t *testing.T, file []byte, chunk int) {
		l, checks := oracleLayout(t)
		one, errOne := Scan(context.Background(), bytes.NewReader(file), l, checks, ScanOptions{Workers: 1})
		many, errMany := Scan(context.Background(), iotest.OneByteReader(bytes.NewReader(file)), l, checks,
			ScanOptions{Workers: 3, ChunkBytes: 1 + (chunk&0x7fffffff)%100})
		require.Equal(t, errOne == nil, errMany == nil)
		if errOne != nil {
			require.Equal(t, errOne.Error(), errMany.Error())
			return
		}
		requireSame(t, one, many)
		if !bytes.HasPrefix(file, bomUTF8) {
			records, _ := referenceRecords(file, '|')
			want := sequentialSummary(l, checks, records)
			want.Bytes = int64(len(file))
			requireSame(t, want, one)
		}
	})
}

// Long fields and records that are cut many times are put together again, with quotes at every place of a chunk.
func TestScanAcrossEveryCut(t *testing.T) {
	for _, file := range []string{
		"1|1.00|USD|\"" + strings.Repeat("x\"\"|\r\n", 40) + "\"|B|N|e\r\n2|2.00|USD|\"\"|\"\"\"\"|N|e\r\n3|-3|USD|a\"b|c|Y|\"e\"",
		strings.Repeat("\"1\"|\"1.00\"|\"USD\"|\"\"|\"a\r\n\"\"|b\"|\"N\"|\"\"\"\"\r\n", 3) + "\"4\"x|\"1\"|\"EUR\"|a\"|\"b\"\n\"5\"|\"2\"|\"\"\n",
	} {
		for chunk := 1; chunk <= len(file)+1; chunk++ {
			for _, workers := range []int{1, 3} {
				compareWithReference(t, []byte(file), ScanOptions{Workers: workers, ChunkBytes: chunk})
			}
		}
	}
}

func TestScanReaderErrors(t *testing.T) {
	l, checks := oracleLayout(t)
	_, err := Scan(context.Background(), io.MultiReader(strings.NewReader("1|1|USD\n"), iotest.ErrReader(io.ErrClosedPipe)), l, checks, ScanOptions{})
	require.ErrorIs(t, err, io.ErrClosedPipe)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = Scan(ctx, strings.NewReader("1|1|USD\n"), l, checks, ScanOptions{})
	require.ErrorIs(t, err, context.Canceled)
}
