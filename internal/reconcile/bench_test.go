package reconcile

import (
	"bytes"
	"fmt"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/extractfile"
	"tieout/internal/money"
	"tieout/internal/pipeline"
)

// benchList has three levels and 20 + 20*100 + 20*100*100 = about 202,000 items.
func benchList() *Snapshot {
	s := NewSnapshot(orgs, "list-1", APIv1, 3, "2026-11-20T04:00:00Z")
	level := func(parent []string, letter string, n int) []Item {
		items := make([]Item, n)
		for i := range items {
			code := letter + fmt.Sprintf("%04d", i)
			items[i] = Item{Code: code, Name: "Unit " + code, Ref: "/items/" + code}
		}
		s.Add(parent, items)
		return items
	}
	for _, a := range level([]string{}, "A", 20) {
		for _, b := range level([]string{a.Code}, "B", 100) {
			level([]string{a.Code, b.Code}, "C", 100)
		}
	}
	return s
}

// benchTuples makes distinct tuples, of which one in every `bad` has a code that is in no list.
func benchTuples(n, bad int) []FileSummary {
	s := &extractfile.Summary{Records: int64(n), Checks: make([]extractfile.CheckSummary, 1)}
	tuples := make([]extractfile.Tuple, n)
	one := money.Sum{}.Plus(money.Amount{})
	for i := range tuples {
		values := []string{fmt.Sprintf("A%04d", i%20), fmt.Sprintf("B%04d", i/20%100), fmt.Sprintf("C%04d", i/2000%100), strconv.Itoa(i / 200_000)}
		if i%bad == 0 {
			values[2] = fmt.Sprintf("X%07d", i)
		}
		tuples[i] = extractfile.Tuple{Values: values[:3:3], Rows: 1, FirstRow: int64(i + 1), Amounts: money.Sums{"USD": one}}
	}
	s.Checks[0].Tuples = extractfile.TuplesOf(tuples...)
	return []FileSummary{{"a.txt", s}}
}

func BenchmarkMatch(b *testing.B) {
	list := benchList()
	for _, bench := range []struct {
		name   string
		tuples int
		bad    int
	}{
		{"1M tuples, 1000 unknown, 200k items", 1_000_000, 1000},
		{"1M tuples, all unknown, 200k items", 1_000_000, 1},
	} {
		b.Run(bench.name, func(b *testing.B) {
			files, checks := benchTuples(bench.tuples, bench.bad), []pipeline.Check{orgCheck(3)}
			b.ReportAllocs()
			for b.Loop() {
				v, err := Match(Input{Checks: checks, Files: files, Snapshots: map[string]*Snapshot{orgs: list}, BusinessDate: today})
				require.NoError(b, err)
				require.Len(b, v.Findings, bench.tuples/bench.bad)
			}
		})
	}
}

func BenchmarkNeeds(b *testing.B) {
	list, files, checks := benchList(), benchTuples(1_000_000, 1000), []pipeline.Check{orgCheck(3)}
	for b.Loop() {
		require.Empty(b, liveNeeds(checks, files, list))
	}
}

// BenchmarkReadSnapshot reports what a list item and its index take once a snapshot was read.
func BenchmarkReadSnapshot(b *testing.B) {
	var text bytes.Buffer
	list := benchList()
	items := list.Items()
	require.NoError(b, list.Write(&text))
	list = nil
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		before := heap()
		read, err := ReadSnapshot(bytes.NewReader(text.Bytes()))
		require.NoError(b, err)
		b.ReportMetric(float64(heap()-before)/float64(items), "B/item")
		runtime.KeepAlive(read)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// One parent with 100,000 children, and thousands of codes that are in no list.
func BenchmarkNearest(b *testing.B) {
	items := make([]Item, 100_000)
	for i := range items {
		items[i] = Item{Code: fmt.Sprintf("%06d", i*7), Name: "Unit"}
	}
	list := NewSnapshot(orgs, "list-1", APIv1, 1, "")
	list.Add([]string{}, items)
	var lines []line
	for i := range 5000 {
		lines = append(lines, line{[]string{fmt.Sprintf("%06d", i*7+1)}, "1", "USD", ""})
	}
	files, checks := []FileSummary{{"a.txt", scan(b, 1, lines)}}, []pipeline.Check{orgCheck(1)}
	for b.Loop() {
		v, err := Match(Input{Checks: checks, Files: files, Snapshots: map[string]*Snapshot{orgs: list}, BusinessDate: today})
		require.NoError(b, err)
		suggested := 0
		for _, f := range v.Findings {
			if f.Suggestion != nil {
				suggested++
			}
		}
		b.ReportMetric(float64(suggested), "suggested")
	}
}
