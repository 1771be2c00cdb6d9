package activities_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/concur/concurtest/extractgen"
	"tieout/internal/bucket/s3test"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
)

// codes is a world whose jobs hold given unknown accounts, job by job; the last ones repeat for later jobs.
func codes(jobs ...[]string) (concurtest.World, pipeline.Pipeline) {
	world, settings := cleanWorld(60, []int{4, 6, 10}, []int{40})
	world.Definitions[0].Jobs = map[int][]concurtest.File{}
	clean := *world.Definitions[0].Files[0].Extract
	for i, accounts := range jobs {
		spec := clean
		for _, account := range accounts {
			spec.Inject = append(spec.Inject, extractgen.Injection{Check: concurtest.SampleAccountCheck, Tuples: [][]string{{account}}, Rows: 2})
		}
		world.Definitions[0].Jobs[i+1] = []concurtest.File{{Extract: &spec}}
		world.Definitions[0].Files = world.Definitions[0].Jobs[i+1]
	}
	return world, settings
}

// statuses are the findings as "code: status since".
func statuses(findings []reconcile.Finding) (all []string) {
	for _, f := range findings {
		what := f.Class
		if len(f.Path) > 0 {
			what = f.Path[f.Level-1]
		}
		all = append(all, fmt.Sprintf("%s: %s %s", what, f.Status, f.Since))
	}
	return all
}

// Findings are new, repeated since the night they were first seen, and resolved, from night to night. A tie-out of
// the same job again is compared with the night before, not with itself.
func TestStatusAgainstThePreviousRun(t *testing.T) {
	world, settings := codes([]string{"##A", "##B"}, []string{"##B", "##C"}, []string{"##B"})
	b := newBench(t, world, config.ListsV1, settings)
	first := b.night(t, "2026-11-18")
	require.ElementsMatch(t, []string{"##A: new 2026-11-18", "##B: new 2026-11-18"}, statuses(first.doc.Findings))
	require.Empty(t, first.doc.Resolved)

	// The second night is held, checked again, and handed over then.
	b.on("2026-11-19")
	_, landed := b.extract(t, concurtest.SampleDefinition)
	for number := 1; number <= 2; number++ {
		reported := b.tieOut(t, landed, fmt.Sprintf("owner/%d", number))
		doc := b.document(t, reported)
		require.Equal(t, number, doc.Run.TieOut)
		require.ElementsMatch(t, []string{"##B: repeated 2026-11-18", "##C: new 2026-11-19"}, statuses(doc.Findings))
		require.Len(t, doc.Resolved, 1)
		require.Equal(t, []string{"##A"}, doc.Resolved[0].Path)
		require.Equal(t, "2026-11-18", doc.Resolved[0].Since)
		require.Equal(t, "2026-11-18", doc.Resolved[0].LastSeen)
		params := b.handOverOf(reported.Result)
		params.Superseded = number == 1
		b.handOver(t, params)
	}
	require.ElementsMatch(t, []string{"##B: repeated 2026-11-18", "##C: new 2026-11-19"},
		statuses(b.document(t, b.tieOut(t, landed, "a person")).Findings), "once more, after it was handed over")

	third := b.night(t, "2026-11-20")
	require.Equal(t, []string{"##B: repeated 2026-11-18"}, statuses(third.doc.Findings))
	require.Len(t, third.doc.Resolved, 1)
	require.Equal(t, "2026-11-19", third.doc.Resolved[0].Since)
	fourth := b.night(t, "2026-11-21")
	require.Empty(t, fourth.doc.Resolved)
}

// The trend holds the last 30 runs that came to a verdict, oldest first and this one last.
func TestTrend(t *testing.T) {
	world, settings := codes([]string{"##A", "##B"}, []string{"##A"})
	b := newBench(t, world, config.ListsV1, settings)
	b.on("2026-10-01")
	_, landed := b.extract(t, concurtest.SampleDefinition)
	result := b.tieOut(t, landed, "owner").Result
	day := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	for i := range 32 {
		b.on(day.AddDate(0, 0, i).Format(time.DateOnly))
		result.BusinessDate = b.scope.BusinessDate
		next := numbered(result, i+1)
		key := keyOf(strings.Replace(next.ResultURI, "result.json", "report.json", 1)) // each tie-out has its report
		require.NoError(t, b.store.PutNew(t.Context(), key, "application/json", b.read(t, result.Reports.JSON)))
		b.handOver(t, b.handOverOf(next))
	}
	noVerdict := b.scope
	noVerdict.RunID = "a run that came to no verdict"
	_, err := call(b, contract.RecordRun, contract.RecordRunParams{Scope: noVerdict, Code: contract.CodeConcurDeadline, At: day.AddDate(0, 0, 32)})
	require.NoError(t, err)
	last := b.night(t, "2026-11-20")
	require.Len(t, last.doc.Trend, 30)
	for i, point := range last.doc.Trend[:29] {
		require.Equal(t, day.AddDate(0, 0, 3+i).Format(time.DateOnly), point.BusinessDate)
		require.Equal(t, 2, point.Findings)
		require.Equal(t, int64(4), point.Rows)
		require.Equal(t, map[string]map[string]int{concurtest.SampleAccountCheck: {reconcile.ClassUnknown: 2}}, point.ByCheck)
	}
	require.Equal(t, "2026-11-20", last.doc.Trend[29].BusinessDate)
	require.Equal(t, 1, last.doc.Trend[29].Findings)
	require.Equal(t, []string{"##A: repeated 2026-10-01"}, statuses(last.doc.Findings))
}

// Batches that are left out or come twice are findings, told from what has landed: a night that is still held, or
// whose run failed, leaves no gap.
func TestBatches(t *testing.T) {
	world, settings := codes()
	world.Definitions[0].FirstBatch, world.Definitions[0].BatchGaps, world.Definitions[0].BatchRepeats = 7, []int{4}, []int{5}
	b := newBench(t, world, config.ListsV1, settings)
	require.Empty(t, b.night(t, "2026-11-01").doc.Findings)
	b.on("2026-11-02")
	_, held := b.extract(t, concurtest.SampleDefinition) // 8, and no verdict was handed over
	require.Empty(t, b.document(t, b.tieOut(t, held, "owner")).Findings)
	require.Empty(t, b.night(t, "2026-11-03").doc.Findings, "9 follows 8, which has landed")
	gap := b.night(t, "2026-11-04").doc.Findings
	require.Len(t, gap, 1)
	require.Equal(t, []string{reconcile.CheckControl, reconcile.ControlBatchGap, "11", "10 is missing after 9 of 2026-11-03"},
		[]string{gap[0].Check, gap[0].Class, gap[0].Declared, gap[0].Computed})
	repeat := b.night(t, "2026-11-05").doc.Findings
	require.Len(t, repeat, 2, "the gap below is still there")
	require.Equal(t, reconcile.ControlBatchRepeat, repeat[1].Class)
	require.Contains(t, repeat[1].Computed, "landed already on 2026-11-04 by job ")
	require.Equal(t, reconcile.StatusRepeated, repeat[0].Status)
	require.Equal(t, contract.OutcomeClean, b.night(t, "2026-11-06").reported.Result.Outcome, "12 follows 11")
}

// List v1 does not show deleted items, but an earlier snapshot of the pipeline does: what was live then is retired
// now. A code that nobody ever saw stays unknown.
func TestRetiredOnV1(t *testing.T) {
	s3 := s3test.NewServer(evidenceBucket)
	t.Cleanup(s3.Close)
	items := func(deleted bool) []extractgen.Item {
		return []extractgen.Item{{Code: "6100", Name: "Travel"}, {Code: "7200", Name: "Meals", Deleted: deleted}, {Code: "8300", Name: "Hotels"}}
	}
	worldOf := func(deleted bool, inject ...extractgen.Injection) (concurtest.World, pipeline.Pipeline) {
		world, settings := cleanWorld(60, []int{4, 6, 10}, []int{3})
		world.Lists[1] = extractgen.List{Name: concurtest.SampleAccounts, Items: items(deleted)}
		injected(world, inject...)
		return world, settings
	}
	world, settings := worldOf(false)
	before := newBenchOn(t, s3, world, config.ListsV1, settings)
	require.Empty(t, before.night(t, "2026-11-18").doc.Findings)

	world, settings = worldOf(true, extractgen.Injection{Check: concurtest.SampleAccountCheck, Tuples: [][]string{{"7200"}, {"9999"}}, Rows: 3})
	world.Seed++ // other jobs
	world.Definitions[0].FirstBatch++
	after := newBenchOn(t, s3, world, config.ListsV1, settings)
	for _, date := range []string{"2026-11-19", "2026-11-20"} {
		classes := map[string]string{}
		n := after.night(t, date)
		for _, f := range n.doc.Findings {
			classes[f.Path[0]] = f.Class
		}
		require.Equal(t, map[string]string{"7200": reconcile.ClassRetired, "9999": reconcile.ClassUnknown}, classes, date)
	}
	// The snapshot that knew the code is gone, or too long ago to be read: the previous run's word is enough.
	for key := range after.objects() {
		if strings.Contains(key, "/lists/") {
			_, err := s3.Client().DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: aws.String(evidenceBucket), Key: &key})
			require.NoError(t, err)
		}
	}
	for _, f := range after.night(t, "2026-11-21").doc.Findings {
		require.Equal(t, f.Path[0] == "7200", f.Class == reconcile.ClassRetired)
		require.Equal(t, reconcile.StatusRepeated, f.Status)
	}
}
