package workflows_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/landing"
	"tieout/internal/money"
	"tieout/internal/reconcile"
	"tieout/workflows"
)

// execution is one execution of the workflow ConcurExtract over the model: the workflow is the real one, and so are
// the activities that start, find, claim and record; only the tie-out is a stand-in.
type execution struct {
	*testsuite.TestWorkflowEnvironment
	m        *model
	id, date string
	runID    string
	given    string                  // the run id that the test environment gives to every run
	snapshot *workflows.JobsSnapshot // what a reset leaves in the history
	skew     time.Duration           // how far another run's nested execution moved the world's clock
	finds    int
	cut      cut
	err      error
}

// cut is how an execution ends other than by itself.
type cut int

const (
	whole         cut = iota
	lost              // terminated, or its history is gone
	resetSnapshot     // reset to before the snapshot
	resetStart        // reset to before the POST
)

var errGone = temporal.NewNonRetryableApplicationError("the history is gone", "Gone", nil)

// died is what a worker that was killed leaves.
type died struct{}

func (m *model) execute(date, id, runID string, snapshot *workflows.JobsSnapshot) *execution {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	x := &execution{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), m: m, date: date, id: id, runID: runID, snapshot: snapshot}
	x.SetTestTimeout(time.Minute)
	x.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	x.SetStartTime(m.clock)
	x.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: id, TaskQueue: workflows.TaskQueue})
	x.RegisterWorkflowWithOptions(workflows.ConcurExtract, workflow.RegisterOptions{Name: workflows.TypeConcurExtract})
	x.RegisterWorkflowWithOptions(workflows.Reconcile, workflow.RegisterOptions{Name: workflows.TypeReconcile})
	x.register()
	for hour := range 8 {
		x.RegisterDelayedCallback(x.person, time.Duration(hour+1)*time.Hour)
	}
	outer := m.current
	m.current = x
	m.on[id] = runID
	x.ExecuteWorkflow(workflows.TypeConcurExtract, workflows.ExtractInput{Pipeline: "nightly-sae", BusinessDate: date})
	x.err = x.GetWorkflowError()
	m.clock = x.Now().Add(x.skew)
	for workflowID, run := range m.on {
		if strings.HasPrefix(run, runID) {
			delete(m.on, workflowID)
		}
	}
	if m.current = outer; outer != nil {
		outer.skew = max(outer.skew, m.clock.Sub(outer.Now()))
	}
	return x
}

// enter makes the world wait for the activity; whatever was due by now happens first. An execution that was cut does
// nothing any more.
func (x *execution) enter(ctx context.Context, scope *workflows.Scope) (leave func(), err error) {
	x.m.mu.Lock()
	if x.cut != whole {
		x.m.mu.Unlock()
		return func() {}, errGone
	}
	if scope.WorkflowID == x.id {
		x.given = scope.RunID
	}
	scope.RunID = x.runID
	if scope.WorkflowID != x.id {
		scope.RunID += " " + scope.WorkflowID
	}
	x.m.on[scope.WorkflowID] = scope.RunID
	x.m.ctx = ctx
	x.m.tick()
	return x.m.mu.Unlock, nil
}

// act is an activity of the model: around is what may happen when it begins, do is the real activity.
func act[P, R any](x *execution, name string, scope func(*P) *workflows.Scope, around func(*P), do func(context.Context, P) (R, error)) {
	x.RegisterActivityWithOptions(func(ctx context.Context, p P) (result R, err error) {
		leave, err := x.enter(ctx, scope(&p))
		defer leave()
		if err != nil {
			return result, err
		}
		defer func() {
			switch r := recover().(type) {
			case nil:
			case died:
				err = temporal.NewHeartbeatTimeoutError()
			default:
				panic(r)
			}
			if x.cut != whole {
				err = errGone
			}
		}()
		if around != nil {
			if around(&p); x.cut != whole {
				return result, errGone
			}
		}
		return do(ctx, p)
	}, activity.RegisterOptions{Name: name})
}

// none turns an activity without a result into one with an empty one.
func none[P any](do func(context.Context, P) error) func(context.Context, P) (struct{}, error) {
	return func(ctx context.Context, p P) (struct{}, error) { return struct{}{}, do(ctx, p) }
}

// seldom polls less often than the policies ask for: the test environment gives up after ten attempts.
func seldom[P, R any](pause time.Duration, do func(context.Context, P) (R, error)) func(context.Context, P) (R, error) {
	return func(ctx context.Context, p P) (R, error) {
		result, err := do(ctx, p)
		var application *temporal.ApplicationError
		if errors.As(err, &application) && !application.NonRetryable() {
			err = temporal.NewApplicationErrorWithOptions(application.Message(), application.Type(), temporal.ApplicationErrorOptions{NextRetryDelay: pause})
		}
		return result, err
	}
}

func (x *execution) register() {
	job := func(p *workflows.JobParams) *workflows.Scope { return &p.Scope }
	own := func(does func()) func(*workflows.JobParams) {
		return func(p *workflows.JobParams) {
			if p.Scope.WorkflowID == x.id {
				does()
			}
		}
	}
	a := x.m.activities
	act(x, workflows.ActivityConfigure, func(*workflows.ConfigureParams) *workflows.Scope { return &workflows.Scope{WorkflowID: x.id} }, nil, x.configure)
	act(x, workflows.ActivityPrepare, func(p *workflows.PrepareParams) *workflows.Scope { return &p.Scope }, nil, x.prepare)
	act(x, workflows.ActivitySnapshotJobs, func(p *workflows.SnapshotJobsParams) *workflows.Scope { return &p.Scope }, nil, x.snapshotJobs)
	act(x, workflows.ActivityStartJob, func(p *workflows.StartJobParams) *workflows.Scope { return &p.Scope }, x.beforeStart, x.startJob)
	act(x, workflows.ActivityFenceStart, func(p *workflows.FenceStartParams) *workflows.Scope { return &p.Scope }, nil, a.FenceStart)
	act(x, workflows.ActivityFindStarted, func(p *workflows.FindStartedParams) *workflows.Scope { return &p.Scope }, x.beforeFind, seldom(35*time.Second, x.findStarted))
	act(x, workflows.ActivityDescribeJob, job, nil, a.DescribeJob)
	act(x, workflows.ActivityPickUp, job, nil, a.PickUp)
	act(x, workflows.ActivityFindLeftOver, job, nil, a.FindLeftOver)
	act(x, workflows.ActivityClaimJob, job, func(p *workflows.JobParams) {
		if p.Scope.WorkflowID != x.id {
			x.mustBeLeftOver(p)
			return
		}
		x.m.company(x)
		x.mayCut()
	}, none(a.ClaimJob))
	act(x, workflows.ActivityWaitForJob, job, own(x.mayCut), seldom(10*time.Minute, a.WaitForJob))
	act(x, workflows.ActivityLand, func(p *workflows.LandParams) *workflows.Scope { return &p.Scope }, nil, x.land)
	tieOut := func(p *workflows.TieOutParams) *workflows.Scope { return &p.Scope }
	act(x, workflows.ActivityOpenTieOut, tieOut, nil, func(_ context.Context, p workflows.TieOutParams) (workflows.OpenTieOutResult, error) {
		x.m.tieOuts[p.Manifest]++
		return workflows.OpenTieOutResult{Number: x.m.tieOuts[p.Manifest], Files: 1}, nil
	})
	act(x, workflows.ActivityScan, tieOut, nil, func(context.Context, workflows.TieOutParams) (workflows.ScanResult, error) {
		return workflows.ScanResult{}, nil
	})
	act(x, workflows.ActivityReadLists, tieOut, nil, func(context.Context, workflows.TieOutParams) (workflows.ReadListsResult, error) {
		return workflows.ReadListsResult{}, nil
	})
	act(x, workflows.ActivityReport, tieOut, nil, x.report)
	act(x, workflows.ActivityHandOver, func(p *workflows.HandOverParams) *workflows.Scope { return &p.Scope }, nil, none(a.HandOver))
	act(x, workflows.ActivityRecordRun, func(p *workflows.RecordRunParams) *workflows.Scope { return &p.Scope }, nil, none(a.RecordRun))
}

func (x *execution) configure(context.Context, workflows.ConfigureParams) (workflows.Configured, error) {
	return workflows.Configured{Settings: x.m.settings, BusinessDate: x.date}, nil
}

func (x *execution) prepare(context.Context, workflows.PrepareParams) (workflows.Prepared, error) {
	return workflows.Prepared{DefinitionID: "def", DefinitionName: "SAE"}, nil
}

func (x *execution) snapshotJobs(ctx context.Context, p workflows.SnapshotJobsParams) (workflows.JobsSnapshot, error) {
	if x.snapshot != nil {
		return *x.snapshot, nil
	}
	snapshot, err := x.m.activities.SnapshotJobs(ctx, p)
	if snapshot.OpenIntent != nil {
		snapshot.OpenIntent.At = x.m.declared[snapshot.OpenIntent.RunID] // the model's time, not the machine's
		if snapshot.OpenIntent.RunID == x.runID {
			snapshot.OpenIntent.RunID = x.given
		}
	}
	x.snapshot = &snapshot
	return snapshot, err
}

func (x *execution) startJob(ctx context.Context, p workflows.StartJobParams) (workflows.StartJobResult, error) {
	started, err := x.m.activities.StartJob(ctx, p)
	if started.JobID != "" {
		x.m.got[started.JobID] = x.runID
	}
	return started, err
}

func (x *execution) findStarted(ctx context.Context, p workflows.FindStartedParams) (workflows.FindStartedResult, error) {
	found, err := x.m.activities.FindStarted(ctx, p)
	if len(found.JobIDs) == 1 {
		x.m.got[found.JobIDs[0]] = x.runID
	}
	return found, err
}

// beforeStart is what may happen to a worker before it has written the intent.
func (x *execution) beforeStart(p *workflows.StartJobParams) {
	m := x.m
	m.company(x)
	start, at := *p, m.now()
	later := func(wakes time.Duration) {
		m.later(at.Add(wakes), func(at time.Time) {
			m.zombie = &zombie{start.Scope.RunID, at}
			_, _ = m.activities.StartJob(m.ctx, start)
			m.zombie = nil
		})
	}
	switch m.choose("before the intent", "goes on", "killed", "cut off, goes on at once", "cut off, goes on 25 s later", "history lost") {
	case 1:
		panic(died{})
	case 2:
		later(0)
		panic(died{})
	case 3:
		later(25 * time.Second)
		panic(died{})
	case 4:
		x.cut = lost
		return
	}
	m.declared[p.Scope.RunID] = at
}

func (x *execution) beforeFind(p *workflows.FindStartedParams) {
	if x.finds++; x.finds <= 2 {
		x.m.company(x)
		x.mayCut()
		if x.cut == whole && x.m.choose("while looking", "goes on", "cancelled") == 1 {
			x.m.canceled = true
			x.CancelWorkflow()
		}
	}
	if p.RunID == x.given {
		p.RunID = x.runID
	}
	p.Until = time.Now().Add(p.Until.Sub(x.Now())) // the machine's time, not the model's
}

func (x *execution) mayCut() {
	x.cut = cut(x.m.choose("the execution", "goes on", "is lost", "is reset to before the snapshot", "is reset to before the start"))
}

func (x *execution) land(ctx context.Context, p workflows.LandParams) (workflows.Landed, error) {
	keys, jobKey := x.m.keys, landing.JobKey(p.Job.ID)
	raw := landing.File{Name: "extract", Key: keys.Raw(jobKey, "extract")}
	err := x.m.activities.Store.WriteManifest(ctx, keys.Manifest(jobKey), &landing.Manifest{
		Schema: 1, Pipeline: x.m.settings.Name, Job: landing.Job{ID: p.Job.ID, Definition: "def"}, Raw: raw, Files: []landing.File{raw}})
	return workflows.Landed{Manifest: p.Job.ID, JobKey: jobKey, Files: 1, Job: p.Job}, err
}

func (x *execution) report(ctx context.Context, p workflows.TieOutParams) (workflows.ReportResult, error) {
	store, keys, jobKey := x.m.activities.Store, x.m.keys, landing.JobKey(p.Manifest) // the model's manifests are named after their jobs
	key, text := keys.TieOut(jobKey, p.Number, "report.json"), []byte("{}")
	if err := store.PutNew(ctx, key, "application/json", text); err != nil {
		return workflows.ReportResult{}, err
	}
	return workflows.ReportResult{Result: workflows.ExtractResult{
		Schema: 1, Pipeline: p.Scope.Settings.Name, BusinessDate: p.Scope.BusinessDate, Outcome: workflows.OutcomeClean,
		Job: workflows.Job{ID: p.Manifest}, Manifest: store.URI(keys.Manifest(jobKey)), TieOut: p.Number, ResultURI: keys.Result(jobKey, p.Number),
		Reports:  workflows.Reports{JSON: store.URI(key), JSONSHA256: fmt.Sprintf("%x", sha256.Sum256(text))},
		Findings: reconcile.FindingsSummary{Amounts: money.Sums{}},
	}}, nil
}
