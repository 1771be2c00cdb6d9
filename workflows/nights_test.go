package workflows_test

import (
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tieout/activities"
	"tieout/internal/bucket"
	"tieout/internal/bucket/s3test"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
	"tieout/internal/report"
	"tieout/workflows"
)

// nights is one pipeline over many nights: real workflows and activities on a real bucket, and a Concur in memory that
// lists the last 100 jobs. Time is simulated, one night a day.
type nights struct {
	activities.Concur
	t       *testing.T
	bucket  *s3test.Server
	store   *bucket.Store
	a       *activities.Activities
	first   time.Time
	clock   func() time.Time
	runID   string
	jobs    []nightJob
	answer  string // what becomes of the next POST: "", made and lost, or never made
	code    string // that the rows of the next job hold
	rows    int
	reports map[string]*report.Document // by business date
	results map[string]*contract.ExtractResult
}

// nightJob is a job at Concur, which completes as soon as it was made.
type nightJob struct {
	id   string
	at   time.Time
	file string
}

const (
	nightsBucket = "evidence"
	nightsSpan   = 200
	nightsPause  = 120 // for a week
	nightsBurst  = 150
)

func newNights(t *testing.T) *nights {
	n := &nights{t: t, bucket: s3test.NewServer(nightsBucket), first: time.Date(2026, 1, 1, 22, 0, 0, 0, time.UTC),
		reports: map[string]*report.Document{}, results: map[string]*contract.ExtractResult{}}
	t.Cleanup(n.bucket.Close)
	settings := pipeline.Pipeline{
		Name: "nightly", Connection: "acme", Definition: "SAE", Acquire: pipeline.AcquireStart, OnFindings: pipeline.OnFindingsReport,
		ControlTotals: pipeline.ControlReport, ListWalkLimit: 100,
		Format: pipeline.Format{Name: "delimited", Delimiter: "|", Header: pipeline.HeaderControl, Amount: "3", Currency: "4", Report: "5"},
		Checks: []pipeline.Check{{Name: "Account", List: "Accounts", Columns: []pipeline.Column{"2"}, Blank: pipeline.BlankReport}},
		Poll: pipeline.Poll{First: pipeline.Duration(time.Second), Max: pipeline.Duration(time.Minute),
			Deadline: pipeline.Duration(6 * time.Hour), Visibility: pipeline.Duration(5 * time.Second)},
	}
	n.store = bucket.New(&remembering{S3: n.bucket.Client(), bodies: map[string]*remembered{}}, nightsBucket, bucket.Options{})
	n.a = &activities.Activities{
		Config: &config.Config{Storage: config.Storage{Bucket: nightsBucket}, Pipelines: map[string]pipeline.Pipeline{"nightly": settings},
			Connections: map[string]config.Connection{"acme": {ListsAPI: config.ListsV1}}},
		Connections: map[string]activities.Concur{"acme": n}, Evidence: evidence.NewStorage(n.store),
		Runs: n, Clock: func() time.Time { return n.clock() },
	}
	return n
}

// date is the business date of a night, from 1.
func (n *nights) date(night int) string {
	return n.first.AddDate(0, 0, night-1).Format(time.DateOnly)
}

// run is one night from its schedule's time to its end.
func (n *nights) run(night int) *contract.ExtractResult {
	n.t.Helper()
	id := contract.Run{Pipeline: "nightly", Slot: contract.Slot{Date: n.date(night)}}.ID()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(time.Minute)
	env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute, Interceptors: []interceptor.WorkerInterceptor{&renamed{n: n}}})
	env.SetStartTime(n.first.AddDate(0, 0, night-1))
	env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: id, TaskQueue: contract.TaskQueue})
	env.RegisterWorkflowWithOptions(workflows.ConcurExtract, workflow.RegisterOptions{Name: contract.TypeConcurExtract})
	env.RegisterWorkflowWithOptions(workflows.Reconcile, workflow.RegisterOptions{Name: contract.TypeReconcile})
	n.a.Register(env)
	n.clock, n.runID = env.Now, "run-of-"+n.date(night)
	env.RegisterDelayedCallback(func() { // an hour on, nobody may be waited for
		if value, err := env.QueryWorkflow(contract.QueryProgress); err == nil {
			var progress contract.Progress
			require.NoError(n.t, value.Get(&progress))
			require.NotEqual(n.t, contract.PhaseAmbiguous, progress.Phase, "night %d waits for a person: %s", night, progress.Message)
		}
	}, time.Hour)
	env.ExecuteWorkflow(contract.TypeConcurExtract, contract.ExtractInput{})
	require.NoError(n.t, env.GetWorkflowError(), "night %d", night)
	var result contract.ExtractResult
	require.NoError(n.t, env.GetWorkflowResult(&result))
	var document report.Document
	key := strings.TrimPrefix(result.Reports.JSON, "s3://"+nightsBucket+"/")
	require.NoError(n.t, n.store.GetJSON(n.t.Context(), key, &document))
	n.results[result.BusinessDate], n.reports[result.BusinessDate] = &result, &document
	return &result
}

// Over two hundred nights of one pipeline nothing is lost without a word: answers of Concur that were lost, nights
// without rows, a week's pause and more foreign jobs than Concur lists leave every job landed or named, no night waits
// for a person although the list is full from the 100th job on, and findings age as they should.
func TestTwoHundredNights(t *testing.T) {
	t.Parallel()
	n := newNights(t)
	for i := range 3 { // from before the pipeline's first night
		n.foreign(n.first.AddDate(0, 0, i-3))
	}
	var gaps []contract.Gap
	last := nightsSpan
	if underRace {
		last = 60
	}
	for night := 1; night <= last; night++ {
		at := n.first.AddDate(0, 0, night-1)
		switch {
		case night >= nightsPause && night < nightsPause+7: // nobody runs the pipeline, and somebody else the definition
			n.foreign(at)
			continue
		case night == nightsBurst:
			for i := range 130 {
				n.foreign(at.Add(time.Duration(i-140) * time.Minute))
			}
		}
		n.rows, n.code, n.answer = 3, "600", ""
		switch {
		case night%7 == 0:
			n.rows = 0
		case night >= 10 && night <= 30, night == 40, night == 75:
			n.code = "##A"
		}
		switch {
		case night%17 == 3:
			n.answer = "made and lost"
		case night%23 == 5:
			n.answer = "never made"
		}
		result := n.run(night)
		require.Equal(t, n.date(night), result.BusinessDate)
		if result.Gap != nil {
			gaps = append(gaps, *result.Gap)
		}
		n.ages(night)
	}
	named, pushed := 0, 0
	if last >= nightsBurst {
		require.NotEmpty(t, gaps)
		pushed = 31 // by 130 jobs and the night's own, out of a list of 100
	}
	for _, job := range n.jobs[3:] {
		if slices.ContainsFunc(gaps, func(g contract.Gap) bool { return within(t, g, job.at) }) {
			named++
			continue
		}
		key := contract.JobKey(job.id)
		results, err := n.store.List(t.Context(), n.keys().TieOuts(key))
		require.NoError(t, err)
		require.True(t, slices.ContainsFunc(results, func(o bucket.Object) bool { return evidence.IsResult(o.Key) }), "%s of %s has no result", job.id, job.at)
	}
	require.Equal(t, pushed, named, "what no list showed lies in a gap that is named")
	n.oneJobADate()
}

// within reports whether a time lies in a gap.
func within(t *testing.T, g contract.Gap, at time.Time) bool {
	after, err := time.Parse(time.RFC3339, g.After)
	require.NoError(t, err)
	before, err := time.Parse(time.RFC3339, g.Before)
	require.NoError(t, err)
	return at.After(after) && at.Before(before)
}

func (n *nights) keys() evidence.Keys { return evidence.Keys{Pipeline: "nightly"} }

// ages wants the findings of the code that is wrong from night 10 to 30, and again in nights 40 and 75.
func (n *nights) ages(night int) {
	n.t.Helper()
	document := n.reports[n.date(night)]
	var statuses []string
	for _, finding := range document.Findings {
		if finding.Check == "Account" {
			statuses = append(statuses, finding.Status+" since "+finding.Since)
		}
	}
	gaps := slices.ContainsFunc(document.Findings, func(f reconcile.Finding) bool { return f.Class == reconcile.ControlBatchGap })
	require.Equal(n.t, night == nightsBurst, gaps, "only batches that nobody can land are missing, night %d", night)
	empty := night%7 == 0
	switch {
	case empty:
		require.Empty(n.t, statuses)
		require.Empty(n.t, document.Resolved, "a night without rows resolves nothing, night %d", night)
	case night == 10:
		require.Equal(n.t, []string{"new since " + n.date(10)}, statuses)
	case night > 10 && night <= 30:
		require.Equal(n.t, []string{"repeated since " + n.date(10)}, statuses, "night %d", night)
	case night == 31:
		require.Empty(n.t, statuses)
		require.Len(n.t, document.Resolved, 1)
	case night == 40:
		require.Equal(n.t, []string{"new since " + n.date(10)}, statuses, "it was first seen in night 10")
	case night == 75:
		require.Equal(n.t, []string{"new since " + n.date(75)}, statuses, "what is more than 30 nights old is forgotten")
	}
}

// oneJobADate wants each night that ran to have a job of its own, which no other night has.
func (n *nights) oneJobADate() {
	n.t.Helper()
	of := map[string]string{}
	for date, result := range n.results {
		other, taken := of[result.Job.ID]
		require.False(n.t, taken, "%s and %s have both job %s", date, other, result.Job.ID)
		of[result.Job.ID] = date
	}
}
