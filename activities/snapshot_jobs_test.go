package activities_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur"
	"tieout/concur/concurtest"
	"tieout/internal/contract"
)

func (b *bench) snapshot() (contract.JobsSnapshot, error) {
	return call(b, contract.SnapshotJobs, contract.SnapshotJobsParams{Scope: b.scope})
}

func (b *bench) baseline(t *testing.T) []string {
	t.Helper()
	text, there := b.s3.Object(evidenceBucket, "nightly/baseline.json")
	require.True(t, there)
	var baseline struct {
		JobIDs []string `json:"jobIds"`
	}
	require.NoError(t, json.Unmarshal(text, &baseline))
	return baseline.JobIDs
}

// The first snapshot writes the baseline, and no later one changes it. A job that is on is not history: it is landed.
func TestSnapshotWritesTheBaselineOnce(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 2, Timing: slow})
	old := b.concur.Jobs("def")
	on := b.concur.StartJob("def")
	snapshot, err := b.snapshot()
	require.NoError(t, err)
	require.ElementsMatch(t, []string{old[0].ID, old[1].ID, on.ID}, snapshot.JobIDs)
	require.False(t, snapshot.Full)
	require.Nil(t, snapshot.Open)
	require.ElementsMatch(t, []string{old[0].ID, old[1].ID}, b.baseline(t))

	later := b.concur.StartJob("def")
	snapshot, err = b.snapshot()
	require.NoError(t, err)
	require.Contains(t, snapshot.JobIDs, later.ID)
	require.Len(t, b.baseline(t), 2)
}

func TestSnapshotSeesAFullList(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 130})
	snapshot, err := b.snapshot()
	require.NoError(t, err)
	require.True(t, snapshot.Full)
	require.Len(t, snapshot.JobIDs, 100)
}

// noted is an attempt of a run, as it lies in S3.
type noted struct {
	run, date string
	attempt   int
	jobs      []string
	minute    int
	fenced    bool
}

func (b *bench) note(t *testing.T, n noted) {
	if n.date == "" {
		n.date = b.scope.BusinessDate
	}
	b.put(t, fmt.Sprintf("nightly/runs/%s/date.intent-%d.json", n.date, n.attempt), map[string]any{
		"schema": 1, "businessDate": n.date, "slot": "date", "workflowId": "w-" + n.run, "runId": n.run, "attempt": n.attempt, "jobIds": n.jobs,
		"fenced": n.fenced, "at": time.Date(2026, 11, 20, 4, n.minute, 0, 0, time.UTC)})
}

// What a run knows of its attempts stands in its record, where the next run of the date finds it.
func TestRecordTellsWhatBecameOfTheStart(t *testing.T) {
	b := startBench(t, concurtest.Definition{})
	b.concur.Inject(concurtest.Fault{Operation: concurtest.OpStart, Status: http.StatusServiceUnavailable, Times: 1})
	unknown, err := b.start(1, "job-0")
	require.NoError(t, err)
	require.Equal(t, contract.PostUnknown, unknown.Outcome)
	ended := func(attempts contract.Attempts) {
		_, err := call(b, contract.RecordRun, contract.RecordRunParams{Scope: b.scope, Code: "Canceled", Attempts: &attempts})
		require.NoError(t, err)
	}
	ended(contract.Attempts{Settled: 0, Unknown: []int{1}})

	b.scope.RunID = "run-2"
	snapshot, err := b.snapshot()
	require.NoError(t, err)
	require.Equal(t, "run-1", snapshot.Open.RunID)
	require.Equal(t, []string{"job-0"}, snapshot.Open.JobIDs)
	require.Equal(t, 1, snapshot.Attempts)
	require.Equal(t, []int{1}, snapshot.Unknown)
	ended(contract.Attempts{Settled: 1, Unknown: []int{1}}) // it looked, found nothing, and failed before it asked again

	b.scope.RunID = "run-3"
	snapshot, err = b.snapshot()
	require.NoError(t, err)
	require.Nil(t, snapshot.Open)
	require.Equal(t, []int{1}, snapshot.Unknown, "it counts against the number of starts all the same")
}

// A run of a date that failed, was terminated or cancelled is begun anew, and takes the job that its date has already,
// unless that failed at Concur.
func TestADateTakesTheJobThatItHas(t *testing.T) {
	completed := func(t *testing.T, b *bench) string {
		started, err := b.start(1)
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			job, err := b.a.Connections["acme"].Job(t.Context(), "def", started.JobID)
			return err == nil && job.State == concur.Completed
		}, time.Minute, time.Millisecond)
		return started.JobID
	}
	t.Run("its run was lost", func(t *testing.T) {
		b := startBench(t, concurtest.Definition{})
		job := completed(t, b)
		b.scope.RunID = "run-2"
		snapshot, err := b.snapshot()
		require.NoError(t, err)
		require.Equal(t, &contract.SlotJob{ID: job, Origin: contract.OriginStarted}, snapshot.Job)
		require.Nil(t, snapshot.Open)
	})
	t.Run("recovery has taken it up", func(t *testing.T) {
		b := startBench(t, concurtest.Definition{})
		job := completed(t, b)
		child := b.scope
		child.RunID, child.WorkflowID, child.BusinessDate, child.Slot = "child", contract.Run{Pipeline: "nightly", JobKey: contract.JobKey(job)}.ID(), "2026-11-21", contract.Slot{}
		_, err := call(b, contract.ClaimJob, contract.JobParams{Scope: child, JobID: job, Origin: contract.OriginGiven})
		require.NoError(t, err)
		b.a.Runs = running{{child.WorkflowID, ""}: true}
		b.scope.RunID = "run-2"
		snapshot, err := b.snapshot()
		require.NoError(t, err)
		require.Equal(t, child.WorkflowID, snapshot.Running)
		require.Nil(t, snapshot.Job)
		b.a.Runs = running{}
		snapshot, err = b.snapshot()
		require.NoError(t, err)
		require.Equal(t, job, snapshot.Job.ID)
	})
	t.Run("it failed at Concur", func(t *testing.T) {
		b := startBench(t, concurtest.Definition{Timing: concurtest.Timing{FailAll: true}})
		started, err := b.start(1)
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			job, err := b.a.Connections["acme"].Job(t.Context(), "def", started.JobID)
			return err == nil && job.State == concur.Failed
		}, time.Minute, time.Millisecond)
		b.scope.RunID = "run-2"
		snapshot, err := b.snapshot()
		require.NoError(t, err)
		require.Nil(t, snapshot.Job)
		require.Nil(t, snapshot.Open, "Concur answered the attempt")
		require.Empty(t, snapshot.Unknown)
		require.Equal(t, 1, snapshot.Attempts)
	})
	t.Run("another date's is not taken", func(t *testing.T) {
		b := startBench(t, concurtest.Definition{})
		completed(t, b)
		b.note(t, noted{run: "x", date: "2026-11-21", attempt: 1})
		b.scope.RunID, b.scope.BusinessDate, b.scope.Slot = "run-2", "2026-11-21", contract.Slot{Date: "2026-11-21"}
		snapshot, err := b.snapshot()
		require.NoError(t, err)
		require.Nil(t, snapshot.Job)
	})
}

// After a person's stop nothing is started unasked, by whatever run of the date.
func TestAStopHoldsForTheDate(t *testing.T) {
	b := startBench(t, concurtest.Definition{})
	b.note(t, noted{run: "run-1", attempt: 1})
	_, err := call(b, contract.RecordRun, contract.RecordRunParams{Scope: b.scope, Code: contract.CodeStartAmbiguous,
		Attempts: &contract.Attempts{Unknown: []int{1}}, Stopped: &contract.Stopped{By: "ann", Reason: "there is a job"}, At: time.Now()})
	require.NoError(t, err)
	b.scope.RunID = "run-2"
	snapshot, err := b.snapshot()
	require.NoError(t, err)
	require.Equal(t, &contract.Stopped{By: "ann", Reason: "there is a job"}, snapshot.Stopped)
}
