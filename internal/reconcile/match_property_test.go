package reconcile

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tieout/internal/extractfile"
	"tieout/internal/money"
	"tieout/internal/pipeline"
)

// world is a three-level list whose codes are made so that each mutation has one right class.
type world struct {
	list   *Snapshot
	memory *Memory
	leaves [][]string // live paths of three levels
	names  map[string]string
	lost   map[string]string // Key of a parent -> a code under it that is retired
}

// drawWorld makes 2 to 4 items under each parent, and one retired code: deleted on v4, in an earlier snapshot on v1.
func drawWorld(t *rapid.T, api string) *world {
	w := &world{list: NewSnapshot(orgs, "list-1", api, 3, ""), names: map[string]string{}, lost: map[string]string{}}
	earlier := NewSnapshot(orgs, "list-1", api, 3, "")
	number := 0
	var grow func(parent []string)
	grow = func(parent []string) {
		var items, before []Item
		for range rapid.IntRange(2, 4).Draw(t, "children") {
			number++
			code := fmt.Sprintf("0%c-%04dk", 'A'+len(parent), number)
			items = append(items, item(code, fmt.Sprintf("Unit %d", number)))
		}
		number++
		retired := fmt.Sprintf("R%04d", number)
		w.lost[extractfile.Key(parent)] = retired
		before = append(slices.Clone(items), item(retired, "retired"))
		w.list.Add(parent, slices.Clone(items))
		if api == APIv4 {
			w.list.AddDeleted(parent, []Item{gone(retired)})
		} else {
			earlier.Add(parent, before)
		}
		for _, i := range items {
			path := append(slices.Clone(parent), i.Code)
			w.names[extractfile.Key(path)] = i.Name
			if len(path) == 3 {
				w.leaves = append(w.leaves, path)
			} else {
				grow(path)
			}
		}
	}
	grow([]string{})
	w.memory = remember(earlier)
	return w
}

// mutate turns a live path into one of a class at a level.
func (w *world) mutate(t *rapid.T, path []string, class string, level int) []string {
	out, at := slices.Clone(path), level-1
	switch class {
	case ClassPlaceholder:
		out[at] = "Pending Client"
	case ClassBlank:
		return []string{"", "", ""}
	case ClassSkippedLevel:
		out[at] = ""
	case ClassRetired:
		out[at] = w.lost[extractfile.Key(path[:at])]
	case ClassFormatOnly:
		change := rapid.SampledFrom([]func(string) string{
			strings.ToLower,
			func(s string) string { return s[1:] },
			func(s string) string { return "000" + s },
			func(s string) string { return "\u00a0" + s + " " },
			func(s string) string { return strings.ReplaceAll(s, "-", "\u2013") },
			func(s string) string { return strings.ReplaceAll(s, "A", "\uff21") + "\t" },
		}).Draw(t, "form")
		out[at] = change(out[at])
	case ClassNameNotCode:
		out[at] = " " + strings.ToUpper(w.names[extractfile.Key(path[:level])])
	case ClassWrongParent:
		others := slices.DeleteFunc(slices.Clone(w.leaves), func(p []string) bool { return slices.Equal(p[:at], path[:at]) })
		out[at] = rapid.SampledFrom(others).Draw(t, "other")[at]
	case ClassUnknown:
		out[at] = rapid.SampledFrom([]string{"nowhere", "<b>nowhere</b>", "=NOW()"}).Draw(t, "value")
	}
	return out
}

// expected is what the generator injected under one class and path.
type expected struct {
	level   int
	rows    int64
	amounts money.Sums
	reports map[string]bool
}

func TestEveryInjectedClassIsFound(t *testing.T) {
	for _, api := range []string{APIv1, APIv4} {
		t.Run(api, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { checkWorld(t, api) })
		})
	}
}

// injected is a file set and what the generator put into it.
type injected struct {
	files          [][]line
	want           map[string]*expected // class and Key of the path
	rows, affected int64
	amounts        money.Sums // of the affected rows
}

func (w *world) inject(t *rapid.T) *injected {
	in := &injected{want: map[string]*expected{}, amounts: money.Sums{}}
	in.files = make([][]line, rapid.IntRange(1, 3).Draw(t, "files"))
	for f := range in.files {
		for range rapid.IntRange(0, 25).Draw(t, "rows") {
			in.files[f] = append(in.files[f], in.line(t, w))
		}
	}
	return in
}

func (in *injected) line(t *rapid.T, w *world) line {
	class := rapid.SampledFrom(append(Classes(), "")).Draw(t, "class")
	level := rapid.IntRange(1, 3).Draw(t, "level")
	switch class {
	case ClassBlank:
		level = 1
	case ClassSkippedLevel:
		level = min(level, 2)
	case ClassWrongParent:
		level = max(level, 2)
	}
	l := line{
		values:   w.mutate(t, rapid.SampledFrom(w.leaves).Draw(t, "path"), class, level),
		amount:   rapid.SampledFrom([]string{"1", "-2.5", "0.00000001", "1000000"}).Draw(t, "amount"),
		currency: rapid.SampledFrom([]string{"USD", "EUR"}).Draw(t, "currency"),
		report:   fmt.Sprintf("R%d", rapid.IntRange(0, 15).Draw(t, "report")),
	}
	in.rows++
	if class == "" {
		return l
	}
	key := class + extractfile.Key(l.values[:level])
	if in.want[key] == nil {
		in.want[key] = &expected{level: level, amounts: money.Sums{}, reports: map[string]bool{}}
	}
	amount, err := money.Parse(l.amount)
	require.NoError(t, err)
	in.want[key].rows++
	in.want[key].amounts[l.currency] = in.want[key].amounts[l.currency].Plus(amount)
	in.want[key].reports[l.report] = true
	in.affected++
	in.amounts[l.currency] = in.amounts[l.currency].Plus(amount)
	return l
}

func checkWorld(t *rapid.T, api string) {
	w := drawWorld(t, api)
	injected := w.inject(t)
	one, two := orgCheck(3), orgCheck(3)
	one.Blank, two.Blank, two.Name = pipeline.BlankReport, pipeline.BlankReport, "Again"
	in := Input{Checks: []pipeline.Check{one, two}, Memory: w.memory, BusinessDate: today}
	for i, lines := range injected.files {
		in.Files = append(in.Files, FileSummary{fmt.Sprintf("%d.txt", i), scan(t, 2, lines)})
	}
	list := read(t, &service{list: w.list}, in.Checks, in.Files, 2000)
	in.Snapshots = map[string]*Snapshot{orgs: list}
	v, err := Match(in)
	require.NoError(t, err)
	a := newAffected(v)
	for i, lines := range injected.files {
		feed(t, v, a, in.Files[i].Name, 2, lines)
	}
	require.NoError(t, a.apply())

	require.Len(t, v.Findings, 2*len(injected.want))
	for _, check := range v.Checks {
		require.Equal(t, injected.affected, check.Found, "each row is in one finding of a check")
		require.Equal(t, injected.rows, check.Rows)
	}
	for _, f := range v.Findings {
		e := injected.want[f.Class+extractfile.Key(f.Path)]
		require.NotNil(t, e, "%+v", f)
		require.Equal(t, e.level, f.Level)
		require.Equal(t, e.rows, f.Rows)
		require.Equal(t, e.amounts, f.Amounts)
		require.EqualValues(t, len(e.reports), f.Reports)
		require.Equal(t, f.FirstRow, f.SampleRows[0])
	}
	require.Equal(t, injected.affected, v.Summary.Rows, "a row counts once, though two checks object to it")
	require.Equal(t, injected.amounts, v.Summary.Amounts)

	for i := range in.Files {
		for c := range in.Files[i].Summary.Checks {
			tuples := in.Files[i].Summary.Checks[c].Tuples.Slice()
			rand.Shuffle(len(tuples), func(i, j int) { tuples[i], tuples[j] = tuples[j], tuples[i] })
			in.Files[i].Summary.Checks[c].Tuples = extractfile.TuplesOf(tuples...)
		}
	}
	again, err := Match(in)
	require.NoError(t, err)
	for i := range again.Findings {
		again.Findings[i].Reports, again.Findings[i].SampleRows, again.Findings[i].SampleReports =
			v.Findings[i].Reports, v.Findings[i].SampleRows, v.Findings[i].SampleReports
	}
	require.Equal(t, v.Findings, again.Findings, "the order of tuples makes no difference")
}

// While nothing is unexplained, reading costs one request and one for each distinct live parent that tuples name.
func TestRequestsAreOnePlusTheDistinctParents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, APIv1)
		parents := map[string]bool{"": true}
		var tuples [][]string
		for range rapid.IntRange(1, 20).Draw(t, "rows") {
			path := slices.Clone(rapid.SampledFrom(w.leaves).Draw(t, "path"))
			depth := rapid.IntRange(1, 3).Draw(t, "depth")
			for i := 1; i < depth; i++ {
				parents[extractfile.Key(path[:i])] = true
			}
			for i := depth; i < 3; i++ {
				path[i] = ""
			}
			tuples = append(tuples, path)
		}
		source := &service{list: w.list}
		files := []FileSummary{{"a.txt", scan(t, 2, rowsOf(tuples...))}}
		got := read(t, source, []pipeline.Check{orgCheck(3), orgCheck(3)}, files, 2000)
		require.Len(t, source.requests, len(parents))
		require.Zero(t, got.Walk.Requests)
	})
}
