package reconcile

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/contract"
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
)

func TestStatusAgainstThePreviousRun(t *testing.T) {
	input := func(date string, previous []Finding, tuples ...[]string) Input {
		return Input{
			Checks: []pipeline.Check{orgCheck(3)}, Files: []FileSummary{{"a.txt", scan(t, 1, rowsOf(tuples...))}}, BusinessDate: date,
			Snapshots: map[string]*Snapshot{orgs: orgList(APIv1)}, Previous: previous, PreviousDate: "2026-11-18",
		}
	}
	first, err := Match(input("2026-11-18", nil, []string{"zzzz1", "", ""}, []string{"zzzz2", "", ""}))
	require.NoError(t, err)
	require.Equal(t, StatusNew, first.Findings[0].Status)
	require.Empty(t, first.Resolved)
	second, err := Match(input("2026-11-19", first.Findings, []string{"zzzz3", "", ""}, []string{"zzzz1", "x", ""}))
	require.NoError(t, err)
	third, err := Match(input("2026-11-20", second.Findings, []string{"zzzz1", "", ""}, []string{"zzzz2", "", ""}))
	require.NoError(t, err)

	require.Equal(t, []string{StatusRepeated, "2026-11-18"}, []string{second.Findings[0].Status, second.Findings[0].Since})
	require.Equal(t, []string{StatusNew, "2026-11-19"}, []string{second.Findings[1].Status, second.Findings[1].Since})
	require.Len(t, second.Resolved, 1)
	gone := first.Findings[1]
	require.Equal(t, Resolved{ID: gone.ID, Check: gone.Check, Class: ClassUnknown, Level: 1, Path: []string{"zzzz2"}, Since: "2026-11-18", LastSeen: "2026-11-18"}, second.Resolved[0])
	require.Equal(t, "2026-11-18", third.Findings[0].Since, "the first-seen date goes on from run to run")
	require.Equal(t, "2026-11-20", third.Findings[1].Since, "what was resolved and comes back is new")
}

func TestIDsTellApartWhatIsNotTheSame(t *testing.T) {
	ids := map[string]string{}
	for _, f := range []Finding{
		{Check: "A", Class: "unknown", Path: []string{"1", "2"}},
		{Check: "A", Class: "unknown", Path: []string{"12"}},
		{Check: "A", Class: "unknown", Path: []string{"1", "2", ""}},
		{Check: "Au", Class: "nknown", Path: []string{"1", "2"}},
		{Check: "A", Class: "retired", Path: []string{"1", "2"}},
		{Check: CheckControl, Class: ControlWidth, File: "a"},
		{Check: CheckControl, Class: ControlWidth, File: "b"},
		{Check: CheckControl, Class: ControlWidth},
	} {
		id := findingID(&f)
		require.Len(t, id, 16)
		require.Empty(t, ids[id], "%+v", f)
		ids[id] = f.Class
	}
}

func TestFindingsAreCountedByCheckAndClass(t *testing.T) {
	v := match(t, orgList(APIv1), orgCheck(3), rowsOf([]string{"zzzz1", "", ""}, []string{"zzzz2", "", ""}, []string{"Sales", "", ""}))
	require.Equal(t, 3, v.Summary.Count)
	require.Equal(t, []contract.ClassCount{
		{Check: "Cost centre", Class: ClassNameNotCode, Findings: 1, Rows: 1}, {Check: "Cost centre", Class: ClassUnknown, Findings: 2, Rows: 2},
	}, v.Summary.Classes)
}

func TestAffected(t *testing.T) {
	var first, second []line
	for i := range 30 {
		first = append(first, line{[]string{"zzzz", "", ""}, "2", "USD", fmt.Sprintf("R%02d", i/2)})
		second = append(second, line{[]string{"zzzz", "", ""}, "not money", "USD", fmt.Sprintf("R%02d", i)})
	}
	first[3].report = ""
	b := scan(t, 1, nil)
	b.Checks[0].Tuples = extractfile.TuplesOf(extractfile.Tuple{Values: []string{"zzzz", "", ""}, Rows: 30, FirstRow: 1})
	v, err := Match(Input{
		Checks: []pipeline.Check{orgCheck(3)}, Files: []FileSummary{{"a.txt", scan(t, 1, first)}, {"b.txt", b}}, BusinessDate: today,
		Snapshots: map[string]*Snapshot{orgs: orgList(APIv1)},
	})
	require.NoError(t, err)
	a := newAffected(v)
	feed(t, v, a, "a.txt", 1, first)
	require.ErrorContains(t, a.apply(), "met 30 rows of the unknown finding")
	feed(t, v, a, "b.txt", 1, second)
	require.NoError(t, a.apply())
	f := v.Findings[0]
	require.Equal(t, "a.txt", f.File)
	require.EqualValues(t, 60, f.Rows)
	require.EqualValues(t, 30, f.Reports)
	require.Equal(t, []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, f.SampleRows)
	require.Equal(t, []string{"R00", "R01", "R02", "R03", "R04", "R05", "R06", "R07", "R08", "R09"}, f.SampleReports)
	require.EqualValues(t, 60, v.Summary.Rows)
	require.Equal(t, "60.0000", v.Summary.Amounts["USD"].Net.String(), "what is no amount is no money")
	require.Error(t, a.add("a.txt", &extractfile.Row{Findings: []extractfile.RowFinding{{Finding: 7}}}))
}

func TestSampleRowsCountInOneFile(t *testing.T) {
	bad, good := []string{"zzzz", "", ""}, []string{"D10", "", ""}
	files := map[string][]line{"a.txt": rowsOf(good, good), "b.txt": rowsOf(good, bad, bad), "c.txt": rowsOf(bad)}
	in := Input{Checks: []pipeline.Check{orgCheck(3)}, BusinessDate: today, Snapshots: map[string]*Snapshot{orgs: orgList(APIv1)}}
	names := []string{"a.txt", "b.txt", "c.txt"}
	for _, name := range names {
		in.Files = append(in.Files, FileSummary{name, scan(t, 1, files[name])})
	}
	v, err := Match(in)
	require.NoError(t, err)
	a := newAffected(v)
	for _, name := range names {
		feed(t, v, a, name, 1, files[name])
	}
	require.NoError(t, a.apply())
	require.Equal(t, "b.txt", v.Findings[0].File)
	require.EqualValues(t, 2, v.Findings[0].FirstRow)
	require.Equal(t, []int64{2, 3}, v.Findings[0].SampleRows)
	require.EqualValues(t, 3, v.Findings[0].Rows)
}
