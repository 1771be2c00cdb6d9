package activities_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/activities"
	"tieout/concur"
	"tieout/concur/concurtest"
	"tieout/internal/bucket/s3test"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/pipeline"
)

func (b *bench) pickUp() (string, error) {
	picked, err := call(b, contract.PickUp, contract.JobParams{Scope: b.scope})
	return picked.JobID, err
}

// complete waits until the given number of jobs of the definition have completed.
func (b *bench) complete(t *testing.T, jobs int) {
	t.Helper()
	require.Eventually(t, func() bool {
		done := 0
		for _, job := range b.concur.Jobs("def") {
			if job.State == concurtest.StateComplete {
				done++
			}
		}
		return done >= jobs
	}, time.Minute, time.Millisecond)
}

func (b *bench) found(t *testing.T) contract.FindLeftOverResult {
	t.Helper()
	found, err := call(b, contract.FindLeftOver, contract.JobParams{Scope: b.scope})
	require.NoError(t, err)
	return found
}

// What completes after a pipeline's first look is never history, however many jobs complete before the next.
func TestWhatCompletesAfterTheFirstLookIsLanded(t *testing.T) {
	b := startBench(t, concurtest.Definition{})
	_, err := b.pickUp()
	isError(t, err, "NotYet", false)
	require.Empty(t, b.baseline(t), "an empty list is a look too")
	older, newer := b.concur.StartJob("def").ID, b.concur.StartJob("def").ID
	b.complete(t, 2)
	picked, err := b.pickUp()
	require.NoError(t, err)
	require.Equal(t, newer, picked)
	require.Equal(t, []string{older}, b.leftOver(t, picked))
}

// The first run of a pickup takes the newest completed job although it ended before the first look, and a run that begins
// anew finds it as before.
func TestTheFirstPickupTakesTheNewestThatIsThere(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 3})
	b.scope.Settings.Acquire = pipeline.AcquirePickup
	jobs := b.history()
	for range 2 {
		_, err := b.snapshot() // each run looks at its date first
		require.NoError(t, err)
		require.ElementsMatch(t, jobs[:2], b.baseline(t))
		picked, err := b.pickUp()
		require.NoError(t, err)
		require.Equal(t, jobs[2], picked)
	}
	require.Empty(t, b.leftOver(t, jobs[2]))
}

type noJobs struct{ activities.Concur }

func (noJobs) Jobs(context.Context, string) ([]concur.Job, error) { return nil, nil }

// One empty answer at a pipeline's first look does not make all of history left over: the time of the look decides.
func TestAnEmptyAnswerMakesNoHistoryLeftOver(t *testing.T) {
	for _, acquire := range []pipeline.Acquire{pipeline.AcquireStart, pipeline.AcquirePickup} {
		t.Run(string(acquire), func(t *testing.T) {
			b := startBench(t, concurtest.Definition{History: 100})
			b.scope.Settings.Acquire = acquire
			concurs := b.a.Connections["acme"]
			b.a.Connections["acme"] = noJobs{concurs}
			_, err := b.snapshot()
			require.NoError(t, err)
			b.a.Connections["acme"] = concurs
			found := b.found(t)
			require.Empty(t, found.Jobs)
			require.Nil(t, found.Gap)
			b.scope.Settings.Recover = &pipeline.Recover{Since: b.concur.Jobs("def")[95].Started.Format(time.DateOnly)}
			require.NotEmpty(t, b.found(t).Jobs, "who asks for them gets them")
		})
	}
}

// A job that was running at the first look is not history, although the worker's clock is ahead of Concur's.
func TestAJobThatRanAtTheFirstLookIsLanded(t *testing.T) {
	b := startBench(t, concurtest.Definition{Timing: concurtest.Timing{Running: 50 * time.Millisecond}})
	b.a.Clock = func() time.Time { return time.Now().Add(time.Hour) }
	job := b.concur.StartJob("def").ID
	_, err := b.snapshot()
	require.NoError(t, err)
	b.complete(t, 1)
	require.Equal(t, []string{job}, b.leftOver(t, ""))
}

// What starts after every job that the first look saw is landed, however wrong the worker's clock is.
func TestAWrongClockLosesNoJob(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 2})
	b.a.Clock = func() time.Time { return time.Now().AddDate(0, 0, 11) }
	_, err := b.snapshot()
	require.NoError(t, err)
	job := b.concur.StartJob("def").ID
	b.complete(t, 3)
	require.Equal(t, []string{job}, b.leftOver(t, ""))
}

// unseen is a pipeline whose jobs, one a day, have pushed others out of Concur's list before any run saw them.
func unseen(t *testing.T) (b *bench, jobs []concurtest.JobRecord, firstLook time.Time) {
	b = startBench(t, concurtest.Definition{History: 131})
	jobs = b.concur.Jobs("def")
	firstLook = jobs[0].Ended.Add(time.Hour).Truncate(time.Second)
	b.put(t, "nightly/baseline.json", map[string]any{"at": firstLook, "jobIds": []string{jobs[0].ID}})
	return b, jobs, firstLook
}

// More jobs between two looks than Concur lists leave a gap: the run that finds it tells people, and each later one names
// it for as long as Concur lists the job that it lies before, though that has been landed meanwhile.
func TestJobsThatNobodySawLeaveAGap(t *testing.T) {
	b, jobs, firstLook := unseen(t)
	oldest, err := b.a.Connections["acme"].Job(t.Context(), "def", jobs[31].ID)
	require.NoError(t, err)
	want := &contract.Gap{After: firstLook.Format(time.RFC3339), Before: oldest.StartTime.UTC().Format(time.RFC3339)}
	for range 2 { // the activity may be made again
		found := b.found(t)
		require.Len(t, found.Jobs, 100)
		require.Equal(t, want, found.Gap)
		require.True(t, found.GapFound)
	}
	b.claim(t, "child", jobs[31].ID)
	b.put(t, "nightly/jobs/"+contract.JobKey(jobs[31].ID)+"/tieout/001/result.json", struct{}{})
	b.scope.RunID = "run-2"
	found := b.found(t)
	require.Equal(t, want, found.Gap)
	require.False(t, found.GapFound, "people know")
	b.claim(t, "child-2", jobs[32].ID)
	b.concur.StartJob("def")
	b.complete(t, 132)
	require.Nil(t, b.found(t).Gap, "Concur does not list the job any more")
}

// The gap begins where the newest job before it ended that a run has brought to a verdict.
func TestAGapBeginsWithTheLastJobThatIsKnown(t *testing.T) {
	b, jobs, _ := unseen(t)
	for date, job := range map[string]concurtest.JobRecord{"2026-11-18": jobs[5], "2026-11-19": jobs[10], "2026-11-20": jobs[120]} {
		b.put(t, "nightly/runs/"+date+"/a.json", map[string]any{"outcome": "clean", "jobStopTime": job.Ended.UTC().Format(time.RFC3339)})
	}
	require.Equal(t, jobs[10].Ended.UTC().Format(time.RFC3339), b.found(t).Gap.After)
}

func TestAFullListLeavesNoGapBehindWhatIsKnown(t *testing.T) {
	for name, given := range map[string]func(t *testing.T, b *bench, oldest string){
		"it was there at the first look": func(t *testing.T, b *bench, oldest string) {
			b.put(t, "nightly/baseline.json", map[string]any{"jobIds": []string{oldest}})
		},
		"a run has been on it": func(t *testing.T, b *bench, oldest string) { b.claim(t, "a", oldest) },
		"it has landed": func(t *testing.T, b *bench, oldest string) {
			b.put(t, "nightly/jobs/"+contract.JobKey(oldest)+"/manifest.json", struct{}{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := startBench(t, concurtest.Definition{History: 100})
			given(t, b, b.history()[0])
			require.Nil(t, b.found(t).Gap)
		})
	}
}

// Two nights that meet one left-over job mean the same run, and the second sees that the first has it.
func TestTwoNightsTakeUpAJobOnce(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 1})
	job := b.history()[0]
	one := b.found(t).Jobs[0]
	b.scope.RunID, b.scope.WorkflowID, b.scope.BusinessDate = "run-2", "extract/nightly/2026-11-21", "2026-11-21"
	two := b.found(t).Jobs[0]
	require.Equal(t, one, two)
	run := contract.Run{Pipeline: "nightly", JobKey: one.Key}.ID()
	child := b.scope
	child.WorkflowID, child.RunID = run, "child"
	_, err := call(b, contract.ClaimJob, contract.JobParams{Scope: child, JobID: job, Origin: contract.OriginGiven})
	require.NoError(t, err)
	b.a.Runs = running{{run, "child"}: true}
	require.Empty(t, b.found(t).Jobs)
}

// A recovered job bears the business date of the night that started it, whichever night takes it up, and its verdict is
// that date's.
func TestARecoveredJobKeepsItsDate(t *testing.T) {
	b := startBench(t, concurtest.Definition{})
	b.a.Config.Pipelines = map[string]pipeline.Pipeline{"nightly": b.scope.Settings}
	_, err := b.snapshot()
	require.NoError(t, err)
	started, err := b.start(1)
	require.NoError(t, err)
	b.complete(t, 1)

	// The night is lost; the next one takes its job up.
	tonight := b.scope
	tonight.BusinessDate, tonight.Slot, tonight.RunID, tonight.WorkflowID = "2026-11-21", contract.Slot{Date: "2026-11-21"}, "run-2", "extract/nightly/2026-11-21"
	found, err := call(b, contract.FindLeftOver, contract.JobParams{Scope: tonight})
	require.NoError(t, err)
	require.Len(t, found.Jobs, 1)
	run := contract.Run{Pipeline: "nightly", JobKey: found.Jobs[0].Key}.ID()
	configured, err := configure(b, contract.ConfigureParams{WorkflowID: run, RunID: "child", TakenUpBy: "extract/nightly/2026-11-21",
		Input: contract.ExtractInput{Pipeline: "nightly", BusinessDate: "2026-11-21", JobID: started.JobID}})
	require.NoError(t, err)
	require.Equal(t, "2026-11-20", configured.BusinessDate)
	require.Equal(t, contract.Slot{Date: "2026-11-20"}, configured.Slot)

	// What it leaves stands under that date and is its verdict.
	child := b.scope
	child.WorkflowID, child.RunID, child.BusinessDate, child.Slot = run, "child", configured.BusinessDate, configured.Slot
	_, err = call(b, contract.ClaimJob, contract.JobParams{Scope: child, JobID: started.JobID, Origin: contract.OriginGiven})
	require.NoError(t, err)
	key := "nightly/jobs/" + found.Jobs[0].Key
	b.put(t, key+"/manifest.json", map[string]any{"schema": 1, "pipeline": "nightly", "job": map[string]any{"id": started.JobID}})
	b.put(t, key+"/tieout/001/result.json", contract.ExtractResult{Schema: 1, Pipeline: "nightly", BusinessDate: configured.BusinessDate,
		Outcome: contract.OutcomeClean, Job: contract.Job{ID: started.JobID}})
	require.NoError(t, evidence.Of(b.store, "", "nightly").WriteRecord(t.Context(), evidence.Record{BusinessDate: child.BusinessDate, Slot: child.Slot.Word(),
		RunID: "child", Outcome: contract.OutcomeClean, JobKey: found.Jobs[0].Key, Manifest: b.store.URI(key + "/manifest.json"), TieOut: 1}))
	verdict, err := b.a.Verdict(t.Context(), "nightly", contract.Slot{Date: "2026-11-20"})
	require.NoError(t, err)
	require.Equal(t, started.JobID, verdict.Job.ID)
	verdict, err = b.a.Verdict(t.Context(), "nightly", contract.Slot{Date: "2026-11-21"})
	require.NoError(t, err)
	require.Nil(t, verdict, "the night that took it up has one of its own to come to")
}

// A person's later run on a job whose run had ended for good counts: with its result the job is done, and without one it
// is judged by how that run ended.
func TestALaterRunOnAJobCounts(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 1})
	job := b.history()[0]
	b.claim(t, "a", job)
	b.ended(t, "a", contract.CodeControlTotals)
	require.Empty(t, b.leftOver(t, ""))
	b.claim(t, "b", job)
	require.Equal(t, []string{job}, b.leftOver(t, ""), "it was lost on its way")
	b.ended(t, "b", contract.CodeControlTotals)
	require.Empty(t, b.leftOver(t, ""))
	b.put(t, "nightly/jobs/"+contract.JobKey(job)+"/tieout/002/result.json", struct{}{})
	require.Empty(t, b.leftOver(t, ""))
}

// Of a job that is done or history a look reads nothing but the names of its objects.
func TestALookCostsOneListingPerJob(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 40})
	jobs := b.history()
	b.put(t, "nightly/baseline.json", map[string]any{"jobIds": jobs[:20]})
	for _, job := range jobs[20:] {
		b.claim(t, "a", job)
		b.put(t, "nightly/jobs/"+contract.JobKey(job)+"/tieout/001/result.json", struct{}{})
	}
	before := map[string]int{}
	for _, operation := range []string{"ListObjectsV2", "GetObject", "HeadObject"} {
		before[operation] = b.s3.Count(operation)
	}
	require.Empty(t, b.leftOver(t, ""))
	require.Equal(t, len(jobs), b.s3.Count("ListObjectsV2")-before["ListObjectsV2"])
	require.Equal(t, 1, b.s3.Count("GetObject")-before["GetObject"], "the baseline")
	require.Zero(t, b.s3.Count("HeadObject")-before["HeadObject"])
}

// A bucket that does not answer proves nothing: the look is made again.
func TestALookNeedsTheBucket(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 3})
	b.s3.Inject(s3test.Fault{Operation: "ListObjectsV2", Times: -1, Do: s3test.SlowDown})
	_, err := call(b, contract.FindLeftOver, contract.JobParams{Scope: b.scope})
	isError(t, err, contract.CodeTemporary, false)
}

// What the run of a recovered job leaves out of what it returns is there for who waits for it.
func TestWhoWaitsForARecoveredRunGetsItsFiles(t *testing.T) {
	b := startBench(t, concurtest.Definition{})
	files := []contract.File{{Name: "extract.txt", Records: 7}}
	uri := b.store.URI("nightly/jobs/k/tieout/001/result.json")
	b.put(t, "nightly/jobs/k/tieout/001/result.json", contract.ExtractResult{Outcome: "clean", ResultURI: uri, Files: files})
	b.a.Runs = &namespace{ends: map[string]*contract.WaitForRunResult{"run": {Status: contract.RunCompleted,
		Result: &contract.ExtractResult{Outcome: "clean", ResultURI: uri, Files: []contract.File{}}}}}
	end, err := call(b, contract.WaitForRun, contract.WaitForRunParams{WorkflowID: "run", Result: true})
	require.NoError(t, err)
	require.Equal(t, files, end.Result.Files)
}
