package reconcile

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/contract"
	"tieout/internal/extractfile"
	"tieout/internal/money"
	"tieout/internal/pipeline"
)

// The shape of a finding is that of docs/schema/report.schema.json, key by key and in its order.
func TestFindingAsJSON(t *testing.T) {
	lines := make([]line, 90)
	for i := range lines {
		lines[i] = line{[]string{"D10", "2000", ""}, "5", "USD", "R0000001"}
	}
	lines[16] = line{[]string{"D10", "1007-03", ""}, "16", "USD", "R0000012"}
	lines[89] = line{[]string{"D10", "1007-03", "T1"}, "-4", "USD", "R0000012"}
	v := match(t, orgList(APIv1), orgCheck(3), lines)
	a := newAffected(v)
	feed(t, v, a, "a.txt", 1, lines)
	require.NoError(t, a.apply())
	text, err := json.Marshal(v.Findings[0])
	require.NoError(t, err)
	require.Equal(t, `{"id":"e8bbaa26e0dfea54","check":"Cost centre","class":"format_only","level":2,"path":["D10","1007-03"],"rows":2,"reports":1,`+
		`"amounts":{"USD":{"net":"12.0000","gross":"20.0000"}},"firstRow":17,"sampleRows":[17,90],"sampleReports":["R0000012"],`+
		`"suggestion":{"path":["D10","01007-03"],"name":"Dept north"},"status":"new","since":"2026-11-20","waived":null}`, string(text))
}

func TestControlFindingAsJSON(t *testing.T) {
	s := scan(t, 0, rowsOf([]string{"x"}))
	s.Header = extractfile.Header{Present: true, Records: 2, Total: amount(t, "1")}
	v, err := Match(Input{Files: []FileSummary{{"a.txt", s}}, BusinessDate: today, ControlTotals: pipeline.ControlReport})
	require.NoError(t, err)
	text, err := json.Marshal(v.Findings)
	require.NoError(t, err)
	require.Equal(t, `[{"id":"b2c1e6658ecb27ad","check":"control","class":"record_count","declared":"2","computed":"1","rows":0,"reports":0,`+
		`"amounts":{},"sampleRows":[],"sampleReports":[],"status":"new","since":"2026-11-20","waived":null}]`, string(text))
}

func TestFindingsAreSorted(t *testing.T) {
	s := scan(t, 1, []line{
		{[]string{"zzzz1", "", ""}, "5", "USD", ""}, {[]string{"zzzz2", "", ""}, "-7", "EUR", ""}, {[]string{"zzzz0", "", ""}, "7", "USD", ""},
		{[]string{"Sales", "", ""}, "1", "USD", ""}, {[]string{"Pending Client", "", ""}, "1", "USD", ""},
	})
	s.Width = extractfile.Fault{Rows: 3, FirstRow: 2, Samples: []int64{2, 3, 4}, Declared: "169 columns", Computed: "12 columns"}
	v, err := Match(Input{
		Checks: []pipeline.Check{orgCheck(3)}, Files: []FileSummary{{"a.txt", s}}, BusinessDate: today,
		Snapshots: map[string]*Snapshot{orgs: orgList(APIv1)},
	})
	require.NoError(t, err)
	var order []string
	for i, f := range v.Findings {
		if f.Check == CheckControl {
			order = append(order, f.Class)
			continue
		}
		order = append(order, f.Path[0])
		require.Equal(t, i, v.Lookup(0, []byte(extractfile.Key([]string{f.Path[0], "", ""}))))
	}
	require.Equal(t, []string{ControlWidth, "Pending Client", "Sales", "zzzz0", "zzzz2", "zzzz1"}, order)
	require.Equal(t, -1, v.Lookup(0, []byte(extractfile.Key([]string{"D10", "", ""}))))
}

func TestOutcome(t *testing.T) {
	verdict := func(lines []line, change func(*extractfile.Summary), control pipeline.ControlTotals) *Judgement {
		s := scan(t, 1, lines)
		change(s)
		v, err := Match(Input{
			Checks: []pipeline.Check{orgCheck(3)}, Files: []FileSummary{{"a.txt", s}}, BusinessDate: today, ControlTotals: control,
			Snapshots: map[string]*Snapshot{orgs: orgList(APIv1)},
		})
		require.NoError(t, err)
		return v
	}
	agree := func(s *extractfile.Summary) {
		s.Header = extractfile.Header{Present: true, Records: s.Records, Total: s.Total}
	}
	short := func(s *extractfile.Summary) {
		s.Header = extractfile.Header{Present: true, Records: s.Records + 1, Total: s.Total}
	}
	good, bad := rowsOf([]string{"D10", "", ""}), rowsOf([]string{"zzzzz", "", ""})

	require.Equal(t, contract.OutcomeEmpty, verdict(nil, agree, pipeline.ControlRequire).Outcome)
	require.Equal(t, contract.OutcomeFindings, verdict(nil, short, pipeline.ControlRequire).Outcome)
	require.Equal(t, contract.OutcomeClean, verdict(good, agree, pipeline.ControlRequire).Outcome)
	require.Equal(t, contract.OutcomeFindings, verdict(bad, agree, pipeline.ControlRequire).Outcome)
	require.False(t, verdict(bad, agree, pipeline.ControlRequire).ControlTotalsFail())
	require.True(t, verdict(good, short, pipeline.ControlRequire).ControlTotalsFail())
	require.False(t, verdict(good, short, pipeline.ControlReport).ControlTotalsFail())
	require.Equal(t, contract.OutcomeFindings, verdict(good, short, pipeline.ControlReport).Outcome)
	require.Equal(t, contract.OutcomeClean, verdict(good, short, pipeline.ControlOff).Outcome)
	require.True(t, verdict(bad, agree, pipeline.ControlOff).NeedsRows())
	require.False(t, verdict(good, short, pipeline.ControlReport).NeedsRows())

	none, err := Match(Input{BusinessDate: today})
	require.NoError(t, err)
	require.Equal(t, contract.OutcomeEmpty, none.Outcome)
}

func TestMatchRefusesInputThatContradictsItself(t *testing.T) {
	_, err := Match(Input{Checks: []pipeline.Check{orgCheck(1)}, Files: []FileSummary{{"a.txt", &extractfile.Summary{}}}})
	require.ErrorContains(t, err, "scan the file again")
	_, err = Match(Input{Checks: []pipeline.Check{{Name: CheckControl}}})
	require.ErrorContains(t, err, "give the check another")
	_, err = Match(Input{Waivers: []pipeline.Waiver{{Value: "6100", Until: "soon"}}})
	require.ErrorContains(t, err, `until "soon" is not a date`)
	_, err = Match(Input{Waivers: []pipeline.Waiver{{Value: "6100", Until: today, MaxAmount: map[string]string{"USD": "much"}}}})
	require.ErrorContains(t, err, "max_amount of USD")
}

func TestWaivers(t *testing.T) {
	lines := []line{
		{[]string{"D10", "zzzzzz", ""}, "60", "USD", "R1"}, {[]string{"D10", "zzzzzz", ""}, "-40", "USD", "R1"}, {[]string{"D10", "zzzzzz", ""}, "5", "EUR", "R2"},
	}
	base := pipeline.Waiver{Check: "Cost centre", Value: "zzzzzz", Reason: "closing", By: "controller", Until: today}
	for name, test := range map[string]struct {
		change func(*pipeline.Waiver)
		covers bool
	}{
		"by code, on its last day":     {func(*pipeline.Waiver) {}, true},
		"by path":                      {func(w *pipeline.Waiver) { w.Value = "D10 / zzzzzz" }, true},
		"another code":                 {func(w *pipeline.Waiver) { w.Value = "D10" }, false},
		"another check":                {func(w *pipeline.Waiver) { w.Check = "GL account" }, false},
		"expired":                      {func(w *pipeline.Waiver) { w.Until = "2026-11-19" }, false},
		"gross at the limit":           {func(w *pipeline.Waiver) { w.MaxAmount = map[string]string{"USD": "100", "EUR": "5"} }, true},
		"gross beyond, net within":     {func(w *pipeline.Waiver) { w.MaxAmount = map[string]string{"USD": "99.99", "EUR": "5"} }, false},
		"a currency that is not named": {func(w *pipeline.Waiver) { w.MaxAmount = map[string]string{"USD": "100"} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := base
			test.change(&w)
			v, err := Match(Input{
				Checks: []pipeline.Check{orgCheck(3)}, Files: []FileSummary{{"a.txt", scan(t, 1, lines)}}, BusinessDate: today,
				Snapshots: map[string]*Snapshot{orgs: orgList(APIv1)}, Waivers: []pipeline.Waiver{w},
			})
			require.NoError(t, err)
			a := newAffected(v)
			feed(t, v, a, "a.txt", 1, lines)
			require.NoError(t, a.apply())
			require.Len(t, v.Findings, 1)
			require.EqualValues(t, 2, v.Findings[0].Reports, "a waived finding is reported all the same")
			if !test.covers {
				require.Nil(t, v.Findings[0].Waived)
				require.Equal(t, contract.OutcomeFindings, v.Outcome)
				require.EqualValues(t, 3, v.Summary.Rows)
				return
			}
			require.Equal(t, &Waived{Reason: "closing", By: "controller", Until: today}, v.Findings[0].Waived)
			require.Equal(t, contract.OutcomeClean, v.Outcome)
			require.Equal(t, contract.FindingsSummary{ByClass: map[string]int{}, Amounts: money.Sums{}, Waived: 1}, v.Summary)
		})
	}
}

func TestAWaiverCanCoverAControlFinding(t *testing.T) {
	s := scan(t, 0, rowsOf([]string{"x"}))
	s.Header = extractfile.Header{Present: true, Records: 1, Total: amount(t, "1"), Batch: "9"}
	v, err := Match(Input{
		Files: []FileSummary{{"a.txt", s}}, BusinessDate: today, ControlTotals: pipeline.ControlRequire,
		Batches: []Batch{{ID: "7", JobID: "earlier", BusinessDate: "2026-11-19"}},
		Waivers: []pipeline.Waiver{{Check: CheckControl, Value: ControlBatchGap, Until: today}},
	})
	require.NoError(t, err)
	require.Len(t, v.Findings, 1)
	require.NotNil(t, v.Findings[0].Waived)
	require.Equal(t, contract.OutcomeClean, v.Outcome)

	limited := waiver{pipeline.Waiver{Check: CheckControl, Value: ControlBatchGap}, map[string]money.Amount{"USD": amount(t, "1")}}
	require.False(t, limited.covers(&v.Findings[0]), "no limit can be held against it")
}
