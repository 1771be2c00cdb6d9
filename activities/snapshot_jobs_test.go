package activities_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/workflows"
)

func (b *bench) snapshot() (workflows.JobsSnapshot, error) {
	return call[workflows.JobsSnapshot](b, workflows.ActivitySnapshotJobs, workflows.SnapshotJobsParams{Scope: b.scope})
}

func (b *bench) baseline(t *testing.T) []string {
	t.Helper()
	text, there := b.s3.Object(bucket, "nightly/baseline.json")
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
	require.Nil(t, snapshot.OpenIntent)
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

// noted is an intent of another run, as it lies in S3.
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
	b.put(t, fmt.Sprintf("nightly/runs/%s/%s.intent-%d.json", n.date, n.run, n.attempt), map[string]any{
		"schema": 1, "workflowId": "w-" + n.run, "runId": n.run, "attempt": n.attempt, "jobIds": n.jobs, "fenced": n.fenced,
		"at": time.Date(2026, 11, 20, 4, n.minute, 0, 0, time.UTC)})
}

func TestOpenIntents(t *testing.T) {
	type record map[string]any
	for name, test := range map[string]struct {
		intents  []noted
		records  map[string]record
		on       string // the run that is on
		open     string // the run whose intent is open
		jobs     []string
		attempts int
		others   []string
	}{
		"none":                       {},
		"its history was lost":       {intents: []noted{{run: "a", attempt: 1, jobs: []string{"j"}}}, open: "a", jobs: []string{"j"}, attempts: 1, others: []string{"a"}},
		"it is on":                   {intents: []noted{{run: "a", attempt: 1}}, on: "a"},
		"it has a record":            {intents: []noted{{run: "a", attempt: 1}}, records: map[string]record{"a": {"jobId": "j"}}},
		"it ended without knowing":   {intents: []noted{{run: "a", attempt: 1}}, records: map[string]record{"a": {"code": "Canceled", "unsettled": true}}, open: "a", attempts: 1, others: []string{"a"}},
		"a later run settled it":     {intents: []noted{{run: "a", attempt: 1}}, records: map[string]record{"b": {"jobId": "j", "settled": []string{"a"}}}},
		"settled, though it said so": {intents: []noted{{run: "a", attempt: 1}}, records: map[string]record{"a": {"unsettled": true}, "b": {"settled": []string{"a"}}}},
		"nothing was sent":           {intents: []noted{{run: "a", attempt: 1, fenced: true}}},
		"of another date":            {intents: []noted{{run: "a", attempt: 1, date: "2026-11-19"}}},
		"its own, before a reset":    {intents: []noted{{run: "run-1", attempt: 1, jobs: []string{"j"}}}, open: "run-1", jobs: []string{"j"}, attempts: 1},
		"its own, with a record":     {intents: []noted{{run: "run-1", attempt: 1}}, records: map[string]record{"run-1": {"jobId": "j"}}, open: "run-1", attempts: 1},
		"several attempts": {intents: []noted{{run: "a", attempt: 1, fenced: true}, {run: "a", attempt: 2, jobs: []string{"j"}, minute: 1},
			{run: "a", attempt: 10, jobs: []string{"j", "k"}, minute: 9}, {run: "a", attempt: 3, jobs: []string{"j"}, minute: 2}},
			open: "a", jobs: []string{"j"}, attempts: 10, others: []string{"a"}},
		"the newest of several runs": {intents: []noted{{run: "a", attempt: 1, minute: 5, jobs: []string{"j", "k"}}, {run: "b", attempt: 1, minute: 1, jobs: []string{"j"}}},
			open: "a", jobs: []string{"j", "k"}, attempts: 1, others: []string{"b", "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBench(t, concurtest.Definition{})
			b.a.Runs = runsOn{{"w-" + test.on, test.on}: true}
			for _, n := range test.intents {
				b.note(t, n)
			}
			for run, r := range test.records {
				r["schema"], r["runId"] = 1, run
				b.put(t, "nightly/runs/2026-11-20/"+run+".json", r)
			}
			snapshot, err := b.snapshot()
			require.NoError(t, err)
			if test.open == "" {
				require.Nil(t, snapshot.OpenIntent)
				return
			}
			require.NotNil(t, snapshot.OpenIntent)
			require.Equal(t, test.open, snapshot.OpenIntent.RunID)
			require.Equal(t, test.jobs, snapshot.OpenIntent.JobIDs)
			require.Equal(t, test.attempts, snapshot.OpenIntent.Attempts)
			require.Equal(t, test.others, snapshot.OpenIntent.Runs)
		})
	}
}

// What a run says of its start stands in its record, where the next one finds it.
func TestRecordTellsWhatBecameOfTheStart(t *testing.T) {
	b := startBench(t, concurtest.Definition{})
	_, err := b.start(1, "job-0")
	require.NoError(t, err)
	_, err = call[struct{}](b, workflows.ActivityRecordRun, workflows.RecordRunParams{Scope: b.scope, Code: "Canceled", Unsettled: true})
	require.NoError(t, err)

	b.scope.RunID = "run-2"
	snapshot, err := b.snapshot()
	require.NoError(t, err)
	require.Equal(t, "run-1", snapshot.OpenIntent.RunID)
	b.scope.Settled = snapshot.OpenIntent.Runs
	_, err = call[struct{}](b, workflows.ActivityRecordRun, workflows.RecordRunParams{Scope: b.scope, Code: workflows.CodeConcurAuth})
	require.NoError(t, err)

	b.scope.RunID, b.scope.Settled = "run-3", nil
	snapshot, err = b.snapshot()
	require.NoError(t, err)
	require.Nil(t, snapshot.OpenIntent)
}
