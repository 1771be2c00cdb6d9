package extractfile

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/money"
	"tieout/internal/pipeline"
)

// saeGenerator writes a believable SAE of any length without holding it: 400 columns, about 1.9 kB a row, CRLF, codes of a
// three-level list, some fields quoted.
type saeGenerator struct {
	rows   int64 // still to come
	tuples int
	quoted bool // every field is quoted
	next   int64
	rest   []byte
	fields []string
	random *rand.Rand
}

func newSAE(rows int64, tuples int, quoted bool) *saeGenerator {
	g := &saeGenerator{rows: rows, tuples: tuples, quoted: quoted, random: rand.New(rand.NewPCG(1, 2))}
	g.fields = make([]string, saeWidth)
	for i := range g.fields {
		if i%3 > 0 {
			g.fields[i] = strings.Repeat("x", 3+i%5)
		}
	}
	g.fields[0], g.fields[1], g.fields[2] = "DETAIL", "1234", "2026-11-20"
	g.rest = fmt.Appendf(nil, "EXTRACT|2026-11-20|%d|0.0000|1234\r\n", rows)
	return g
}

func (g *saeGenerator) Read(p []byte) (int, error) {
	for len(g.rest) < len(p) && g.rows > 0 {
		g.row()
	}
	n := copy(p, g.rest)
	g.rest = g.rest[:copy(g.rest, g.rest[n:])]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (g *saeGenerator) row() {
	g.rows--
	g.next++
	code := g.random.IntN(g.tuples)
	g.fields[3] = strconv.FormatInt(g.next, 10)
	g.fields[18] = "R" + strconv.FormatInt(g.next/4, 10)
	g.fields[21] = []string{"USD", "USD", "EUR", "GBP"}[code%4]
	g.fields[26] = ""
	if g.next%16 == 0 {
		g.fields[26] = "\"Trip|with \"\"quotes\"\"\r\nand lines\""
	}
	g.fields[34] = "D" + strconv.Itoa(code%20)
	g.fields[35] = "1007-" + strconv.Itoa(code%1000)
	g.fields[36] = "P" + strconv.Itoa(code)
	g.fields[166] = "6" + strconv.Itoa(1000+code%5000)
	g.fields[168] = fmt.Sprintf("%d.%02d", g.random.IntN(5000)-2500, g.random.IntN(100))
	for i, f := range g.fields {
		if i > 0 {
			g.rest = append(g.rest, '|')
		}
		if g.quoted && !strings.HasPrefix(f, `"`) {
			g.rest = append(append(append(g.rest, '"'), f...), '"')
		} else {
			g.rest = append(g.rest, f...)
		}
	}
	g.rest = append(g.rest, '\r', '\n')
}

func benchSAE(t require.TestingT) (*Layout, []pipeline.Check) {
	l, err := NewLayout(pipeline.Format{Name: FormatSAE})
	require.NoError(t, err)
	return l, []pipeline.Check{
		{Name: "Cost centre", Columns: []pipeline.Column{"report_org_unit_1", "report_org_unit_2", "report_org_unit_3"}},
		{Name: "GL account", Columns: []pipeline.Column{"journal_account_code"},
			Skip: []pipeline.SkipRule{{Column: "is_personal", Equals: &yes}, {Column: "cash_advance_transaction_type", Filled: true}}},
	}
}

func benchFile(b *testing.B, rows int64, tuples int, quoted bool) []byte {
	file, err := io.ReadAll(newSAE(rows, tuples, quoted))
	require.NoError(b, err)
	return file
}

const benchRows = 60_000

func BenchmarkScan(b *testing.B) {
	for _, quoted := range []bool{false, true} {
		file := benchFile(b, benchRows, 20_000, quoted)
		l, checks := benchSAE(b)
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("quoted=%v/workers=%d", quoted, workers), func(b *testing.B) {
				b.SetBytes(int64(len(file)))
				b.ReportAllocs()
				for b.Loop() {
					s, err := Scan(context.Background(), bytes.NewReader(file), l, checks, ScanOptions{Workers: workers})
					require.NoError(b, err)
					require.EqualValues(b, benchRows, s.Records)
				}
			})
		}
	}
}

// BenchmarkRows lists the rows of one tuple in twenty.
func BenchmarkRows(b *testing.B) {
	file := benchFile(b, benchRows, 20_000, false)
	l, checks := benchSAE(b)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		err := Rows(context.Background(), bytes.NewReader(file), l, checks,
			func(_ int, key []byte) int { return int(key[len(key)-1]%20) - 19 }, func(*Row) error { return nil }, ScanOptions{})
		require.NoError(b, err)
	}
}

// BenchmarkEncodingCSV is the same work as a plain program would do it: encoding/csv and maps.
func BenchmarkEncodingCSV(b *testing.B) {
	for _, quoted := range []bool{false, true} {
		b.Run(fmt.Sprintf("quoted=%v", quoted), func(b *testing.B) { benchEncodingCSV(b, quoted) })
	}
}

func benchEncodingCSV(b *testing.B, quoted bool) {
	file := benchFile(b, benchRows, 20_000, quoted)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		require.EqualValues(b, benchRows, scanByEncodingCSV(b, bytes.NewReader(file)))
	}
}

// scanByEncodingCSV finds the tuples of benchSAE as a plain program would, and returns the number of rows.
func scanByEncodingCSV(t testing.TB, file io.Reader) (row int64) {
	type tuple struct {
		rows, first int64
		sums        money.Sums
	}
	r := csv.NewReader(file)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = '|', true, -1, true
	_, err := r.Read()
	require.NoError(t, err)
	found := []map[string]*tuple{{}, {}}
	for {
		record, err := r.Read()
		if err == io.EOF {
			return row
		}
		row++
		amount, err := money.Parse(record[168])
		require.NoError(t, err)
		for i, key := range []string{Key(record[34:37]), Key(record[166:167])} {
			t := found[i][key]
			if t == nil {
				t = &tuple{first: row, sums: money.Sums{}}
				found[i][key] = t
			}
			t.rows++
			t.sums[record[21]] = t.sums[record[21]].Plus(amount)
		}
	}
}

// BenchmarkLineFeeds is what `wc -l` does: the least that any reader can do.
func BenchmarkLineFeeds(b *testing.B) {
	file := benchFile(b, benchRows, 20_000, false)
	b.SetBytes(int64(len(file)))
	buf := make([]byte, 1<<20)
	for b.Loop() {
		r := bytes.NewReader(file)
		for n := 1; n > 0; {
			n, _ = r.Read(buf)
			bytes.Count(buf[:n], lineFeed)
		}
	}
}

// BenchmarkManyRows streams 10 million rows of few tuples: memory does not grow with rows.
func BenchmarkManyRows(b *testing.B) { benchMemory(b, 10_000_000, 1000) }

// BenchmarkMillionTuples holds a million distinct tuples.
func BenchmarkMillionTuples(b *testing.B) { benchMemory(b, 1_500_000, 1_000_000) }

// benchMemory reports the heap at its highest while scanning and what the Summary holds of each tuple at the end.
func benchMemory(b *testing.B, rows int64, tuples int) {
	l, err := NewLayout(pipeline.Format{Name: FormatDelimited, Delimiter: "|", Header: pipeline.HeaderNone, Amount: "1", Currency: "2"})
	require.NoError(b, err)
	checks := []pipeline.Check{{Name: "GL account", Columns: []pipeline.Column{"3"}}}
	for b.Loop() {
		var before, at runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		peak := uint64(0)
		chunks := 0
		s, err := Scan(context.Background(), &shortRows{rows: rows, tuples: tuples}, l, checks, ScanOptions{Progress: func(int64, int64) {
			if chunks++; chunks%16 == 0 {
				runtime.ReadMemStats(&at)
				peak = max(peak, at.HeapInuse)
			}
		}})
		require.NoError(b, err)
		require.EqualValues(b, rows, s.Records)
		runtime.GC()
		runtime.ReadMemStats(&at)
		b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
		b.ReportMetric(float64(int64(at.HeapAlloc-before.HeapAlloc))/float64(tuples), "B/tuple")
		runtime.KeepAlive(s)
	}
}

// shortRows writes rows of an amount, a currency and one of the tuples.
type shortRows struct {
	rows   int64
	tuples int
	next   int
	rest   []byte
}

func (g *shortRows) Read(p []byte) (int, error) {
	for len(g.rest) < len(p) && g.rows > 0 {
		g.rest = append(g.rest, "12.50|USD|GL-"...)
		g.rest = append(strconv.AppendInt(g.rest, int64(g.next%g.tuples), 10), '\n')
		g.next++
		g.rows--
	}
	n := copy(p, g.rest)
	g.rest = g.rest[:copy(g.rest, g.rest[n:])]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
