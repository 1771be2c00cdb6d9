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
	result   contract.ExtractResult
	// configured is what Configure answers, but for the settings.
	configured contract.Configured
	// mu guards what the answers note: activities of children run side by side.
	mu      sync.Mutex
	asked   []string // the activities that began, in turn
	started []contract.StartJobParams
	records []contract.RecordRunParams
	handed  []contract.HandOverParams
	landed  []contract.LandParams
	notices []contract.NotifyParams
	sent    int // updates
}

func newNight(t *testing.T) *night {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	n := &night{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment()}
	n.SetTestTimeout(time.Minute)
	n.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	n.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: nightID, TaskQueue: contract.TaskQueue})
	n.RegisterWorkflowWithOptions(workflows.ConcurExtract, workflow.RegisterOptions{Name: contract.TypeConcurExtract})
	n.RegisterWorkflowWithOptions(workflows.Reconcile, workflow.RegisterOptions{Name: contract.TypeReconcile})
	n.settings = pipeline.Pipeline{
		Name: "nightly-sae", Acquire: pipeline.AcquireStart, OnFindings: pipeline.OnFindingsReport,
		Poll: pipeline.Poll{First: pipeline.Duration(15 * time.Second), Max: pipeline.Duration(2 * time.Minute),
			Deadline: pipeline.Duration(6 * time.Hour), Visibility: pipeline.Duration(10 * time.Minute)},
		Hold: pipeline.Hold{Deadline: pipeline.Duration(48 * time.Hour), Then: string(contract.OutcomeRejected)},
	}
	n.configured = contract.Configured{BusinessDate: tonight.Date, Slot: tonight, Run: nightID}
	n.result = contract.ExtractResult{Schema: 1, Pipeline: "nightly-sae", BusinessDate: tonight.Date, Outcome: contract.OutcomeClean,
		Job: contract.Job{ID: "job-1"}, TieOut: 1, Findings: contract.FindingsSummary{Amounts: money.Sums{}}}
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
		string(contract.Configure):    mocked[contract.ConfigureParams, contract.Configured],
		string(contract.StartRun):     mocked[contract.StartRunParams, contract.StartRunResult],
		string(contract.WaitForRun):   mocked[contract.WaitForRunParams, contract.WaitForRunResult],
		string(contract.Prepare):      mocked[contract.PrepareParams, contract.Prepared],
		string(contract.SnapshotJobs): mocked[contract.SnapshotJobsParams, contract.JobsSnapshot],
		string(contract.StartJob):     mocked[contract.StartJobParams, contract.StartJobResult],
		string(contract.FenceStart):   mocked[contract.FenceStartParams, contract.FenceStartResult],
		string(contract.FindStarted):  mocked[contract.FindStartedParams, contract.FindStartedResult],
		string(contract.DescribeJob):  mocked[contract.JobParams, contract.Job],
		string(contract.PickUp):       mocked[contract.JobParams, contract.PickUpResult],
		string(contract.FindLeftOver): mocked[contract.JobParams, contract.FindLeftOverResult],
		string(contract.ClaimJob):     mocked[contract.JobParams, struct{}],
		string(contract.WaitForJob):   mocked[contract.JobParams, contract.Job],
		string(contract.Land):         mocked[contract.LandParams, contract.Landed],
		string(contract.OpenTieOut):   mocked[contract.TieOutParams, contract.OpenTieOutResult],
		string(contract.Scan):         mocked[contract.TieOutParams, contract.ScanResult],
		string(contract.ReadLists):    mocked[contract.TieOutParams, contract.ReadListsResult],
		string(contract.Report):       mocked[contract.TieOutParams, contract.ReportResult],
		string(contract.Decide):       mocked[contract.DecideParams, contract.Reports],
		string(contract.HandOver):     mocked[contract.HandOverParams, struct{}],
		string(contract.RecordRun):    mocked[contract.RecordRunParams, struct{}],
		string(contract.Notify):       mocked[contract.NotifyParams, struct{}],
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
	n.on(string(contract.Configure), func(_ context.Context, p contract.ConfigureParams) (contract.Configured, error) {
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
	n.on(string(contract.Prepare), contract.Prepared{DefinitionID: "def", DefinitionName: "SAE"}, nil).Maybe()
	n.on(string(contract.SnapshotJobs), func(_ context.Context, p contract.SnapshotJobsParams) (contract.JobsSnapshot, error) {
		return n.seen(contract.JobsSnapshot{JobIDs: []string{"job-0"}}, p), nil
	}).Maybe()
	n.on(string(contract.RecordRun), func(_ context.Context, p contract.RecordRunParams) (struct{}, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.records = append(n.records, p)
		return struct{}{}, nil
	}).Maybe()
	return n
}

// seen adds the run's own attempts to what the bucket holds.
func (n *night) seen(snapshot contract.JobsSnapshot, p contract.SnapshotJobsParams) contract.JobsSnapshot {
	if p.Attempts != nil {
		snapshot.Attempts, snapshot.Unknown = p.Attempts.Settled, p.Attempts.Unknown
	}
	return snapshot
}

// posts answers the POSTs in turn.
func (n *night) posts(answers ...contract.StartJobResult) *night {
	n.on(string(contract.StartJob), func(_ context.Context, p contract.StartJobParams) (contract.StartJobResult, error) {
		n.started = append(n.started, p)
		if len(n.started) > len(answers) {
			return contract.StartJobResult{}, temporal.NewNonRetryableApplicationError("a POST too many", "TooMany", nil)
		}
		return answers[len(n.started)-1], nil
	})
	return n
}

// finds answers the looks for a job in turn, the last answer from then on.
func (n *night) finds(answers ...contract.FindStartedResult) *night {
	n.on(string(contract.FindStarted), func(context.Context, contract.FindStartedParams) (contract.FindStartedResult, error) {
		answer := answers[0]
		if len(answers) > 1 {
			answers = answers[1:]
		}
		return answer, nil
	}).Maybe()
	return n
}

// ends says how a workflow that is waited for ends.
func (n *night) ends(id string, end contract.WaitForRunResult) *testsuite.MockCallWrapper {
	return n.OnActivity(string(contract.WaitForRun), mock.Anything, mock.MatchedBy(func(p contract.WaitForRunParams) bool {
		return p.WorkflowID == id
	})).Return(end, nil)
}

// quiet puts in the rest of a quiet night, from the claim on.
func (n *night) quiet() *night {
	n.on(string(contract.ClaimJob), struct{}{}, nil).Maybe()
	n.on(string(contract.FindLeftOver), contract.FindLeftOverResult{}, nil).Maybe()
	n.on(string(contract.WaitForJob), func(_ context.Context, p contract.JobParams) (contract.Job, error) {
		return contract.Job{ID: p.JobID, Origin: p.Origin}, nil
	}).Maybe()
	return n.tiesOut()
}

func (n *night) tiesOut() *night {
	n.on(string(contract.Land), func(_ context.Context, p contract.LandParams) (contract.Landed, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.result.Job = p.Job
		n.landed = append(n.landed, p)
		return contract.Landed{Manifest: "s3://b/manifest.json", JobKey: contract.JobKey(p.Job.ID), Files: 1, Job: p.Job}, nil
	}).Maybe()
	n.on(string(contract.OpenTieOut), contract.OpenTieOutResult{Number: 1, Files: 1}, nil).Maybe()
	n.on(string(contract.Scan), contract.ScanResult{Records: 1}, nil).Maybe()
	n.on(string(contract.ReadLists), contract.ReadListsResult{}, nil).Maybe()
	n.on(string(contract.Report), func(context.Context, contract.TieOutParams) (contract.ReportResult, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		return contract.ReportResult{Result: n.result}, nil
	}).Maybe()
	n.on(string(contract.Decide), func(_ context.Context, p contract.DecideParams) (contract.Reports, error) {
		reports := p.Result.Reports
		reports.JSON = "s3://b/decided/report.json"
		return reports, nil
	}).Maybe()
	n.on(string(contract.HandOver), func(_ context.Context, p contract.HandOverParams) (struct{}, error) {
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
	n.RegisterWorkflowWithOptions(func(_ workflow.Context, in contract.NoticeInput) error {
		n.notices = append(n.notices, in.Notice)
		return nil
	}, workflow.RegisterOptions{Name: contract.TypeNotice})
	return n
}

func (n *night) execute(t *testing.T, in contract.ExtractInput) error {
	t.Helper()
	n.ExecuteWorkflow(contract.TypeConcurExtract, in)
	require.True(t, n.IsWorkflowCompleted())
	return n.GetWorkflowError()
}

// runAfter executes the run while a workflow is running that it would start: its own of before a reset, or another run's.
func (n *night) runAfter(t *testing.T, id, workflowType string, in any) error {
	t.Helper()
	n.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "outside", TaskQueue: contract.TaskQueue})
	n.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		before := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: id})
		if err := workflow.ExecuteChildWorkflow(before, workflowType, in).GetChildWorkflowExecution().Get(ctx, nil); err != nil {
			return err
		}
		run := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: nightID})
		_ = workflow.ExecuteChildWorkflow(run, contract.TypeConcurExtract, contract.ExtractInput{}).Get(ctx, nil)
		return nil
	}, workflow.RegisterOptions{Name: "Outside"})
	n.ExecuteWorkflow("Outside")
	require.NoError(t, n.GetWorkflowError())
	return n.GetWorkflowErrorByID(nightID)
}

func (n *night) run(t *testing.T) contract.ExtractResult {
	t.Helper()
	require.NoError(t, n.execute(t, contract.ExtractInput{}))
	var result contract.ExtractResult
	require.NoError(t, n.GetWorkflowResult(&result))
	return result
}

// ended is the failure that the run or the front ended with.
func (n *night) ended(t *testing.T, code string) *temporal.ApplicationError {
	t.Helper()
	var failed *temporal.ApplicationError
	require.ErrorAs(t, n.execute(t, contract.ExtractInput{}), &failed)
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

func (n *night) progress(t *testing.T) (progress contract.Progress) {
	t.Helper()
	value, err := n.QueryWorkflow(contract.QueryProgress)
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
	created = contract.StartJobResult{Outcome: contract.PostCreated, JobID: "job-1"}
	unknown = contract.StartJobResult{Outcome: contract.PostUnknown, Message: "connection reset"}
)
