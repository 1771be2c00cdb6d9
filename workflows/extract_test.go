package workflows_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/money"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
	"tieout/workflows"
)

// night is the test environment of one run with activities that answer as a quiet night does; a test overrides what
// it is about, before the answers of the quiet night are put in with quiet.
type night struct {
	*testsuite.TestWorkflowEnvironment
	settings pipeline.Pipeline
	result   workflows.ExtractResult
	started  []workflows.StartJobParams
	records  []workflows.RecordRunParams
	handed   []workflows.HandOverParams
	landed   []workflows.LandParams
	// mu guards what the answers note: activities of children run side by side.
	mu sync.Mutex
}

func newNight(t *testing.T) *night {
	var suite testsuite.WorkflowTestSuite
	n := &night{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment()}
	n.SetTestTimeout(time.Minute)
	n.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	n.RegisterWorkflowWithOptions(workflows.ConcurExtract, workflow.RegisterOptions{Name: workflows.TypeConcurExtract})
	n.RegisterWorkflowWithOptions(workflows.Reconcile, workflow.RegisterOptions{Name: workflows.TypeReconcile})
	n.settings = pipeline.Pipeline{
		Name: "nightly-sae", Acquire: pipeline.AcquireStart, OnFindings: pipeline.OnFindingsReport,
		Poll: pipeline.Poll{First: pipeline.Duration(15 * time.Second), Max: pipeline.Duration(2 * time.Minute),
			Deadline: pipeline.Duration(6 * time.Hour), Visibility: pipeline.Duration(10 * time.Minute)},
		Hold: pipeline.Hold{Deadline: pipeline.Duration(48 * time.Hour), Then: workflows.OutcomeRejected},
	}
	n.result = workflows.ExtractResult{Schema: 1, Pipeline: "nightly-sae", BusinessDate: "2026-11-20", Outcome: workflows.OutcomeClean,
		Job: workflows.Job{ID: "job-1"}, TieOut: 1, Findings: reconcile.FindingsSummary{Amounts: money.Sums{}}}
	n.SetStartTime(time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC))
	registerActivities(n)
	t.Cleanup(func() { n.AssertExpectations(t) })
	return n
}

// registerActivities makes the names known; every answer is mocked.
func registerActivities(n *night) {
	for name, function := range map[string]any{
		workflows.ActivityConfigure:    func(context.Context, workflows.ConfigureParams) (workflows.Configured, error) { panic("mocked") },
		workflows.ActivityPrepare:      func(context.Context, workflows.PrepareParams) (workflows.Prepared, error) { panic("mocked") },
		workflows.ActivitySnapshotJobs: func(context.Context, workflows.SnapshotJobsParams) (workflows.JobsSnapshot, error) { panic("mocked") },
		workflows.ActivityStartJob:     func(context.Context, workflows.StartJobParams) (workflows.StartJobResult, error) { panic("mocked") },
		workflows.ActivityFenceStart:   func(context.Context, workflows.FenceStartParams) (workflows.FenceStartResult, error) { panic("mocked") },
		workflows.ActivityFindStarted: func(context.Context, workflows.FindStartedParams) (workflows.FindStartedResult, error) {
			panic("mocked")
		},
		workflows.ActivityDescribeJob:  func(context.Context, workflows.JobParams) (workflows.Job, error) { panic("mocked") },
		workflows.ActivityPickUp:       func(context.Context, workflows.JobParams) (workflows.PickUpResult, error) { panic("mocked") },
		workflows.ActivityFindLeftOver: func(context.Context, workflows.JobParams) (workflows.FindLeftOverResult, error) { panic("mocked") },
		workflows.ActivityClaimJob:     func(context.Context, workflows.JobParams) error { panic("mocked") },
		workflows.ActivityWaitForJob:   func(context.Context, workflows.JobParams) (workflows.Job, error) { panic("mocked") },
		workflows.ActivityLand:         func(context.Context, workflows.LandParams) (workflows.Landed, error) { panic("mocked") },
		workflows.ActivityOpenTieOut:   func(context.Context, workflows.TieOutParams) (workflows.OpenTieOutResult, error) { panic("mocked") },
		workflows.ActivityScan:         func(context.Context, workflows.TieOutParams) (workflows.ScanResult, error) { panic("mocked") },
		workflows.ActivityReadLists:    func(context.Context, workflows.TieOutParams) (workflows.ReadListsResult, error) { panic("mocked") },
		workflows.ActivityReport:       func(context.Context, workflows.TieOutParams) (workflows.ReportResult, error) { panic("mocked") },
		workflows.ActivityDecide:       func(context.Context, workflows.DecideParams) (workflows.Reports, error) { panic("mocked") },
		workflows.ActivityHandOver:     func(context.Context, workflows.HandOverParams) error { panic("mocked") },
		workflows.ActivityRecordRun:    func(context.Context, workflows.RecordRunParams) error { panic("mocked") },
		workflows.ActivityNotify:       func(context.Context, workflows.NotifyParams) error { panic("mocked") },
	} {
		n.RegisterActivityWithOptions(function, activity.RegisterOptions{Name: name})
	}
}

// prepared puts in what every run asks first.
func (n *night) prepared() *night {
	n.OnActivity(workflows.ActivityConfigure, mock.Anything, mock.Anything).Return(func(context.Context, workflows.ConfigureParams) (workflows.Configured, error) {
		return workflows.Configured{Settings: n.settings, BusinessDate: "2026-11-20"}, nil
	}).Maybe()
	n.OnActivity(workflows.ActivityPrepare, mock.Anything, mock.Anything).Return(workflows.Prepared{DefinitionID: "def", DefinitionName: "SAE"}, nil).Maybe()
	n.OnActivity(workflows.ActivitySnapshotJobs, mock.Anything, mock.Anything).Return(workflows.JobsSnapshot{JobIDs: []string{"job-0"}}, nil).Maybe()
	n.OnActivity(workflows.ActivityRecordRun, mock.Anything, mock.Anything).Return(func(_ context.Context, p workflows.RecordRunParams) error {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.records = append(n.records, p)
		return nil
	}).Maybe()
	return n
}

// posts answers the POSTs in turn.
func (n *night) posts(answers ...workflows.StartJobResult) *night {
	n.OnActivity(workflows.ActivityStartJob, mock.Anything, mock.Anything).Return(func(_ context.Context, p workflows.StartJobParams) (workflows.StartJobResult, error) {
		n.started = append(n.started, p)
		if len(n.started) > len(answers) {
			return workflows.StartJobResult{}, temporal.NewNonRetryableApplicationError("a POST too many", "TooMany", nil)
		}
		return answers[len(n.started)-1], nil
	})
	return n
}

// quiet puts in the rest of a quiet night, from the claim on.
func (n *night) quiet() *night {
	n.OnActivity(workflows.ActivityClaimJob, mock.Anything, mock.Anything).Return(nil).Maybe()
	n.OnActivity(workflows.ActivityFindLeftOver, mock.Anything, mock.Anything).Return(workflows.FindLeftOverResult{}, nil).Maybe()
	n.OnActivity(workflows.ActivityWaitForJob, mock.Anything, mock.Anything).Return(func(_ context.Context, p workflows.JobParams) (workflows.Job, error) {
		return workflows.Job{ID: p.JobID, Origin: p.Origin}, nil
	}).Maybe()
	return n.tiesOut()
}

func (n *night) tiesOut() *night {
	n.OnActivity(workflows.ActivityLand, mock.Anything, mock.Anything).Return(func(_ context.Context, p workflows.LandParams) (workflows.Landed, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.result.Job = p.Job
		n.landed = append(n.landed, p)
		return workflows.Landed{Manifest: "s3://b/manifest.json", JobKey: "key", Files: 1, Job: p.Job}, nil
	}).Maybe()
	n.OnActivity(workflows.ActivityOpenTieOut, mock.Anything, mock.Anything).Return(workflows.OpenTieOutResult{Number: 1, Files: 1}, nil).Maybe()
	n.OnActivity(workflows.ActivityScan, mock.Anything, mock.Anything).Return(workflows.ScanResult{Records: 1}, nil).Maybe()
	n.OnActivity(workflows.ActivityReadLists, mock.Anything, mock.Anything).Return(workflows.ReadListsResult{}, nil).Maybe()
	n.OnActivity(workflows.ActivityReport, mock.Anything, mock.Anything).Return(func(context.Context, workflows.TieOutParams) (workflows.ReportResult, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		return workflows.ReportResult{Result: n.result}, nil
	}).Maybe()
	n.OnActivity(workflows.ActivityDecide, mock.Anything, mock.Anything).Return(func(_ context.Context, p workflows.DecideParams) (workflows.Reports, error) {
		reports := p.Result.Reports
		reports.JSON = "s3://b/decided/report.json"
		return reports, nil
	}).Maybe()
	n.OnActivity(workflows.ActivityHandOver, mock.Anything, mock.Anything).Return(func(_ context.Context, p workflows.HandOverParams) error {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.handed = append(n.handed, p)
		return nil
	}).Maybe()
	return n
}

func (n *night) run(t *testing.T) workflows.ExtractResult {
	t.Helper()
	n.ExecuteWorkflow(workflows.TypeConcurExtract, workflows.ExtractInput{})
	require.True(t, n.IsWorkflowCompleted())
	require.NoError(t, n.GetWorkflowError())
	var result workflows.ExtractResult
	require.NoError(t, n.GetWorkflowResult(&result))
	return result
}

func (n *night) fails(t *testing.T, code string) *temporal.ApplicationError {
	t.Helper()
	n.ExecuteWorkflow(workflows.TypeConcurExtract, workflows.ExtractInput{})
	require.True(t, n.IsWorkflowCompleted())
	var failed *temporal.ApplicationError
	require.ErrorAs(t, n.GetWorkflowError(), &failed)
	require.Equal(t, code, failed.Type(), failed.Message())
	require.Len(t, n.records, 1, "a failed run leaves its record")
	require.Equal(t, code, n.records[0].Code)
	return failed
}

var (
	created = workflows.StartJobResult{Outcome: workflows.PostCreated, JobID: "job-1"}
	unknown = workflows.StartJobResult{Outcome: workflows.PostUnknown, Message: "connection reset"}
)

func TestQuietNight(t *testing.T) {
	n := newNight(t).prepared().posts(created).quiet()
	result := n.run(t)
	require.Equal(t, workflows.OutcomeClean, result.Outcome)
	require.Equal(t, workflows.Job{ID: "job-1", Origin: workflows.OriginStarted}, result.Job)
	require.NotNil(t, result.Recovered)
	require.Len(t, n.handed, 1)
	require.Len(t, n.started, 1)
}

func TestStartOutcomes(t *testing.T) {
	found := func(ids ...string) workflows.FindStartedResult { return workflows.FindStartedResult{JobIDs: ids} }
	for name, test := range map[string]struct {
		posts  []workflows.StartJobResult
		finds  []workflows.FindStartedResult
		job    string
		origin string
		posted int
	}{
		"created":                     {posts: []workflows.StartJobResult{created}, job: "job-1", origin: "started", posted: 1},
		"not sent, then created":      {posts: []workflows.StartJobResult{{Outcome: workflows.PostNotSent}, created}, job: "job-1", origin: "started", posted: 2},
		"refused, then created":       {posts: []workflows.StartJobResult{{Outcome: workflows.PostRefused, RetryAfter: 30}, created}, job: "job-1", origin: "started", posted: 2},
		"a job is on: adopted":        {posts: []workflows.StartJobResult{{Outcome: workflows.PostConflict}}, finds: []workflows.FindStartedResult{found("job-9")}, job: "job-9", origin: "adopted", posted: 1},
		"a job was on and has ended":  {posts: []workflows.StartJobResult{{Outcome: workflows.PostConflict}, created}, finds: []workflows.FindStartedResult{found()}, job: "job-1", origin: "started", posted: 2},
		"unknown, one new: adopted":   {posts: []workflows.StartJobResult{unknown}, finds: []workflows.FindStartedResult{found("job-2")}, job: "job-2", origin: "adopted", posted: 1},
		"unknown, none, then created": {posts: []workflows.StartJobResult{unknown, created}, finds: []workflows.FindStartedResult{found()}, job: "job-1", origin: "started", posted: 2},
		"unknown twice, then adopted": {posts: []workflows.StartJobResult{unknown, unknown}, finds: []workflows.FindStartedResult{found(), found("job-3")}, job: "job-3", origin: "adopted", posted: 2},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNight(t).prepared().posts(test.posts...).quiet()
			finds := test.finds
			n.OnActivity(workflows.ActivityFindStarted, mock.Anything, mock.Anything).Return(func(context.Context, workflows.FindStartedParams) (workflows.FindStartedResult, error) {
				next := finds[0]
				finds = finds[1:]
				return next, nil
			}).Maybe()
			result := n.run(t)
			require.Equal(t, test.job, result.Job.ID)
			require.Equal(t, test.origin, result.Job.Origin)
			require.Len(t, n.started, test.posted)
			require.Empty(t, finds)
			for i, posted := range n.started {
				require.Equal(t, i+1, posted.Attempt, "each attempt has its own intent")
				require.Equal(t, []string{"job-0"}, posted.JobIDs)
			}
		})
	}
}

// A worker that is killed while it starts the job leaves a timeout, not an answer.
func TestKilledStart(t *testing.T) {
	for name, test := range map[string]struct {
		neverSent bool
		job       string
		posted    int
	}{
		"before the request": {neverSent: true, job: "job-1", posted: 2},
		"in the request":     {neverSent: false, job: "job-2", posted: 1},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNight(t).prepared().quiet()
			n.OnActivity(workflows.ActivityStartJob, mock.Anything, mock.Anything).Return(func(_ context.Context, p workflows.StartJobParams) (workflows.StartJobResult, error) {
				n.started = append(n.started, p)
				if len(n.started) == 1 {
					return workflows.StartJobResult{}, temporal.NewHeartbeatTimeoutError()
				}
				return created, nil
			})
			n.OnActivity(workflows.ActivityFenceStart, mock.Anything, mock.Anything).Return(workflows.FenceStartResult{NeverSent: test.neverSent}, nil).Once()
			n.OnActivity(workflows.ActivityFindStarted, mock.Anything, mock.Anything).Return(workflows.FindStartedResult{JobIDs: []string{"job-2"}}, nil).Maybe()
			result := n.run(t)
			require.Equal(t, test.job, result.Job.ID)
			require.Len(t, n.started, test.posted)
		})
	}
}

func TestAmbiguousStartWaitsForAPerson(t *testing.T) {
	ambiguous := func(t *testing.T, in workflows.ResolveStartInput) *night {
		n := newNight(t).prepared().posts(unknown, unknown, created).quiet()
		n.OnActivity(workflows.ActivityFindStarted, mock.Anything, mock.Anything).Return(workflows.FindStartedResult{}, nil)
		n.OnActivity(workflows.ActivityDescribeJob, mock.Anything, mock.Anything).Return(func(_ context.Context, p workflows.JobParams) (workflows.Job, error) {
			if p.JobID != "job-7" {
				return workflows.Job{}, temporal.NewNonRetryableApplicationError("no such job", workflows.CodeConfigInvalid, nil)
			}
			return workflows.Job{ID: p.JobID}, nil
		}).Maybe()
		n.RegisterDelayedCallback(func() {
			n.UpdateWorkflow(workflows.UpdateResolveStart, "anonymous", refused(t), workflows.ResolveStartInput{Decision: "stop"})
			n.UpdateWorkflow(workflows.UpdateResolveStart, "nothing", refused(t), workflows.ResolveStartInput{Decision: "adopt", By: "pat", Reason: "seen"})
			n.UpdateWorkflow(workflows.UpdateReview, "no-review", refused(t), workflows.ReviewInput{Decision: "approve", By: "pat", Reason: "seen"})
			n.UpdateWorkflow(workflows.UpdateResolveStart, "decide", accepted(t), in)
		}, time.Hour)
		return n
	}
	t.Run("adopt", func(t *testing.T) {
		n := ambiguous(t, workflows.ResolveStartInput{Decision: workflows.DecisionAdopt, JobID: "job-7", By: "pat", Reason: "seen in Concur"})
		result := n.run(t)
		require.Equal(t, "job-7", result.Job.ID)
		require.Len(t, n.started, 2)
		require.Equal(t, "seen in Concur", n.landed[0].Resolved.Reason, "the decision goes into the evidence")
	})
	t.Run("start again", func(t *testing.T) {
		n := ambiguous(t, workflows.ResolveStartInput{Decision: workflows.DecisionStartAgain, By: "pat", Reason: "Concur was down"})
		result := n.run(t)
		require.Equal(t, "job-1", result.Job.ID)
		require.Len(t, n.started, 3)
		require.Equal(t, "Concur was down", n.landed[0].Resolved.Reason)
	})
	t.Run("stop", func(t *testing.T) {
		n := ambiguous(t, workflows.ResolveStartInput{Decision: workflows.DecisionStop, By: "pat", Reason: "we wait"})
		failed := n.fails(t, workflows.CodeStartAmbiguous)
		require.Contains(t, failed.Message(), "pat")
	})
}

func refused(t *testing.T) *testsuite.TestUpdateCallback {
	return &testsuite.TestUpdateCallback{
		OnAccept:   func() { t.Error("an update without a reason or a place was accepted") },
		OnReject:   func(err error) { require.Error(t, err) },
		OnComplete: func(any, error) {},
	}
}

func accepted(t *testing.T) *testsuite.TestUpdateCallback {
	return &testsuite.TestUpdateCallback{
		OnAccept:   func() {},
		OnReject:   func(err error) { t.Errorf("the update was refused: %v", err) },
		OnComplete: func(_ any, err error) { require.NoError(t, err) },
	}
}

// Waiting is one activity that the server repeats: its polls are no business of the workflow's.
func TestWaitingEndsAtTheDeadline(t *testing.T) {
	n := newNight(t).prepared().posts(created)
	n.OnActivity(workflows.ActivityClaimJob, mock.Anything, mock.Anything).Return(nil)
	n.OnActivity(workflows.ActivityFindLeftOver, mock.Anything, mock.Anything).Return(workflows.FindLeftOverResult{}, nil).Maybe()
	n.OnActivity(workflows.ActivityWaitForJob, mock.Anything, mock.Anything).Return(workflows.Job{},
		temporal.NewTimeoutError(3, errors.New("Running for 6h00m, poll 180")))
	failed := n.fails(t, workflows.CodeConcurDeadline)
	require.Contains(t, failed.Message(), "starter run nightly-sae --date 2026-11-20 --job 'job-1'")
	require.Equal(t, "job-1", n.records[0].JobID)
}

// The deadline may pass while no worker runs: what has completed meanwhile is seen by one more look.
func TestWaitingLooksOnceMoreAfterTheDeadline(t *testing.T) {
	timeout := temporal.NewTimeoutError(3, errors.New("no worker took the activity"))
	for name, test := range map[string]struct {
		last error
		code string
	}{
		"it completed":        {},
		"it failed":           {temporal.NewNonRetryableApplicationError("job-1 ended as Failed", workflows.CodeConcurJobFailed, nil), workflows.CodeConcurJobFailed},
		"it is still running": {temporal.NewApplicationError("Running for 6h01m", "NotYet"), workflows.CodeConcurDeadline},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNight(t).prepared().posts(created)
			looks := 0
			n.OnActivity(workflows.ActivityWaitForJob, mock.Anything, mock.Anything).Return(func(_ context.Context, p workflows.JobParams) (workflows.Job, error) {
				if looks++; looks == 1 {
					return workflows.Job{}, timeout
				}
				return workflows.Job{ID: p.JobID, Origin: p.Origin}, test.last
			})
			n.quiet()
			if test.code == "" {
				n.run(t)
				return
			}
			n.fails(t, test.code)
		})
	}
}

func TestPickUpLooksOnceMoreAfterTheDeadline(t *testing.T) {
	n := newNight(t)
	n.settings.Acquire = pipeline.AcquirePickup
	n.prepared()
	looks := 0
	n.OnActivity(workflows.ActivityPickUp, mock.Anything, mock.Anything).Return(func(context.Context, workflows.JobParams) (workflows.PickUpResult, error) {
		if looks++; looks == 1 {
			return workflows.PickUpResult{}, temporal.NewTimeoutError(3, errors.New("no worker took the activity"))
		}
		return workflows.PickUpResult{JobID: "job-1"}, nil
	})
	require.Equal(t, "job-1", n.quiet().run(t).Job.ID)
}

func TestFailuresCarryTheirCode(t *testing.T) {
	n := newNight(t).prepared().posts(created)
	n.OnActivity(workflows.ActivityClaimJob, mock.Anything, mock.Anything).Return(nil)
	n.OnActivity(workflows.ActivityFindLeftOver, mock.Anything, mock.Anything).Return(workflows.FindLeftOverResult{}, nil).Maybe()
	n.OnActivity(workflows.ActivityWaitForJob, mock.Anything, mock.Anything).Return(workflows.Job{},
		temporal.NewNonRetryableApplicationError("job-1 ended as Failed", workflows.CodeConcurJobFailed, nil))
	n.fails(t, workflows.CodeConcurJobFailed)
}

func TestControlTotalsEndTheRunAfterReporting(t *testing.T) {
	n := newNight(t).prepared().posts(created)
	n.OnActivity(workflows.ActivityReport, mock.Anything, mock.Anything).Return(
		workflows.ReportResult{Result: n.result, ControlTotalsFail: true, ControlMessage: "declares 3 records, holds 2"}, nil)
	n.quiet()
	failed := n.fails(t, workflows.CodeControlTotals)
	require.Equal(t, "declares 3 records, holds 2", failed.Message())
	require.Empty(t, n.handed)
}

func TestHeldRun(t *testing.T) {
	held := func(t *testing.T) *night {
		n := newNight(t).prepared().posts(created).quiet()
		n.settings.OnFindings = pipeline.OnFindingsHold
		n.result.Outcome, n.result.Findings.Count, n.result.Findings.Rows = workflows.OutcomeFindings, 3, 7
		return n
	}
	t.Run("approved", func(t *testing.T) {
		n := held(t)
		n.RegisterDelayedCallback(func() {
			n.UpdateWorkflow(workflows.UpdateReview, "no-reason", refused(t), workflows.ReviewInput{Decision: "approve", By: "pat"})
			n.UpdateWorkflow(workflows.UpdateReview, "no-word", refused(t), workflows.ReviewInput{Decision: "yes", By: "pat", Reason: "fine"})
			n.UpdateWorkflow(workflows.UpdateReview, "ok", accepted(t), workflows.ReviewInput{Decision: "approve", By: "pat", Reason: "known"})
		}, time.Hour)
		result := n.run(t)
		require.Equal(t, workflows.OutcomeApproved, result.Outcome)
		require.Equal(t, 3, result.Review.Findings, "the sign-off names its figures")
		require.Equal(t, int64(7), result.Review.Rows)
		require.Equal(t, "pat", result.Review.By)
		require.Equal(t, "s3://b/decided/report.json", result.Reports.JSON, "the result names the reports that say who decided")
		require.Equal(t, result.Reports, n.handed[0].Result.Reports)
	})
	t.Run("nobody decides", func(t *testing.T) {
		n := held(t)
		result := n.run(t)
		require.Equal(t, workflows.OutcomeRejected, result.Outcome)
		require.Equal(t, "tieout (deadline)", result.Review.By)
		require.Equal(t, "s3://b/decided/report.json", result.Reports.JSON)
	})
	t.Run("recheck, then clean", func(t *testing.T) {
		n := held(t)
		n.RegisterDelayedCallback(func() {
			n.UpdateWorkflow(workflows.UpdateReview, "again", accepted(t), workflows.ReviewInput{Decision: "recheck", By: "pat", Reason: "list mended"})
			n.result.Outcome, n.result.TieOut, n.result.Findings.Count = workflows.OutcomeClean, 2, 0
		}, time.Hour)
		result := n.run(t)
		require.Equal(t, workflows.OutcomeClean, result.Outcome)
		require.Nil(t, result.Review, "a later tie-out does not inherit a decision")
		require.Len(t, n.handed, 2)
		require.True(t, n.handed[0].Superseded)
		require.Equal(t, workflows.DecisionRecheck, n.handed[0].Result.Review.Decision)
	})
}

func TestFindingsCanFailTheRun(t *testing.T) {
	n := newNight(t).prepared().posts(created).quiet()
	n.settings.OnFindings = pipeline.OnFindingsFail
	n.result.Outcome, n.result.Findings.Count = workflows.OutcomeFindings, 2
	failed := n.fails(t, workflows.CodeFindings)
	var result workflows.ExtractResult
	require.NoError(t, failed.Details(&result))
	require.Equal(t, 2, result.Findings.Count)
	require.Len(t, n.handed, 1, "the verdict stands all the same")
}

func TestNextWorkflowsTakeTheResult(t *testing.T) {
	n := newNight(t).prepared().posts(created).quiet()
	n.settings.Next = []pipeline.Next{
		{Workflow: "PostJournal", TaskQueue: "ledger", When: []string{"clean"}, Wait: true},
		{Workflow: "Alarm", TaskQueue: "ledger", When: []string{"findings"}},
	}
	var got []workflows.ExtractResult
	n.RegisterWorkflowWithOptions(func(_ workflow.Context, in workflows.ExtractResult) error {
		got = append(got, in)
		return nil
	}, workflow.RegisterOptions{Name: "PostJournal"})
	n.run(t)
	require.Len(t, got, 1)
	require.Equal(t, workflows.OutcomeClean, got[0].Outcome)
}

func TestLeftOverJobsAreTakenUpOldestFirst(t *testing.T) {
	n := newNight(t).prepared().posts(created)
	n.OnActivity(workflows.ActivityFindLeftOver, mock.Anything, mock.Anything).Return(
		workflows.FindLeftOverResult{Jobs: []workflows.LeftOverJob{{ID: "old-1", Key: "k1"}, {ID: "old-2", Key: "k2"}}}, nil).Once()
	var claimed []string
	n.OnActivity(workflows.ActivityClaimJob, mock.Anything, mock.Anything).Return(func(_ context.Context, p workflows.JobParams) error {
		n.mu.Lock()
		defer n.mu.Unlock()
		claimed = append(claimed, p.Scope.WorkflowID+" "+p.JobID+" "+p.Origin)
		return nil
	})
	n.OnActivity(workflows.ActivityReport, mock.Anything, mock.Anything).Return(func(_ context.Context, p workflows.TieOutParams) (workflows.ReportResult, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		result := n.result
		result.Manifest = p.Manifest
		return workflows.ReportResult{Result: result}, nil
	})
	var started []string
	n.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
		if info.WorkflowType.Name == workflows.TypeConcurExtract {
			started = append(started, info.WorkflowExecution.ID)
		}
	})
	n.quiet()
	result := n.run(t)
	require.Equal(t, []string{"extract/nightly-sae/2026-11-20/job/k1", "extract/nightly-sae/2026-11-20/job/k2"}, started)
	require.ElementsMatch(t, []string{
		"default-test-workflow-id job-1 started",
		"extract/nightly-sae/2026-11-20/job/k1 old-1 given",
		"extract/nightly-sae/2026-11-20/job/k2 old-2 given",
	}, claimed)
	require.ElementsMatch(t, []workflows.Recovered{{ID: "old-1", Manifest: "s3://b/manifest.json"}, {ID: "old-2", Manifest: "s3://b/manifest.json"}}, result.Recovered)
}

// A tie-out whose objects another version began to write goes on under a number of its own.
func TestTakenTieOutIsOpenedAnew(t *testing.T) {
	n := newNight(t).prepared().posts(created)
	var owners []string
	n.OnActivity(workflows.ActivityOpenTieOut, mock.Anything, mock.Anything).Return(func(_ context.Context, p workflows.TieOutParams) (workflows.OpenTieOutResult, error) {
		owners = append(owners, p.Owner)
		return workflows.OpenTieOutResult{Number: len(owners)}, nil
	})
	n.OnActivity(workflows.ActivityReport, mock.Anything, mock.Anything).Return(func(_ context.Context, p workflows.TieOutParams) (workflows.ReportResult, error) {
		if p.Number == 1 {
			return workflows.ReportResult{}, temporal.NewNonRetryableApplicationError("report.html is there already", workflows.CodeLandingConflict, nil)
		}
		return workflows.ReportResult{Result: n.result}, nil
	})
	n.quiet()
	n.run(t)
	require.Len(t, owners, 2)
	require.NotEqual(t, owners[0], owners[1])
}

// A token that died in the night is the likeliest failure of all: it must not go unseen because nothing was begun.
func TestRunThatCannotBeginIsRecorded(t *testing.T) {
	n := newNight(t)
	n.OnActivity(workflows.ActivityPrepare, mock.Anything, mock.Anything).Return(workflows.Prepared{},
		temporal.NewNonRetryableApplicationError("the refresh token has expired", workflows.CodeConcurAuth, nil))
	n.prepared()
	n.fails(t, workflows.CodeConcurAuth)
	require.Equal(t, "2026-11-20", n.records[0].Scope.BusinessDate)
}

// A token that Concur refuses for the start may have died just then; a fresh one that is refused too is for a person.
func TestStartRefusedTwiceForItsToken(t *testing.T) {
	refusal := workflows.StartJobResult{Outcome: workflows.PostRefused, Auth: true, Message: "the token was refused"}
	newNight(t).prepared().posts(refusal, created).quiet().run(t)
	n := newNight(t).prepared().posts(refusal, refusal)
	n.fails(t, workflows.CodeConcurAuth)
	require.Len(t, n.started, 2)
}
