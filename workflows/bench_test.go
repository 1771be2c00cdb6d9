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

// bench is the test environment of one run. Its activities answer as on a night without trouble. A test first gives the
// answers that it is about, and then adds the others with quiet, because the first answer that matches counts.
type bench struct {
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

func newBench(t *testing.T) *bench {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	b := &bench{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment()}
	b.SetTestTimeout(time.Minute)
	b.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	b.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: nightID, TaskQueue: contract.TaskQueue})
	b.RegisterWorkflowWithOptions(workflows.ConcurExtract, workflow.RegisterOptions{Name: contract.TypeConcurExtract})
	b.RegisterWorkflowWithOptions(workflows.Reconcile, workflow.RegisterOptions{Name: contract.TypeReconcile})
	b.settings = pipeline.Pipeline{
		Name: "nightly-sae", Acquire: pipeline.AcquireStart, OnFindings: pipeline.OnFindingsReport,
		Poll: pipeline.Poll{First: pipeline.Duration(15 * time.Second), Max: pipeline.Duration(2 * time.Minute),
			Deadline: pipeline.Duration(6 * time.Hour), Visibility: pipeline.Duration(10 * time.Minute)},
		Hold: pipeline.Hold{Deadline: pipeline.Duration(48 * time.Hour), Then: string(contract.OutcomeRejected)},
	}
	b.configured = contract.Configured{BusinessDate: tonight.Date, Slot: tonight, Run: nightID}
	b.result = contract.ExtractResult{Schema: 1, Pipeline: "nightly-sae", BusinessDate: tonight.Date, Outcome: contract.OutcomeClean,
		Job: contract.Job{ID: "job-1"}, TieOut: 1, Findings: contract.FindingsSummary{Amounts: money.Sums{}}}
	b.SetStartTime(time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC))
	b.registerActivities()
	b.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.asked = append(b.asked, info.ActivityType.Name)
	})
	t.Cleanup(func() { b.AssertExpectations(t) })
	return b
}

// registerActivities makes the activities of the two big workflows known, so that tests can answer them.
func (b *bench) registerActivities() {
	mocked(b, contract.Configure)
	mocked(b, contract.StartRun)
	mocked(b, contract.WaitForRun)
	mocked(b, contract.Prepare)
	mocked(b, contract.SnapshotJobs)
	mocked(b, contract.StartJob)
	mocked(b, contract.FenceStart)
	mocked(b, contract.FindStarted)
	mocked(b, contract.DescribeJob)
	mocked(b, contract.PickUp)
	mocked(b, contract.FindLeftOver)
	mocked(b, contract.ClaimJob)
	mocked(b, contract.WaitForJob)
	mocked(b, contract.Land)
	mocked(b, contract.OpenTieOut)
	mocked(b, contract.Scan)
	mocked(b, contract.ReadLists)
	mocked(b, contract.Report)
	mocked(b, contract.Decide)
	mocked(b, contract.HandOver)
	mocked(b, contract.RecordRun)
	mocked(b, contract.Notify)
}

// configures adds the answer of Configure. The run of a job is given its job.
func (b *bench) configures() *bench {
	on(b, contract.Configure, func(_ context.Context, p contract.ConfigureParams) (contract.Configured, error) {
		configured := b.configured
		if run, ok := contract.ParseRun(p.WorkflowID); ok && run.JobKey != "" && p.Input.JobID != "" {
			configured.Run, configured.Slot, configured.JobID = p.WorkflowID, contract.Slot{}, p.Input.JobID
		}
		configured.Settings = b.settings
		return configured, nil
	}).Maybe()
	return b
}

// prepared adds the answers to what every run asks before it starts a job.
func (b *bench) prepared() *bench {
	b.configures()
	answers(b, contract.Prepare, contract.Prepared{DefinitionID: "def", DefinitionName: "SAE"}).Maybe()
	on(b, contract.SnapshotJobs, func(_ context.Context, p contract.SnapshotJobsParams) (contract.JobsSnapshot, error) {
		return b.seen(contract.JobsSnapshot{JobIDs: []string{"job-0"}}, p), nil
	}).Maybe()
	on(b, contract.RecordRun, func(_ context.Context, p contract.RecordRunParams) (contract.None, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.records = append(b.records, p)
		return contract.None{}, nil
	}).Maybe()
	return b
}

// seen adds the run's own attempts to what the bucket holds.
func (b *bench) seen(snapshot contract.JobsSnapshot, p contract.SnapshotJobsParams) contract.JobsSnapshot {
	if p.Attempts != nil {
		snapshot.Attempts, snapshot.Unknown = p.Attempts.Settled, p.Attempts.Unknown
	}
	return snapshot
}

// posts answers the POSTs in turn.
func (b *bench) posts(answers ...contract.StartJobResult) *bench {
	on(b, contract.StartJob, func(_ context.Context, p contract.StartJobParams) (contract.StartJobResult, error) {
		b.started = append(b.started, p)
		if len(b.started) > len(answers) {
			return contract.StartJobResult{}, temporal.NewNonRetryableApplicationError("a POST too many", "TooMany", nil)
		}
		return answers[len(b.started)-1], nil
	})
	return b
}

// finds answers the looks for a job in turn, the last answer from then on.
func (b *bench) finds(answers ...contract.FindStartedResult) *bench {
	on(b, contract.FindStarted, func(context.Context, contract.FindStartedParams) (contract.FindStartedResult, error) {
		answer := answers[0]
		if len(answers) > 1 {
			answers = answers[1:]
		}
		return answer, nil
	}).Maybe()
	return b
}

// ends says how a workflow that is waited for ends.
func (b *bench) ends(id string, end contract.WaitForRunResult) *testsuite.MockCallWrapper {
	return onlyFor(b, contract.WaitForRun, func(p contract.WaitForRunParams) bool { return p.WorkflowID == id },
		func(context.Context, contract.WaitForRunParams) (contract.WaitForRunResult, error) { return end, nil })
}

// quiet adds the answers of a night without trouble, from the claim on.
func (b *bench) quiet() *bench {
	answers(b, contract.ClaimJob, contract.None{}).Maybe()
	answers(b, contract.FindLeftOver, contract.FindLeftOverResult{}).Maybe()
	on(b, contract.WaitForJob, func(_ context.Context, p contract.JobParams) (contract.Job, error) {
		return contract.Job{ID: p.JobID, Origin: p.Origin}, nil
	}).Maybe()
	return b.tiesOut()
}

func (b *bench) tiesOut() *bench {
	on(b, contract.Land, func(_ context.Context, p contract.LandParams) (contract.Landed, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.result.Job = p.Job
		b.landed = append(b.landed, p)
		return contract.Landed{Manifest: "s3://b/manifest.json", JobKey: contract.JobKey(p.Job.ID), Files: 1, Job: p.Job}, nil
	}).Maybe()
	answers(b, contract.OpenTieOut, contract.OpenTieOutResult{Number: 1, Files: 1}).Maybe()
	answers(b, contract.Scan, contract.ScanResult{Records: 1}).Maybe()
	answers(b, contract.ReadLists, contract.ReadListsResult{}).Maybe()
	on(b, contract.Report, func(context.Context, contract.TieOutParams) (contract.ReportResult, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		return contract.ReportResult{Result: b.result}, nil
	}).Maybe()
	on(b, contract.Decide, func(_ context.Context, p contract.DecideParams) (contract.Reports, error) {
		reports := p.Result.Reports
		reports.JSON = "s3://b/decided/report.json"
		return reports, nil
	}).Maybe()
	on(b, contract.HandOver, func(_ context.Context, p contract.HandOverParams) (contract.None, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.handed = append(b.handed, p)
		return contract.None{}, nil
	}).Maybe()
	return b
}

// tells adds a target for notices, and keeps the notices that it receives.
func (b *bench) tells() *bench {
	b.configured.Targets = targets()[:1]
	b.RegisterWorkflowWithOptions(func(_ workflow.Context, in contract.NoticeInput) error {
		b.notices = append(b.notices, in.Notice)
		return nil
	}, workflow.RegisterOptions{Name: contract.TypeNotice})
	return b
}

func (b *bench) execute(t *testing.T, in contract.ExtractInput) error {
	t.Helper()
	b.ExecuteWorkflow(contract.TypeConcurExtract, in)
	require.True(t, b.IsWorkflowCompleted())
	return b.GetWorkflowError()
}

// runAfter executes the run while a workflow is running that it would start: its own of before a reset, or another run's.
func (b *bench) runAfter(t *testing.T, id, workflowType string, in any) error {
	t.Helper()
	b.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "outside", TaskQueue: contract.TaskQueue})
	b.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		before := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: id})
		if err := workflow.ExecuteChildWorkflow(before, workflowType, in).GetChildWorkflowExecution().Get(ctx, nil); err != nil {
			return err
		}
		run := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: nightID})
		_ = workflow.ExecuteChildWorkflow(run, contract.TypeConcurExtract, contract.ExtractInput{}).Get(ctx, nil)
		return nil
	}, workflow.RegisterOptions{Name: "Outside"})
	b.ExecuteWorkflow("Outside")
	require.NoError(t, b.GetWorkflowError())
	return b.GetWorkflowErrorByID(nightID)
}

func (b *bench) run(t *testing.T) contract.ExtractResult {
	t.Helper()
	require.NoError(t, b.execute(t, contract.ExtractInput{}))
	var result contract.ExtractResult
	require.NoError(t, b.GetWorkflowResult(&result))
	return result
}

// ended is the failure that the run or the front ended with.
func (b *bench) ended(t *testing.T, code string) *temporal.ApplicationError {
	t.Helper()
	var failed *temporal.ApplicationError
	require.ErrorAs(t, b.execute(t, contract.ExtractInput{}), &failed)
	require.Equal(t, code, failed.Type(), failed.Message())
	return failed
}

func (b *bench) fails(t *testing.T, code string) *temporal.ApplicationError {
	t.Helper()
	failed := b.ended(t, code)
	require.Len(t, b.records, 1, "a failed run leaves its record")
	require.Equal(t, code, b.records[0].Code)
	return failed
}

// times returns how often an activity began.
func times[P, R any](b *bench, activity contract.Activity[P, R]) int {
	return len(slices.DeleteFunc(slices.Clone(b.asked), func(asked string) bool { return asked != string(activity) }))
}

func (b *bench) progress(t *testing.T) (progress contract.Progress) {
	t.Helper()
	value, err := b.QueryWorkflow(contract.QueryProgress)
	require.NoError(t, err)
	require.NoError(t, value.Get(&progress))
	return progress
}

// told says what became of an update.
type updateAnswer struct {
	accepted bool
	err      error // of the refusal, or of the handler
}

// update sends an update after a while. What became of it is known when the run has ended.
func (b *bench) update(after time.Duration, name string, in any) *updateAnswer {
	answer := &updateAnswer{}
	b.RegisterDelayedCallback(func() { b.send(answer, name, in) }, after)
	return answer
}

// send sends an update now.
func (b *bench) send(answer *updateAnswer, name string, in any) {
	b.sent++
	b.UpdateWorkflow(name, fmt.Sprintf("update-%d", b.sent), &testsuite.TestUpdateCallback{
		OnAccept:   func() { answer.accepted = true },
		OnReject:   func(err error) { answer.err = err },
		OnComplete: func(_ any, err error) { answer.err = err },
	}, in)
}

func (a *updateAnswer) mustBeAccepted(t *testing.T) {
	t.Helper()
	require.NoError(t, a.err)
	require.True(t, a.accepted)
}

func (a *updateAnswer) mustBeRefused(t *testing.T, why string) {
	t.Helper()
	require.ErrorContains(t, a.err, why)
}

var (
	created = contract.StartJobResult{Outcome: contract.PostCreated, JobID: "job-1"}
	unknown = contract.StartJobResult{Outcome: contract.PostUnknown, Message: "connection reset"}
)
