package activities_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/concur/concurtest/extractgen"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/money"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
)

// A waiver covers a code of its check until its day and up to its amount. What is covered is shown and not counted;
// where all is covered the outcome is clean.
func TestWaivers(t *testing.T) {
	world, settings := codes([]string{"##A", "##B"})
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, concurtest.SampleDefinition)
	var gross map[string]string
	for _, f := range b.document(t, b.tieOut(t, landed, "without")).Findings {
		if f.Path[0] == "##A" {
			gross = map[string]string{}
			for currency, sum := range f.Amounts {
				gross[currency] = sum.Gross.String()
			}
		}
	}
	less := map[string]string{}
	for currency, sum := range gross {
		amount, err := money.Parse(sum)
		require.NoError(t, err)
		cent, err := money.Parse("-0.01")
		require.NoError(t, err)
		less[currency] = amount.Add(cent).String()
	}
	waiver := func(value string, change func(*pipeline.Waiver)) pipeline.Waiver {
		w := pipeline.Waiver{Check: concurtest.SampleAccountCheck, Value: value, Reason: "closing next quarter", By: "controller", Until: "2026-11-20"}
		if change != nil {
			change(&w)
		}
		return w
	}
	for _, test := range []struct {
		name    string
		waivers []pipeline.Waiver
		waived  []string
		outcome contract.Outcome
	}{
		{"one, on its last day", []pipeline.Waiver{waiver("##A", nil)}, []string{"##A"}, contract.OutcomeFindings},
		{"expired the day before", []pipeline.Waiver{waiver("##A", func(w *pipeline.Waiver) { w.Until = "2026-11-19" })}, nil, contract.OutcomeFindings},
		{"up to the amount", []pipeline.Waiver{waiver("##A", func(w *pipeline.Waiver) { w.MaxAmount = gross })}, []string{"##A"}, contract.OutcomeFindings},
		{"a cent too little", []pipeline.Waiver{waiver("##A", func(w *pipeline.Waiver) { w.MaxAmount = less })}, nil, contract.OutcomeFindings},
		{"another currency", []pipeline.Waiver{waiver("##A", func(w *pipeline.Waiver) { w.MaxAmount = map[string]string{"XXX": "1000000"} })}, nil, contract.OutcomeFindings},
		{"another check", []pipeline.Waiver{waiver("##A", func(w *pipeline.Waiver) { w.Check = concurtest.SampleOrgCheck })}, nil, contract.OutcomeFindings},
		{"all", []pipeline.Waiver{waiver("##B", nil), waiver("##A", nil)}, []string{"##A", "##B"}, contract.OutcomeClean},
	} {
		t.Run(test.name, func(t *testing.T) {
			b.scope.Settings.Waivers = test.waivers
			reported := b.tieOut(t, landed, test.name)
			doc := b.document(t, reported)
			var waived []string
			for _, f := range doc.Findings {
				if f.Waived != nil {
					waived = append(waived, f.Path[0])
					require.Equal(t, "closing next quarter, controller", f.Waived.Reason+", "+f.Waived.By)
				}
			}
			slices.Sort(waived)
			require.Equal(t, test.waived, waived)
			require.Len(t, doc.Findings, 2, "waived findings are shown")
			require.Equal(t, test.outcome, reported.Result.Outcome)
			require.Equal(t, []int{2 - len(waived), len(waived)}, []int{reported.Result.Findings.Count, reported.Result.Findings.Waived})
			require.Equal(t, int64(4-2*len(waived)), reported.Result.Findings.Rows)
		})
	}
}

// The landed file holds the personal data that checkLeaks looks for everywhere else.
func TestLandedFilesHoldWhatReportsMayNot(t *testing.T) {
	world, settings := codes([]string{"##A"})
	b := newBench(t, world, config.ListsV1, settings)
	n := b.night(t, "2026-11-20")
	raw := string(b.read(t, n.reported.Result.Files[0].URI))
	layout, private := extractgen.SAELayout(), 0
	for _, canary := range extractgen.Canaries() {
		if strings.Contains(raw, canary) {
			private++
		}
	}
	require.GreaterOrEqual(t, private, len(layout.PersonalData))
	require.Contains(t, b.concur.Auth().LegacyToken, concurtest.SecretCanaries()[0])
	require.Contains(t, b.said.text(), n.reported.Result.ResultURI, "what activities return is looked at")
}

// Blanks, placeholders and skipped rows are told as the pipeline has them.
func TestRules(t *testing.T) {
	world, settings := cleanWorld(1_000, []int{8, 12, 25}, []int{240})
	injected(world,
		extractgen.Injection{Check: concurtest.SampleOrgCheck, Class: extractgen.ClassBlank, Findings: 1, Rows: 6},
		extractgen.Injection{Check: concurtest.SampleAccountCheck, Class: extractgen.ClassPlaceholder, Findings: 2, Rows: 3})
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, concurtest.SampleDefinition)
	var skipped int64
	for _, row := range b.records(t, landed) {
		if row[68] == "Y" || row[185] != "" || row[232] != "" {
			skipped++
		}
	}
	require.Positive(t, skipped)
	for _, test := range []struct {
		name   string
		change func([]pipeline.Check)
		counts map[string]int64 // rows by class
	}{
		{"as set", func([]pipeline.Check) {}, map[string]int64{reconcile.ClassBlank: 6, reconcile.ClassPlaceholder: 6}},
		{"blank: allow", func(c []pipeline.Check) { c[0].Blank = pipeline.BlankAllow }, map[string]int64{reconcile.ClassPlaceholder: 6}},
		{"no placeholders", func(c []pipeline.Check) { c[1].Placeholders = nil }, map[string]int64{reconcile.ClassBlank: 6, reconcile.ClassUnknown: 6}},
		{"no skip", func(c []pipeline.Check) { c[1].Skip = nil }, map[string]int64{reconcile.ClassBlank: 6, reconcile.ClassPlaceholder: 6, reconcile.ClassUnknown: skipped}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b.scope.Settings.Checks = slices.Clone(settings.Checks)
			test.change(b.scope.Settings.Checks)
			doc := b.document(t, b.tieOut(t, landed, test.name))
			counts := map[string]int64{}
			for _, f := range doc.Findings {
				counts[f.Class] += f.Rows
			}
			require.Equal(t, test.counts, counts)
			wanted := skipped
			if test.name == "no skip" {
				wanted = 0
			}
			require.Equal(t, []int64{0, wanted}, []int64{doc.Checks[0].Skipped, doc.Checks[1].Skipped})
		})
	}
}

// A row counts once in the totals however many findings touch it, and rows.csv numbers its lines so that they can be
// added up.
func TestRowsCountOnce(t *testing.T) {
	world, settings := cleanWorld(40, []int{4, 6, 10}, []int{40})
	spec := world.Definitions[0].Files[0].Extract
	spec.Skip = extractgen.SkipRows{}
	injected(world,
		extractgen.Injection{Check: concurtest.SampleOrgCheck, Tuples: [][]string{{"##A", "", ""}, {"##B", "x", ""}}, Rows: 15},
		extractgen.Injection{Check: concurtest.SampleAccountCheck, Tuples: [][]string{{"##C"}, {"##D"}}, Rows: 14})
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, concurtest.SampleDefinition)
	reported := b.tieOut(t, landed, "owner")
	doc := b.document(t, reported)
	require.Len(t, doc.Findings, 4)
	amounts, first := money.Sums{}, map[string]int{}
	records := readCSV(t, b.read(t, reported.Result.Reports.Rows))
	require.Len(t, records, 15*2+14*2)
	for _, record := range records {
		if record["nth"] == "1" {
			first[record["row"]]++
			amount, err := money.Parse(record["amount"])
			require.NoError(t, err)
			amounts[record["currency"]] = amounts[record["currency"]].Plus(amount)
		}
	}
	require.Less(t, len(first), len(records), "some rows are in two findings")
	require.Equal(t, int64(len(first)), reported.Result.Findings.Rows)
	require.Equal(t, amounts, reported.Result.Findings.Amounts)
	for row, times := range first {
		require.Equal(t, 1, times, row)
	}
}
