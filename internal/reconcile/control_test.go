package reconcile

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/contract"
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
)

func TestControlTotals(t *testing.T) {
	header := func(records int64, total string) extractfile.Header {
		return extractfile.Header{Present: true, Records: records, Total: amount(t, total)}
	}
	good := scan(t, 0, []line{{amount: "10.5", currency: "USD"}, {amount: "-3", currency: "EUR"}})
	good.Header = header(2, "7.5")
	bad := scan(t, 0, []line{{amount: "1", currency: "USD"}})
	bad.Header = header(2, "1.00000001")
	bare := scan(t, 0, []line{{amount: "1", currency: "USD"}})

	v, err := Match(Input{Files: []FileSummary{{"good.txt", good}, {"bad.txt", bad}, {"bare.txt", bare}}, BusinessDate: today, ControlTotals: pipeline.ControlRequire})
	require.NoError(t, err)
	require.Equal(t, contract.Control{Records: 4, DeclaredRecords: 4, Total: amount(t, "9.5"), DeclaredTotal: amount(t, "8.50000001"), Declared: true}, v.Control.Control,
		"sums may agree by chance: the sum agrees when each file does")
	require.Equal(t, []bool{true, false, true}, []bool{v.Control.Files[0].Agrees, v.Control.Files[1].Agrees, v.Control.Files[2].Agrees})
	require.False(t, v.Control.Files[2].Declared)
	require.Len(t, v.Findings, 2)
	require.Equal(t, ControlRecordCount, v.Findings[0].Class)
	require.Equal(t, "bad.txt", v.Findings[0].File)
	require.Equal(t, ControlJournalTotal, v.Findings[1].Class)
	require.Equal(t, "1.00000001", v.Findings[1].Declared)
	require.Equal(t, "1.0000", v.Findings[1].Computed)
	require.True(t, v.ControlTotalsFail())
}

func TestFaultsAreFindings(t *testing.T) {
	s := scan(t, 0, rowsOf([]string{"x"}, []string{"x"}))
	fault := func(rows, first int64) extractfile.Fault {
		return extractfile.Fault{Rows: rows, FirstRow: first, Samples: []int64{first}, Declared: "declared", Computed: "computed"}
	}
	s.Sequence, s.BatchMixed, s.Width, s.AmountFormat = fault(1, 1), fault(2, 2), fault(3, 3), fault(4, 4)
	v, err := Match(Input{Files: []FileSummary{{"a.txt", s}}, BusinessDate: today, ControlTotals: pipeline.ControlOff})
	require.NoError(t, err)
	require.Len(t, v.Findings, 4)
	for i, class := range []string{ControlSequence, ControlBatchMixed, ControlWidth, ControlAmountFormat} {
		f, n := v.Findings[i], int64(i+1)
		require.Equal(t, class, f.Class)
		require.Equal(t, CheckControl, f.Check)
		require.Equal(t, []int64{n, n, n}, []int64{f.Rows, f.FirstRow, f.SampleRows[0]})
		require.Equal(t, "declared", f.Declared)
		require.Zero(t, f.Level)
		require.Empty(t, f.Path)
	}
	require.True(t, v.NeedsRows())
	require.Error(t, newAffected(v).apply(), "the rows that the first pass met are still to come")
}

func TestRowsThatControlChecksObjectTo(t *testing.T) {
	lines := rowsOf([]string{"zzzz", "", ""}, []string{"D10", "", ""}, []string{"D10", "", ""})
	s := scan(t, 1, lines)
	s.Sequence = extractfile.Fault{Rows: 2, FirstRow: 1, Samples: []int64{1, 2}}
	v, err := Match(Input{
		Checks: []pipeline.Check{orgCheck(3)}, Files: []FileSummary{{"a.txt", s}}, BusinessDate: today,
		Snapshots: map[string]*Snapshot{orgs: orgList(APIv1)},
	})
	require.NoError(t, err)
	require.Equal(t, []string{ControlSequence, ClassUnknown}, []string{v.Findings[0].Class, v.Findings[1].Class})
	a := newAffected(v)
	sequence := []string{ControlSequence}
	both := &extractfile.Row{Number: 1, Report: "R1", Amount: "5", Currency: "USD", Findings: []extractfile.RowFinding{{Finding: 1}}, Controls: sequence}
	require.NoError(t, a.add("a.txt", both))
	require.NoError(t, a.add("a.txt", &extractfile.Row{Number: 2, Report: "R2", Amount: "-7", Currency: "USD", Controls: sequence}))
	require.ErrorContains(t, a.add("a.txt", &extractfile.Row{Number: 3, Controls: []string{ControlWidth}}), "met width at row 3")
	require.NoError(t, a.apply())
	require.EqualValues(t, 2, v.Findings[0].Reports)
	require.Equal(t, []int64{1, 2}, v.Findings[0].SampleRows)
	require.Equal(t, "12.0000", v.Findings[0].Amounts["USD"].Gross.String())
	require.EqualValues(t, 2, v.Summary.Rows, "row 1 counts once, though two findings touch it")
	require.Equal(t, "-2.0000", v.Summary.Amounts["USD"].Net.String())
}

func TestBatches(t *testing.T) {
	day := func(id, job string) Batch { return Batch{ID: id, JobID: job, BusinessDate: "2026-11-19"} }
	for _, test := range []struct {
		name     string
		batch    string
		known    []Batch
		leftOver int
		class    string
		compute  string
	}{
		{name: "first ever", batch: "45"},
		{name: "no batch id", known: []Batch{day("44", "j1")}},
		{name: "next", batch: "45", known: []Batch{day("43", "j0"), day("44", "j1")}},
		{name: "leading zeros", batch: "00045", known: []Batch{day("44", "j1")}},
		{name: "one missing", batch: "45", known: []Batch{day("43", "j1"), day("1", "j0")}, class: ControlBatchGap, compute: "44 is missing after 43 of 2026-11-19"},
		{name: "several missing", batch: "45", known: []Batch{day("40", "j1")}, class: ControlBatchGap, compute: "41 to 44 are missing after 40 of 2026-11-19"},
		{name: "a later one is known already", batch: "45", known: []Batch{day("44", "j1"), day("50", "j2")}},
		{name: "one is left over", batch: "45", leftOver: 1, known: []Batch{day("43", "j1")}},
		{name: "fewer are left over than missing", batch: "45", leftOver: 3, known: []Batch{day("40", "j1")}, class: ControlBatchGap, compute: "41 to 44 are missing after 40 of 2026-11-19"},
		{name: "only later ones are known", batch: "45", known: []Batch{day("50", "j2")}},
		{name: "repeat", batch: "45", known: []Batch{day("44", "j0"), day("045", "j1")}, class: ControlBatchRepeat, compute: "landed already on 2026-11-19 by job j1"},
		{name: "the same job again", batch: "45", known: []Batch{day("44", "j0"), day("45", "this")}},
		{name: "not a number", batch: "B45", known: []Batch{day("B43", "j1")}},
		{name: "repeat of what is no number", batch: "B45", known: []Batch{day("B45", "j1")}, class: ControlBatchRepeat, compute: "landed already on 2026-11-19 by job j1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &extractfile.Summary{Header: extractfile.Header{Present: true, Batch: test.batch}}
			v, err := Match(Input{Files: []FileSummary{{"a.txt", s}}, BusinessDate: today, JobID: "this", Batches: test.known, LeftOver: test.leftOver})
			require.NoError(t, err)
			if test.class == "" {
				require.Empty(t, v.Findings)
				return
			}
			require.Len(t, v.Findings, 1)
			require.Equal(t, []string{test.class, test.batch, test.compute}, []string{v.Findings[0].Class, v.Findings[0].Declared, v.Findings[0].Computed})
		})
	}
}

func TestFilesOfOneJobMayShareABatchOrFollowEachOther(t *testing.T) {
	file := func(name, batch string) FileSummary {
		return FileSummary{name, &extractfile.Summary{Header: extractfile.Header{Present: true, Batch: batch}}}
	}
	v, err := Match(Input{
		Files: []FileSummary{file("a", "45"), file("b", "45"), file("c", "46")}, BusinessDate: today, JobID: "this",
		Batches: []Batch{{ID: "44", JobID: "j1", BusinessDate: "2026-11-19"}},
	})
	require.NoError(t, err)
	require.Empty(t, v.Findings)
	require.Equal(t, contract.OutcomeEmpty, v.Outcome)
}
