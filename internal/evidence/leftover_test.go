package evidence

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

var look = time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)

// jobOf is a job that ended so long after the first look.
func jobOf(id string, after time.Duration) CompletedJob {
	return CompletedJob{ID: id, Start: look.Add(after - time.Minute), Stop: look.Add(after)}
}

func TestStandingOfAJob(t *testing.T) {
	claimed := Trace{Claim: Claim{JobID: "j", WorkflowID: "w", RunID: "r"}, Asked: true}
	with := func(t Trace, change func(*Trace)) Trace { change(&t); return t }
	recorded := func(code string) Trace { return with(claimed, func(t *Trace) { t.Record = &Record{Code: code} }) }
	unasked := func(t Trace) Trace { t.Asked = false; return t }
	first := Horizon{Baseline: Baseline{At: look, JobIDs: []string{"history"}, OpenIDs: []string{"open"}}}
	saw, since := first, first
	saw.Baseline.Newest = look.Add(-3 * time.Hour)
	since.Since = look.Add(-48 * time.Hour)
	for name, test := range map[string]struct {
		horizon Horizon
		job     CompletedJob
		trace   Trace
		want    Standing
	}{
		"it was there at the first look":                      {first, jobOf("history", -time.Hour), Trace{}, History},
		"it was running at the first look":                    {first, jobOf("open", time.Minute), Trace{}, LeftOver},
		"the first run was to take it":                        {first, jobOf("open", -time.Hour), Trace{}, LeftOver},
		"it ended after the first look":                       {first, jobOf("new", time.Second), Trace{}, LeftOver},
		"it ended before a first look that did not show it":   {first, jobOf("hidden", -time.Hour), Trace{}, History},
		"it is older than all that the first look saw":        {saw, jobOf("hidden", -4*time.Hour), Trace{}, History},
		"it is newer than all that the first look saw":        {saw, jobOf("hidden", -time.Hour), Trace{}, LeftOver},
		"it ended about when the first look was made":         {first, jobOf("close", -time.Minute), Trace{}, LeftOver},
		"Concur names no times":                               {first, CompletedJob{ID: "timeless"}, Trace{}, LeftOver},
		"Concur names no stop time":                           {first, CompletedJob{ID: "unstopped", Start: look.Add(-time.Hour)}, Trace{}, History},
		"a run has been on history":                           {first, jobOf("history", -time.Hour), claimed, LeftOver},
		"history has landed":                                  {first, jobOf("history", -time.Hour), Trace{Landed: true}, LeftOver},
		"history was asked for":                               {since, jobOf("history", -time.Hour), Trace{}, LeftOver},
		"it is older than what was asked for":                 {since, jobOf("history", -72*time.Hour), Trace{}, History},
		"nobody has looked yet":                               {Horizon{}, jobOf("j", -time.Hour), Trace{}, LeftOver},
		"it has its result":                                   {first, jobOf("j", time.Hour), with(recorded("ControlTotals"), func(t *Trace) { t.TiedOut = true }), Done},
		"its run is running":                                  {first, jobOf("j", time.Hour), with(claimed, func(t *Trace) { t.Running = true }), Claimed},
		"its run is running again, after a record":            {first, jobOf("j", time.Hour), with(recorded("ControlTotals"), func(t *Trace) { t.Running = true }), Claimed},
		"its run was lost":                                    {first, jobOf("j", time.Hour), claimed, LeftOver},
		"nobody can be asked, and its run left no record":     {first, jobOf("j", time.Hour), unasked(claimed), Claimed},
		"nobody can be asked, and its run failed":             {first, jobOf("j", time.Hour), unasked(recorded("Temporary")), LeftOver},
		"its run was cancelled":                               {first, jobOf("j", time.Hour), recorded("Canceled"), LeftOver},
		"its totals do not agree":                             {first, jobOf("j", time.Hour), recorded("ControlTotals"), Ended},
		"its totals do not agree, and nobody can be asked":    {first, jobOf("j", time.Hour), unasked(recorded("ControlTotals")), Ended},
		"what came in the file's place was no file":           {first, jobOf("j", time.Hour), recorded("FileFormat"), LeftOver},
		"its file is none of the format":                      {first, jobOf("j", time.Hour), with(recorded("FileFormat"), func(t *Trace) { t.Landed = true }), Ended},
		"its run has a verdict whose evidence was taken away": {first, jobOf("j", time.Hour), with(claimed, func(t *Trace) { t.Record = &Record{Outcome: "clean"} }), LeftOver},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, test.horizon.Standing(test.job, test.trace))
		})
	}
}

// Whatever else is known: what ended after the first look is never history, what has a result is done, and a job without a
// result that no run has stays for recovery or has ended for good.
func TestNothingThatCameLaterIsHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		flip := func(name string) bool { return rapid.Bool().Draw(t, name) }
		trace := Trace{Landed: flip("landed"), TiedOut: flip("tied out"), Asked: flip("asked")}
		if flip("claimed") {
			trace.Claim = Claim{JobID: "j", RunID: "r"}
			trace.Running = trace.Asked && flip("running")
			if flip("recorded") {
				trace.Record = &Record{Code: rapid.SampledFrom([]string{"", contract.CodeControlTotals, contract.CodeFileFormat, contract.CodeConcurAuth}).Draw(t, "code")}
			}
		}
		horizon := Horizon{Baseline: Baseline{At: look}}
		if flip("since") {
			horizon.Since = look
		}
		job := jobOf("j", time.Duration(rapid.Int64Range(0, int64(100*time.Hour)).Draw(t, "after")))
		standing := horizon.Standing(job, trace)
		require.NotEqual(t, History, standing)
		require.Equal(t, trace.TiedOut, standing == Done)
		if standing == Ended {
			require.NotEmpty(t, trace.FinalCode())
		}
		if trace.Asked && !trace.Running && !trace.TiedOut && trace.FinalCode() == "" {
			require.Equal(t, LeftOver, standing)
		}
	})
}

func TestSinceIsADayOfThePipelinesZone(t *testing.T) {
	settings := pipeline.Pipeline{Name: "p", Schedule: &pipeline.Schedule{TimeZone: "Europe/Berlin"}, Recover: &pipeline.Recover{Since: "2026-11-01"}}
	since, err := Since(settings)
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 10, 31, 23, 0, 0, 0, time.UTC), since.UTC())
	settings.Recover = nil
	since, err = Since(settings)
	require.NoError(t, err)
	require.True(t, since.IsZero())
}
