package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/concur/concurtest/extractgen"
	"tieout/internal/bucket/s3test"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/reconcile"
)

// A night without rows is no comparison: nothing counts as resolved because of it, and the next night is compared with
// the last one that had rows.
func TestANightWithoutRowsIsNoComparison(t *testing.T) {
	world, settings := codes([]string{"##A", "##B"}, nil, nil, []string{"##B", "##C"})
	empty := *world.Definitions[0].Jobs[2][0].Extract
	empty.Rows = 0
	world.Definitions[0].Jobs[2] = []concurtest.File{{Extract: &empty}}
	gap := empty
	world.Definitions[0].Jobs[3] = []concurtest.File{{Extract: &gap}}
	world.Definitions[0].BatchGaps = []int{3}
	b := newBench(t, world, config.ListsV1, settings)
	b.night(t, "2026-11-18")
	nothing := b.night(t, "2026-11-19")
	require.Equal(t, contract.OutcomeEmpty, nothing.reported.Result.Outcome)
	require.Empty(t, nothing.doc.Resolved)
	finding := b.night(t, "2026-11-20") // without rows, and yet with something to find
	require.Equal(t, []string{"batch_gap: new 2026-11-20"}, statuses(finding.doc.Findings))
	require.Empty(t, finding.doc.Resolved)
	after := b.night(t, "2026-11-21")
	require.ElementsMatch(t, []string{"##B: repeated 2026-11-18", "##C: new 2026-11-21"}, statuses(after.doc.Findings))
	require.Len(t, after.doc.Resolved, 1)
	require.Equal(t, []string{"##A", "2026-11-18", "2026-11-18"}, []string{after.doc.Resolved[0].Path[0], after.doc.Resolved[0].Since, after.doc.Resolved[0].LastSeen})
}

// A finding that went away and comes back is new, and keeps the date on which it was first seen, as long as one of the
// remembered runs had it.
func TestFirstSeenIsRememberedOverAbsences(t *testing.T) {
	jobs := [][]string{{"##A", "##B"}, {"##B"}, {}, {"##A", "##C"}, {"##A"}}
	world, settings := codes(jobs...)
	b := newBench(t, world, config.ListsV1, settings)
	b.night(t, "2026-10-01")
	b.night(t, "2026-10-02")
	third := b.night(t, "2026-10-03")
	require.Equal(t, contract.OutcomeClean, third.reported.Result.Outcome)
	fourth := b.night(t, "2026-10-04")
	require.ElementsMatch(t, []string{"##A: new 2026-10-01", "##C: new 2026-10-04"}, statuses(fourth.doc.Findings))
	fifth := b.night(t, "2026-10-05")
	require.Equal(t, []string{"##A: repeated 2026-10-01"}, statuses(fifth.doc.Findings))
}

// What no remembered run had is new for good: thirty runs are remembered.
func TestThirtyRunsAreRemembered(t *testing.T) {
	first := time.Date(2026, 10, 2, 0, 0, 0, 0, time.UTC)
	for clean, since := range map[int]string{29: "2026-10-01", 30: "2026-11-20"} {
		world, settings := codes([]string{"##A"}, nil, []string{"##A"})
		b := newBench(t, world, config.ListsV1, settings)
		b.night(t, "2026-10-01")
		b.on("2026-10-02")
		_, landed := b.extract(t, concurtest.SampleDefinition)
		result := b.tieOut(t, landed, "owner").Result
		for i := range clean {
			b.on(first.AddDate(0, 0, i).Format(time.DateOnly))
			result.BusinessDate = b.scope.BusinessDate
			b.handOver(t, b.handOverOf(numbered(result, i+1)))
		}
		require.Equal(t, []string{"##A: new " + since}, statuses(b.night(t, "2026-11-20").doc.Findings), "%d clean runs in between", clean)
	}
}

// A recheck remembers what the first tie-out of the same job saw: a code that was live then and is gone now is retired.
func TestARecheckRemembersItsOwnFirstTieOut(t *testing.T) {
	s3 := s3test.NewServer(evidenceBucket)
	t.Cleanup(s3.Close)
	world, settings := cleanWorld(60, []int{4, 6, 10}, []int{3})
	items := func(deleted bool) []extractgen.Item {
		return []extractgen.Item{{Code: "6100", Name: "Travel"}, {Code: "7200", Name: "Meals", Deleted: deleted}, {Code: "8300", Name: "Hotels"}}
	}
	world.Lists[1] = extractgen.List{Name: concurtest.SampleAccounts, Items: items(false)}
	injected(world, extractgen.Injection{Check: concurtest.SampleAccountCheck, Tuples: [][]string{{"9999"}}})
	b := newBenchOn(t, s3, world, config.ListsV1, settings)
	_, landed := b.extract(t, concurtest.SampleDefinition)
	first := b.document(t, b.tieOut(t, landed, "owner/1"))
	require.Len(t, first.Findings, 1)

	world.Lists[1].Items = items(true)
	after := newBenchOn(t, s3, world, config.ListsV1, settings)
	after.scope.DefinitionID = b.scope.DefinitionID
	second := after.document(t, after.tieOut(t, landed, "owner/2"))
	require.Equal(t, 2, second.Run.TieOut)
	classes := map[string]string{}
	for _, f := range second.Findings {
		classes[f.Path[0]] = f.Class
	}
	require.Equal(t, map[string]string{"7200": reconcile.ClassRetired, "9999": reconcile.ClassUnknown}, classes)
}
