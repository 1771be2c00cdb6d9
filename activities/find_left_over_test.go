package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// leftOver names the jobs that recovery would take up, oldest first.
func (b *bench) leftOver(t *testing.T, own string) []string {
	t.Helper()
	found, err := call(b, contract.FindLeftOver, contract.JobParams{Scope: b.scope, JobID: own})
	require.NoError(t, err)
	ids := []string{}
	for _, job := range found.Jobs {
		require.Equal(t, contract.JobKey(job.ID), job.Key)
		ids = append(ids, job.ID)
	}
	return ids
}

func (b *bench) claim(t *testing.T, run, job string) {
	t.Helper()
	scope := b.scope
	scope.RunID, scope.WorkflowID = run, "w-"+run
	_, err := call(b, contract.ClaimJob, contract.JobParams{Scope: scope, JobID: job, Origin: contract.OriginStarted})
	require.NoError(t, err)
}

func (b *bench) ended(t *testing.T, run, code string) {
	t.Helper()
	b.put(t, "nightly/runs/2026-11-20/"+run+".json", map[string]any{"schema": 1, "runId": run, "code": code})
}

func (b *bench) history() (ids []string) {
	for _, job := range b.concur.Jobs("def") {
		ids = append(ids, job.ID)
	}
	return ids
}

func TestFindLeftOver(t *testing.T) {
	for name, test := range map[string]struct {
		given func(t *testing.T, b *bench, job string)
		left  bool
	}{
		"nobody was on it": {left: true},
		"it has a result": {given: func(t *testing.T, b *bench, job string) {
			b.put(t, "nightly/jobs/"+contract.JobKey(job)+"/tieout/002/result.json", struct{}{})
		}},
		"it has a manifest and no result": {left: true, given: func(t *testing.T, b *bench, job string) {
			b.put(t, "nightly/jobs/"+contract.JobKey(job)+"/manifest.json", struct{}{})
			b.put(t, "nightly/jobs/"+contract.JobKey(job)+"/tieout/001/report.json", struct{}{})
		}},
		"its run is on": {given: func(t *testing.T, b *bench, job string) {
			b.claim(t, "a", job)
			b.a.Runs = running{{"w-a", "a"}: true}
		}},
		"its run was terminated": {left: true, given: func(t *testing.T, b *bench, job string) { b.claim(t, "a", job) }},
		"its run lost the token": {left: true, given: func(t *testing.T, b *bench, job string) {
			b.claim(t, "a", job)
			b.ended(t, "a", contract.CodeConcurAuth)
		}},
		"its run met the deadline": {left: true, given: func(t *testing.T, b *bench, job string) {
			b.claim(t, "a", job)
			b.ended(t, "a", contract.CodeConcurDeadline)
		}},
		"its run was cancelled": {left: true, given: func(t *testing.T, b *bench, job string) { b.claim(t, "a", job); b.ended(t, "a", "Canceled") }},
		"no list could be read": {left: true, given: func(t *testing.T, b *bench, job string) {
			b.claim(t, "a", job)
			b.ended(t, "a", contract.CodeListUnavailable)
		}},
		"its totals do not agree": {given: func(t *testing.T, b *bench, job string) {
			b.claim(t, "a", job)
			b.ended(t, "a", contract.CodeControlTotals)
		}},
		"a page came in the file's place": {left: true, given: func(t *testing.T, b *bench, job string) {
			b.claim(t, "a", job)
			b.ended(t, "a", contract.CodeFileFormat)
		}},
		"its file is no extract": {given: func(t *testing.T, b *bench, job string) {
			b.claim(t, "a", job)
			b.put(t, "nightly/jobs/"+contract.JobKey(job)+"/manifest.json", evidence.Manifest{Schema: 1, Job: evidence.Job{ID: job}})
			b.ended(t, "a", contract.CodeFileFormat)
		}},
		"what came was no file": {given: func(t *testing.T, b *bench, job string) {
			b.claim(t, "a", job)
			b.put(t, "nightly/jobs/"+contract.JobKey(job)+"/raw/extract.zip", "a zip of messages")
			b.ended(t, "a", contract.CodeFileFormat)
		}, left: true},
		"its file is encrypted": {given: func(t *testing.T, b *bench, job string) {
			b.claim(t, "a", job)
			b.ended(t, "a", contract.CodeFileEncrypted)
		}},
		"other bytes are there": {given: func(t *testing.T, b *bench, job string) {
			b.claim(t, "a", job)
			b.ended(t, "a", contract.CodeLandingConflict)
		}},
		"a later run is on it": {given: func(t *testing.T, b *bench, job string) {
			b.claim(t, "a", job)
			b.claim(t, "b", job)
			b.a.Runs = running{{"w-b", "b"}: true}
		}},
		"history": {given: func(t *testing.T, b *bench, job string) {
			b.put(t, "nightly/baseline.json", map[string]any{"jobIds": []string{job}})
		}},
		"history that a run was on": {left: true, given: func(t *testing.T, b *bench, job string) {
			b.put(t, "nightly/baseline.json", map[string]any{"jobIds": []string{job}})
			b.claim(t, "a", job)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBench(t, concurtest.Definition{History: 1})
			job := b.history()[0]
			if test.given != nil {
				test.given(t, b, job)
			}
			if test.left {
				require.Equal(t, []string{job}, b.leftOver(t, ""))
				require.Empty(t, b.leftOver(t, job), "the run's own")
			} else {
				require.Empty(t, b.leftOver(t, ""))
			}
		})
	}
}

func TestFindLeftOverOldestFirst(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 4, Timing: slow})
	b.concur.StartJob("def") // not complete yet
	require.Equal(t, b.history()[:4], b.leftOver(t, ""))
}

func TestFindLeftOverSince(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 4})
	jobs := b.concur.Jobs("def")
	b.put(t, "nightly/baseline.json", map[string]any{"jobIds": b.history()})
	require.Empty(t, b.leftOver(t, ""))
	b.scope.Settings.Recover = recoverSince(jobs[2].Started)
	require.Subset(t, b.leftOver(t, ""), []string{jobs[2].ID, jobs[3].ID})
	require.NotContains(t, b.leftOver(t, ""), jobs[0].ID)
}

// A job that a run was on is found by its claim when newer jobs have pushed it out of the list.
func TestFindLeftOverBeyondTheList(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 104})
	jobs := b.history()
	b.put(t, "nightly/baseline.json", map[string]any{"jobIds": jobs})
	for i, run := range []string{"lost", "done", "broken", "on"} {
		b.claim(t, run, jobs[i])
	}
	b.put(t, "nightly/jobs/"+contract.JobKey(jobs[1])+"/tieout/001/result.json", struct{}{})
	b.ended(t, "broken", contract.CodeFileEncrypted)
	b.a.Runs = running{{"w-on", "on"}: true}
	b.claim(t, "gone", "forgotten")
	b.claim(t, "mistyped", "not a job's id")
	require.Equal(t, jobs[:1], b.leftOver(t, ""))
}

func TestPickUp(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 3})
	b.a.Runs = running{{b.scope.WorkflowID, b.scope.RunID}: true, {"w-other", "other"}: true}
	jobs := b.history()
	pickUp := func() (string, error) {
		picked, err := call(b, contract.PickUp, contract.JobParams{Scope: b.scope})
		return picked.JobID, err
	}
	for range 2 { // the activity may be made again
		picked, err := pickUp()
		require.NoError(t, err)
		require.Equal(t, jobs[2], picked, "the first run takes the newest")
		require.ElementsMatch(t, jobs[:2], b.baseline(t))
	}
	require.Empty(t, b.leftOver(t, jobs[2]))

	b.put(t, "nightly/jobs/"+contract.JobKey(jobs[2])+"/tieout/001/result.json", struct{}{})
	_, err := pickUp()
	isError(t, err, "NotYet", false)

	b.concur.StartJob("def")
	b.concur.StartJob("def")
	newer := b.history()[3:]
	require.Eventually(t, func() bool { return len(b.leftOver(t, "")) == 2 }, time.Minute, 10*time.Millisecond)
	picked, err := pickUp()
	require.NoError(t, err)
	require.Equal(t, newer[1], picked)
	require.Equal(t, newer[:1], b.leftOver(t, picked), "the older one is recovered")
	b.scope.WorkflowID, b.scope.RunID = "w-late", "late"
	require.Equal(t, newer[:1], b.leftOver(t, ""), "another run leaves the picked one to its run, which has not said yet that it has it")
	b.claim(t, "other", newer[0])
	_, err = pickUp()
	isError(t, err, "NotYet", false)

	b.concur.Inject(concurtest.Fault{Operation: concurtest.OpJobs, HTML200: true})
	_, err = pickUp()
	isError(t, err, contract.CodeTemporary, false)
}

// Before the first job there is no baseline to write: the first that completes is landed, whenever it does.
func TestPickUpOfTheVeryFirstJob(t *testing.T) {
	b := startBench(t, concurtest.Definition{})
	_, err := call(b, contract.PickUp, contract.JobParams{Scope: b.scope})
	isError(t, err, "NotYet", false)
	job := b.concur.StartJob("def").ID
	require.Eventually(t, func() bool {
		picked, err := call(b, contract.PickUp, contract.JobParams{Scope: b.scope})
		return err == nil && picked.JobID == job
	}, time.Minute, 10*time.Millisecond)
	require.Empty(t, b.baseline(t))
}
