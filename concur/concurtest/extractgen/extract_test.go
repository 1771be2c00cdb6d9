package extractgen

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func testLists() []List {
	return []List{
		{Name: "Organization List", Generate: &ListSpec{Seed: 1, Branching: []int{6, 12, 40}}},
		{Name: "Chart of Accounts", Generate: &ListSpec{Seed: 2, Branching: []int{300}}},
	}
}

// testSpec has every class and every control fault.
func testSpec(rows int64) Spec {
	spec := Spec{
		Seed: 42, Rows: rows, Batch: 7,
		Skip: SkipRows{Personal: 20, CashAdvance: 5, Tax: 20},
		Checks: []Check{
			{Name: "Cost centre", List: "Organization List", Columns: []int{35, 36, 37}, Placeholders: []string{"Pending Client"}},
			{Name: "GL account", List: "Chart of Accounts", Columns: []int{167}, Placeholders: []string{"Inactive-Call Concur", "Pending Client"}},
		},
		Control: ControlFaults{Records: 3, Total: "-0.01", Sequence: 4, BatchMixed: 5, Width: 3, AmountFormat: 7},
	}
	for _, class := range []Class{ClassPlaceholder, ClassSkippedLevel, ClassRetired, ClassFormatOnly, ClassNameNotCode, ClassWrongParent, ClassUnknown} {
		spec.Inject = append(spec.Inject, Injection{Check: "Cost centre", Class: class, Findings: 5, Rows: 4})
	}
	for _, class := range []Class{ClassRetired, ClassFormatOnly, ClassNameNotCode, ClassUnknown} {
		spec.Inject = append(spec.Inject, Injection{Check: "GL account", Class: class, Findings: 3, Rows: 6})
	}
	spec.Inject = append(spec.Inject,
		Injection{Check: "Cost centre", Class: ClassBlank, Findings: 1, Rows: 9},
		Injection{Check: "GL account", Class: ClassPlaceholder, Findings: 2, Rows: 5})
	return spec
}

func mustExtract(t testing.TB, spec Spec, lists ...List) *Extract {
	t.Helper()
	e, err := New(spec, lists...)
	require.NoError(t, err)
	return e
}

func bytesOf(t testing.TB, e *Extract) []byte {
	t.Helper()
	var all bytes.Buffer
	n, err := e.WriteTo(&all)
	require.NoError(t, err)
	require.Equal(t, e.Size(), n)
	require.Equal(t, int(e.Size()), all.Len())
	return all.Bytes()
}

// finding gathers what a plain reader makes of one class, level and path.
type finding struct {
	rows, first int64
	reports     map[string]bool
	net, gross  map[string]*big.Rat
}

// reading is a file as encoding/csv and the plain rules see it.
type reading struct {
	rows                 int64
	total                *big.Rat
	faults               map[Class]int64
	found                map[string]*finding
	quotes, bars, breaks int
	judges               map[string]*judge
	layout               Layout
	checks               []Check
	batch                string
}

func readPlainly(t *testing.T, all []byte, spec Spec, lists []List) *reading {
	r := &reading{total: new(big.Rat), faults: map[Class]int64{}, found: map[string]*finding{}, judges: map[string]*judge{}, layout: SAELayout(), checks: spec.Checks, batch: strconv.FormatInt(spec.Batch, 10)}
	for i, list := range lists {
		tree, err := NewTree(list)
		require.NoError(t, err)
		r.judges[list.Name] = newJudge(tree, spec.Checks[i].Placeholders)
	}
	reader := csv.NewReader(bytes.NewReader(all))
	reader.Comma, reader.FieldsPerRecord, reader.ReuseRecord = '|', -1, true
	_, err := reader.Read()
	require.NoError(t, err)
	for {
		fields, err := reader.Read()
		if err == io.EOF {
			return r
		}
		require.NoError(t, err)
		r.row(t, fields)
	}
}

func (r *reading) row(t *testing.T, fields []string) {
	r.rows++
	column := func(i int) string { return fields[i-1] }
	if column(r.layout.Sequence) != strconv.FormatInt(r.rows, 10) {
		r.faults[ControlSequence]++
	}
	if column(r.layout.Batch) != r.batch {
		r.faults[ControlBatchMixed]++
	}
	if len(fields) != 400 {
		require.Len(t, fields, cutColumns)
		r.faults[ControlWidth]++
		return
	}
	for _, c := range r.layout.PersonalData {
		require.Contains(t, column(c), canary(c))
	}
	for _, field := range fields {
		r.quotes += strings.Count(field, `"`)
		r.bars += strings.Count(field, "|")
		r.breaks += strings.Count(field, "\n")
	}
	text := column(r.layout.Amount)
	amount, ok := new(big.Rat).SetString(text)
	if !ok || strings.Contains(text, "e") || text == "1.123456789" {
		r.faults[ControlAmountFormat]++
		return
	}
	r.total.Add(r.total, amount)
	for _, check := range r.checks {
		if check.Columns[0] == r.layout.Account && (column(r.layout.Personal) == "Y" || column(r.layout.CashAdvance) != "" || column(r.layout.TaxCode) != "") {
			continue
		}
		var tuple []string
		for _, c := range check.Columns {
			tuple = append(tuple, column(c))
		}
		if v := r.judges[check.List].judge(tuple, true); v.class != "" {
			r.count(fmt.Sprintf("%s %s %d %q", check.Name, v.class, v.level, tuple[:v.level]), column(r.layout.Report), column(r.layout.Currency), amount)
		}
	}
}

func (r *reading) count(key, report, currency string, amount *big.Rat) {
	f := r.found[key]
	if f == nil {
		f = &finding{first: r.rows, reports: map[string]bool{}, net: map[string]*big.Rat{}, gross: map[string]*big.Rat{}}
		r.found[key] = f
	}
	if f.net[currency] == nil {
		f.net[currency], f.gross[currency] = new(big.Rat), new(big.Rat)
	}
	f.rows++
	f.reports[report] = true
	f.net[currency].Add(f.net[currency], amount)
	f.gross[currency].Add(f.gross[currency], new(big.Rat).Abs(amount))
}

func TestExtractIsWhatItSays(t *testing.T) {
	spec := testSpec(20_000)
	e := mustExtract(t, spec, testLists()...)
	all := bytesOf(t, e)
	header, _, _ := strings.Cut(string(all), "\r\n")
	declared := strings.Split(header, "|")
	require.Equal(t, []string{"EXTRACT", "2026-11-20", "20003"}, declared[:3])
	require.Equal(t, "7", declared[4])
	average := len(all) / 20_000
	require.True(t, average > 1100 && average < 2100, "a row has %d bytes", average)

	r := readPlainly(t, all, spec, testLists())
	require.Equal(t, int64(20_000), r.rows)
	require.Positive(t, r.quotes)
	require.Positive(t, r.bars)
	require.Positive(t, r.breaks)
	require.Equal(t, map[Class]int64{ControlSequence: 4, ControlBatchMixed: 5, ControlWidth: 3, ControlAmountFormat: 7}, r.faults)
	declaredTotal, _ := new(big.Rat).SetString(declared[3])
	require.Equal(t, "-0.01000000", new(big.Rat).Sub(declaredTotal, r.total).FloatString(8))
	require.Equal(t, e.Total(), shortest(declaredTotal))

	expected := 0
	for _, want := range e.Injected() {
		if want.Check == CheckControl {
			continue
		}
		expected++
		key := fmt.Sprintf("%s %s %d %q", want.Check, want.Class, want.Level, want.Path)
		got := r.found[key]
		require.NotNil(t, got, key)
		require.Equal(t, []int64{want.Rows, want.FirstRow, want.Reports}, []int64{got.rows, got.first, int64(len(got.reports))}, key)
		require.Len(t, want.Amounts, len(got.net), key)
		for currency, sum := range want.Amounts {
			require.Equal(t, sum, Sum{shortest(got.net[currency]), shortest(got.gross[currency])}, key)
		}
	}
	require.Len(t, r.found, expected)
}

// shortest writes a decimal with 4 to 8 places.
func shortest(r *big.Rat) string {
	text := r.FloatString(8)
	trimmed := strings.TrimRight(text, "0")
	return text[:max(len(trimmed), len(text)-4)]
}

func TestInjectedTellsWhatAReaderNeeds(t *testing.T) {
	e := mustExtract(t, testSpec(20_000), testLists()...)
	for _, found := range e.Injected() {
		switch found.Class {
		case ClassFormatOnly, ClassNameNotCode, ClassWrongParent:
			require.NotNil(t, found.Suggestion, found)
			require.NotEmpty(t, found.Suggestion.Name)
			require.Equal(t, found.Class, found.ClassV1)
		case ClassRetired:
			require.Equal(t, ClassUnknown, found.ClassV1)
		case ControlRecordCount:
			require.Equal(t, [2]string{"20003", "20000"}, [2]string{found.Declared, found.Computed})
		}
	}
}

func TestSameSpecSameBytes(t *testing.T) {
	a, b := mustExtract(t, testSpec(500), testLists()...), mustExtract(t, testSpec(500), testLists()...)
	require.Equal(t, bytesOf(t, a), bytesOf(t, b))
	require.Equal(t, a.Injected(), b.Injected())
	other := testSpec(500)
	other.Seed++
	require.NotEqual(t, bytesOf(t, a), bytesOf(t, mustExtract(t, other, testLists()...)))
}

func TestFormats(t *testing.T) {
	for format, header := range map[Format]string{
		FormatPRAE:      "EXTRACT|3|2026/11/20|50|",
		FormatDelimited: "sequence;report_id;entry_id;currency;amount;",
	} {
		e := mustExtract(t, Spec{Format: format, Rows: 50, Batch: 3, BOM: true, LF: true})
		text, ok := strings.CutPrefix(string(bytesOf(t, e)), "\ufeff")
		require.True(t, ok)
		require.True(t, strings.HasPrefix(text, header), "%s: %.60s", format, text)
	}
}

// Codes that are meant to hurt come out of the file as they went in.
func TestGivenTuples(t *testing.T) {
	spec := Spec{Rows: 100, Checks: []Check{{Name: "GL account", List: "Chart of Accounts", Columns: []int{167}}}}
	hostile := []string{"=cmd|' /C calc'!A0", `<script>alert("x")</script>`, "a\r\nb", "\u202eabc", strings.Repeat("x", 10_000)}
	for _, code := range hostile {
		spec.Inject = append(spec.Inject, Injection{Check: "GL account", Rows: 2, Tuples: [][]string{{code}}})
	}
	e := mustExtract(t, spec, testLists()...)
	reader := csv.NewReader(bytes.NewReader(bytesOf(t, e)))
	reader.Comma, reader.FieldsPerRecord = '|', -1
	rows, err := reader.ReadAll()
	require.NoError(t, err)
	require.Len(t, e.Injected(), len(hostile))
	for i, found := range e.Injected() {
		require.Equal(t, []any{ClassUnknown, 1, int64(2)}, []any{found.Class, found.Level, found.Rows})
		require.Equal(t, []string{hostile[i]}, found.Path)
		require.Equal(t, strings.ReplaceAll(hostile[i], "\r\n", "\n"), rows[found.FirstRow][166], "csv.Reader turns CRLF into LF")
	}
	spec.Inject = []Injection{{Check: "GL account", Tuples: [][]string{{"400100"}}}}
	_, err = New(spec, testLists()...)
	require.ErrorContains(t, err, "is in the list")
}

func TestManyFindings(t *testing.T) {
	spec := testSpec(60_000)
	spec.Inject = []Injection{{Check: "Cost centre", Class: ClassUnknown, Findings: 20_000}}
	e := mustExtract(t, spec, testLists()...)
	require.Greater(t, len(e.Injected()), 20_000)
}

func TestEmptyExtract(t *testing.T) {
	e := mustExtract(t, Spec{Batch: 9})
	require.Equal(t, "EXTRACT|2026-11-20|0|0.00|9\r\n", string(bytesOf(t, e)))
}

func TestAnyOffsetIsASliceOfTheWhole(t *testing.T) {
	e := mustExtract(t, testSpec(5000), testLists()...)
	all := bytesOf(t, e)
	rapid.Check(t, func(t *rapid.T) {
		offset := rapid.IntRange(0, len(all)).Draw(t, "offset")
		length := rapid.IntRange(0, min(10_000, len(all)-offset)).Draw(t, "length")
		r := e.NewReader()
		_, err := r.Seek(int64(offset), io.SeekStart)
		require.NoError(t, err)
		got, err := io.ReadAll(io.LimitReader(r, int64(length)))
		require.NoError(t, err)
		require.True(t, bytes.Equal(all[offset:offset+length], got))
	})
}

// The length of a large file is known and its end can be read without making what lies before.
func TestLargeFile(t *testing.T) {
	e := mustExtract(t, Spec{Rows: 300_000})
	require.Greater(t, e.Size(), int64(300_000*1100))
	r := e.NewReader()
	_, err := r.Seek(-5000, io.SeekEnd)
	require.NoError(t, err)
	end, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Len(t, end, 5000)
	require.Contains(t, string(end), "DETAIL|0|")
	require.Contains(t, string(end), "|300000|")
	require.True(t, bytes.HasSuffix(end, []byte("\r\n")))
}

func TestSpecErrors(t *testing.T) {
	lists := testLists()
	for name, spec := range map[string]Spec{
		`there is no list "Nowhere"`: {Rows: 1, Checks: []Check{{Name: "x", List: "Nowhere", Columns: []int{35}}}},
		`beyond the 400 columns`:     {Rows: 1, Checks: []Check{{Name: "x", List: "Chart of Accounts", Columns: []int{401}}}},
		`taken already`:              {Rows: 1, Checks: []Check{{Name: "x", List: "Chart of Accounts", Columns: []int{169}}}},
		`2 columns for the 1 levels`: {Rows: 1, Checks: []Check{{Name: "x", List: "Chart of Accounts", Columns: []int{35, 36}}}},
		`there is no check "y"`:      {Rows: 1, Inject: []Injection{{Check: "y", Class: ClassUnknown, Findings: 1}}},
		`no row is left`:             {Rows: 3, Control: ControlFaults{Sequence: 4}},
		`no room for finding 2 of 2`: {Rows: 100, Checks: []Check{{Name: "x", List: "Chart of Accounts", Columns: []int{167}}}, Inject: []Injection{{Check: "x", Class: ClassBlank, Findings: 2}}},
	} {
		_, err := New(spec, lists...)
		require.ErrorContains(t, err, name)
	}
}

func BenchmarkGenerate(b *testing.B) {
	e := mustExtract(b, testSpec(100_000), testLists()...)
	b.SetBytes(e.Size())
	for b.Loop() {
		_, _ = e.WriteTo(io.Discard)
	}
}

func BenchmarkPlan(b *testing.B) {
	spec := testSpec(100_000)
	for b.Loop() {
		mustExtract(b, spec, testLists()...)
	}
	b.ReportMetric(float64(b.N)*100_000/b.Elapsed().Seconds(), "rows/s")
}
