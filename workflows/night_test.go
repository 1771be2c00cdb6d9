package workflows_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/money"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
	"tieout/workflows"
)

// tonight is the slot of the run that the tests are about, nightID its workflow id.
var tonight = contract.Slot{Date: "2026-11-20"}

const nightID = "extract/nightly-sae/2026-11-20"

// night is the test environment of one run with activities that answer as a quiet night does; a test overrides what
// it is about, before the answers of the quiet night are put in with quiet.
type night struct {
	*testsuite.TestWorkflowEnvironment
	settings pipeline.Pipeline
	result   workflows.ExtractResult
	// configured is what Configure answers, but for the settings.
	configured workflows.Configured
	// mu guards what the answers note: activities of children run side by side.
	mu      sync.Mutex
	asked   []string // the activities that began, in turn
	started []workflows.StartJobParams
	records []workflows.RecordRunParams
	handed  []workflows.HandOverParams
	landed  []workflows.LandParams
	notices []workflows.NotifyParams
	sent    int // updates
}

func newNight(t *testing.T) *night {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	n := &night{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment()}
	n.SetTestTimeout(time.Minute)
	n.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	n.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: nightID, TaskQueue: workflows.TaskQueue})
	n.RegisterWorkflowWithOptions(workflows.ConcurExtract, workflow.RegisterOptions{Name: workflows.TypeConcurExtract})
	n.RegisterWorkflowWithOptions(workflows.Reconcile, workflow.RegisterOptions{Name: workflows.TypeReconcile})
	n.settings = pipeline.Pipeline{
		Name: "nightly-sae", Acquire: pipeline.AcquireStart, OnFindings: pipeline.OnFindingsReport,
		Poll: pipeline.Poll{First: pipeline.Duration(15 * time.Second), Max: pipeline.Duration(2 * time.Minute),
			Deadline: pipeline.Duration(6 * time.Hour), Visibility: pipeline.Duration(10 * time.Minute)},
		Hold: pipeline.Hold{Deadline: pipeline.Duration(48 * time.Hour), Then: workflows.OutcomeRejected},
	}
	n.configured = workflows.Configured{BusinessDate: tonight.Date, Slot: tonight, Run: nightID}
	n.result = workflows.ExtractResult{Schema: 1, Pipeline: "nightly-sae", BusinessDate: tonight.Date, Outcome: workflows.OutcomeClean,
		Job: workflows.Job{ID: "job-1"}, TieOut: 1, Findings: reconcile.FindingsSummary{Amounts: money.Sums{}}}
	n.SetStartTime(time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC))
	n.registerActivities()
	n.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.asked = append(n.asked, info.ActivityType.Name)
	})
	t.Cleanup(func() { n.AssertExpectations(t) })
	return n
}

// mocked is an activity whose every answer a test gives.
func mocked[P, R any](context.Context, P) (R, error) { panic("mocked") }

// registerActivities makes the names known.
func (n *night) registerActivities() {
	for name, function := range map[string]any{
		workflows.ActivityConfigure:    mocked[workflows.ConfigureParams, workflows.Configured],
		workflows.ActivityStartRun:     mocked[workflows.StartRunParams, workflows.StartRunResult],
		workflows.ActivityWaitForRun:   mocked[workflows.WaitForRunParams, workflows.WaitForRunResult],
		workflows.ActivityPrepare:      mocked[workflows.PrepareParams, workflows.Prepared],
		workflows.ActivitySnapshotJobs: mocked[workflows.SnapshotJobsParams, workflows.JobsSnapshot],
		workflows.ActivityStartJob:     mocked[workflows.StartJobParams, workflows.StartJobResult],
		workflows.ActivityFenceStart:   mocked[workflows.FenceStartParams, workflows.FenceStartResult],
		workflows.ActivityFindStarted:  mocked[workflows.FindStartedParams, workflows.FindStartedResult],
		workflows.ActivityDescribeJob:  mocked[workflows.JobParams, workflows.Job],
		workflows.ActivityPickUp:       mocked[workflows.JobParams, workflows.PickUpResult],
		workflows.ActivityFindLeftOver: mocked[workflows.JobParams, workflows.FindLeftOverResult],
		workflows.ActivityClaimJob:     mocked[workflows.JobParams, struct{}],
		workflows.ActivityWaitForJob:   mocked[workflows.JobParams, workflows.Job],
		workflows.ActivityLand:         mocked[workflows.LandParams, workflows.Landed],
		workflows.ActivityOpenTieOut:   mocked[workflows.TieOutParams, workflows.OpenTieOutResult],
		workflows.ActivityScan:         mocked[workflows.TieOutParams, workflows.ScanResult],
		workflows.ActivityReadLists:    mocked[workflows.TieOutParams, workflows.ReadListsResult],
		workflows.ActivityReport:       mocked[workflows.TieOutParams, workflows.ReportResult],
		workflows.ActivityDecide:       mocked[workflows.DecideParams, workflows.Reports],
		workflows.ActivityHandOver:     mocked[workflows.HandOverParams, struct{}],
		workflows.ActivityRecordRun:    mocked[workflows.RecordRunParams, struct{}],
		workflows.ActivityNotify:       mocked[workflows.NotifyParams, struct{}],
	} {
		n.RegisterActivityWithOptions(function, activity.RegisterOptions{Name: name})
	}
}

// on gives an activity its answer, for once or for good.
func (n *night) on(name string, answer ...any) *testsuite.MockCallWrapper {
	return n.OnActivity(name, mock.Anything, mock.Anything).Return(answer...)
}

// configures puts in what a run asks first. The run of a job is given its job.
func (n *night) configures() *night {
	n.on(workflows.ActivityConfigure, func(_ context.Context, p workflows.ConfigureParams) (workflows.Configured, error) {
		configured := n.configured
		if run, ok := contract.ParseRun(p.WorkflowID); ok && run.JobKey != "" && p.Input.JobID != "" {
			configured.Run, configured.Slot, configured.JobID = p.WorkflowID, contract.Slot{}, p.Input.JobID
		}
		configured.Settings = n.settings
		return configured, nil
	}).Maybe()
	return n
}

// prepared puts in what every run asks before it starts a job.
func (n *night) prepared() *night {
	n.configures()
	n.on(workflows.ActivityPrepare, workflows.Prepared{DefinitionID: "def", DefinitionName: "SAE"}, nil).Maybe()
	n.on(workflows.ActivitySnapshotJobs, func(_ context.Context, p workflows.SnapshotJobsParams) (workflows.JobsSnapshot, error) {
		return n.seen(workflows.JobsSnapshot{JobIDs: []string{"job-0"}}, p), nil
	}).Maybe()
	n.on(workflows.ActivityRecordRun, func(_ context.Context, p workflows.RecordRunParams) (struct{}, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.records = append(n.records, p)
		return struct{}{}, nil
	}).Maybe()
	return n
}

// seen adds the run's own attempts to what the bucket holds.
func (n *night) seen(snapshot workflows.JobsSnapshot, p workflows.SnapshotJobsParams) workflows.JobsSnapshot {
	if p.Attempts != nil {
		snapshot.Attempts, snapshot.Unknown = p.Attempts.Settled, p.Attempts.Unknown
	}
	return snapshot
}

// posts answers the POSTs in turn.
func (n *night) posts(answers ...workflows.StartJobResult) *night {
	n.on(workflows.ActivityStartJob, func(_ context.Context, p workflows.StartJobParams) (workflows.StartJobResult, error) {
		n.started = append(n.started, p)
		if len(n.started) > len(answers) {
			return workflows.StartJobResult{}, temporal.NewNonRetryableApplicationError("a POST too many", "TooMany", nil)
		}
		return answers[len(n.started)-1], nil
	})
	return n
}

// finds answers the looks for a job in turn, the last answer from then on.
func (n *night) finds(answers ...workflows.FindStartedResult) *night {
	n.on(workflows.ActivityFindStarted, func(context.Context, workflows.FindStartedParams) (workflows.FindStartedResult, error) {
		answer := answers[0]
		if len(answers) > 1 {
			answers = answers[1:]
		}
		return answer, nil
	}).Maybe()
	return n
}

// ends says how a workflow that is waited for ends.
func (n *night) ends(id string, end workflows.WaitForRunResult) *testsuite.MockCallWrapper {
	return n.OnActivity(workflows.ActivityWaitForRun, mock.Anything, mock.MatchedBy(func(p workflows.WaitForRunParams) bool {
		return p.WorkflowID == id
	})).Return(end, nil)
}

// quiet puts in the rest of a quiet night, from the claim on.
func (n *night) quiet() *night {
	n.on(workflows.ActivityClaimJob, struct{}{}, nil).Maybe()
	n.on(workflows.ActivityFindLeftOver, workflows.FindLeftOverResult{}, nil).Maybe()
	n.on(workflows.ActivityWaitForJob, func(_ context.Context, p workflows.JobParams) (workflows.Job, error) {
		return workflows.Job{ID: p.JobID, Origin: p.Origin}, nil
	}).Maybe()
	return n.tiesOut()
}

func (n *night) tiesOut() *night {
	n.on(workflows.ActivityLand, func(_ context.Context, p workflows.LandParams) (workflows.Landed, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.result.Job = p.Job
		n.landed = append(n.landed, p)
		return workflows.Landed{Manifest: "s3://b/manifest.json", JobKey: contract.JobKey(p.Job.ID), Files: 1, Job: p.Job}, nil
	}).Maybe()
	n.on(workflows.ActivityOpenTieOut, workflows.OpenTieOutResult{Number: 1, Files: 1}, nil).Maybe()
	n.on(workflows.ActivityScan, workflows.ScanResult{Records: 1}, nil).Maybe()
	n.on(workflows.ActivityReadLists, workflows.ReadListsResult{}, nil).Maybe()
	n.on(workflows.ActivityReport, func(context.Context, workflows.TieOutParams) (workflows.ReportResult, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		return workflows.ReportResult{Result: n.result}, nil
	}).Maybe()
	n.on(workflows.ActivityDecide, func(_ context.Context, p workflows.DecideParams) (workflows.Reports, error) {
		reports := p.Result.Reports
		reports.JSON = "s3://b/decided/report.json"
		return reports, nil
	}).Maybe()
	n.on(workflows.ActivityHandOver, func(_ context.Context, p workflows.HandOverParams) (struct{}, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.handed = append(n.handed, p)
		return struct{}{}, nil
	}).Maybe()
	return n
}

// tells has people who are told, and notes what they are told.
func (n *night) tells() *night {
	n.configured.Targets = targets()[:1]
	n.RegisterWorkflowWithOptions(func(_ workflow.Context, in workflows.NoticeInput) error {
		n.notices = append(n.notices, in.Notice)
		return nil
	}, workflow.RegisterOptions{Name: workflows.TypeNotice})
	return n
}

func (n *night) execute(t *testing.T, in workflows.ExtractInput) error {
	t.Helper()
	n.ExecuteWorkflow(workflows.TypeConcurExtract, in)
	require.True(t, n.IsWorkflowCompleted())
	return n.GetWorkflowError()
}

// runAfter executes the run while a workflow is running that it would start: its own of before a reset, or another run's.
func (n *night) runAfter(t *testing.T, id, workflowType string, in any) error {
	t.Helper()
	n.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "outside", TaskQueue: workflows.TaskQueue})
	n.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		before := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: id})
		if err := workflow.ExecuteChildWorkflow(before, workflowType, in).GetChildWorkflowExecution().Get(ctx, nil); err != nil {
			return err
		}
		run := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: nightID})
		_ = workflow.ExecuteChildWorkflow(run, workflows.TypeConcurExtract, workflows.ExtractInput{}).Get(ctx, nil)
		return nil
	}, workflow.RegisterOptions{Name: "Outside"})
	n.ExecuteWorkflow("Outside")
	require.NoError(t, n.GetWorkflowError())
	return n.GetWorkflowErrorByID(nightID)
}

func (n *night) run(t *testing.T) workflows.ExtractResult {
	t.Helper()
	require.NoError(t, n.execute(t, workflows.ExtractInput{}))
	var result workflows.ExtractResult
	require.NoError(t, n.GetWorkflowResult(&result))
	return result
}

// ended is the failure that the run or the front ended with.
func (n *night) ended(t *testing.T, code string) *temporal.ApplicationError {
	t.Helper()
	var failed *temporal.ApplicationError
	require.ErrorAs(t, n.execute(t, workflows.ExtractInput{}), &failed)
	require.Equal(t, code, failed.Type(), failed.Message())
	return failed
}

func (n *night) fails(t *testing.T, code string) *temporal.ApplicationError {
	t.Helper()
	failed := n.ended(t, code)
	require.Len(t, n.records, 1, "a failed run leaves its record")
	require.Equal(t, code, n.records[0].Code)
	return failed
}

// times is how often an activity began.
func (n *night) times(name string) int {
	return len(slices.DeleteFunc(slices.Clone(n.asked), func(asked string) bool { return asked != name }))
}

func (n *night) progress(t *testing.T) (progress workflows.Progress) {
	t.Helper()
	value, err := n.QueryWorkflow(workflows.QueryProgress)
	require.NoError(t, err)
	require.NoError(t, value.Get(&progress))
	return progress
}

// told says what became of an update.
type told struct {
	accepted bool
	err      error // of the refusal, or of the handler
}

// update sends an update after a while. What became of it is known when the run has ended.
func (n *night) update(after time.Duration, name string, in any) *told {
	answer := &told{}
	n.RegisterDelayedCallback(func() { n.send(answer, name, in) }, after)
	return answer
}

// send sends an update now.
func (n *night) send(answer *told, name string, in any) {
	n.sent++
	n.UpdateWorkflow(name, fmt.Sprintf("update-%d", n.sent), &testsuite.TestUpdateCallback{
		OnAccept:   func() { answer.accepted = true },
		OnReject:   func(err error) { answer.err = err },
		OnComplete: func(_ any, err error) { answer.err = err },
	}, in)
}

// accepted expects that an update is accepted and done.
func accepted(t *testing.T) *testsuite.TestUpdateCallback {
	return &testsuite.TestUpdateCallback{
		OnReject:   func(err error) { t.Errorf("the update was refused: %v", err) },
		OnComplete: func(_ any, err error) { require.NoError(t, err) },
	}
}

func (a *told) mustBeNoted(t *testing.T) {
	t.Helper()
	require.NoError(t, a.err)
	require.True(t, a.accepted)
}

func (a *told) mustBeRefused(t *testing.T, why string) {
	t.Helper()
	require.ErrorContains(t, a.err, why)
}

var (
	created = workflows.StartJobResult{Outcome: workflows.PostCreated, JobID: "job-1"}
	unknown = workflows.StartJobResult{Outcome: workflows.PostUnknown, Message: "connection reset"}
)
