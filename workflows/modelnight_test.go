package workflows_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tieout/activities"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/money"
	"tieout/workflows"
)

// execution is one execution of the workflow ConcurExtract over the model: the workflow is the real one, and so are
// the activities that start, find, claim and record; only the landing and the tie-out are stand-ins.
type execution struct {
	*testsuite.TestWorkflowEnvironment
	m          *model
	run        *modelRun
	activities *activities.Activities
	given      string        // the run id that the test environment gives to every run
	replay     []answer      // what a reset left in the history
	skew       time.Duration // how far the world went on while this execution stood still
	finds      int
	step       string // what it is doing
	cut        cut
	err        error
	// What it has done.
	calls, writes, posts int
}

// answer is that of an activity, as it stands in the history.
type answer struct {
	activity string
	result   any
	err      error
}

// cut is how an execution ends other than by itself.
type cut int

const (
	whole cut = iota
	lost      // terminated, or its history is gone
	reset     // to an earlier point: another execution of the same run follows
)

var errGone = temporal.NewNonRetryableApplicationError("the history is gone", "Gone", nil)

// execute walks one execution of a run to its end, or until it is cut.
func (m *model) execute(r *modelRun) {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	x := &execution{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), m: m, run: r, replay: slices.Clone(r.kept)}
	x.activities = m.worker(x)
	x.SetTestTimeout(time.Minute)
	x.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	x.SetStartTime(m.clock)
	x.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: r.id, TaskQueue: contract.TaskQueue})
	x.RegisterWorkflowWithOptions(workflows.ConcurExtract, workflow.RegisterOptions{Name: contract.TypeConcurExtract})
	x.RegisterWorkflowWithOptions(workflows.Reconcile, workflow.RegisterOptions{Name: contract.TypeReconcile})
	x.SetOnChildWorkflowCompletedListener(x.childEnded)
	x.register()
	for hour := range 8 {
		x.RegisterDelayedCallback(x.person, time.Duration(hour+1)*time.Hour)
	}
	m.mu.Lock()
	outer := m.current
	r.x, r.kept = x, nil
	m.mu.Unlock()
	x.ExecuteWorkflow(contract.TypeConcurExtract, r.in)
	x.err = x.GetWorkflowError()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clock, m.current = x.now(), outer
}

func (x *execution) now() time.Time { return x.Now().Add(x.skew) }

// catchUp moves the execution on to the world's time, after it stood still.
func (x *execution) catchUp() { x.skew = max(x.skew, x.m.clock.Sub(x.Now())) }

// resetTo cuts the execution, and keeps its history up to the first snapshot, or up to the last start that is past.
func (x *execution) resetTo(name string) {
	x.cut = reset
	at := -1
	for i, there := range x.run.kept {
		if there.activity == name && (at < 0 || name == string(contract.StartJob)) {
			at = i
		}
	}
	if at >= 0 && (name == string(contract.SnapshotJobs) || x.m.hands == nil) {
		x.run.kept = x.run.kept[:at]
	}
}

// mayCut is what may happen to an execution at any moment.
func (x *execution) mayCut() {
	switch x.m.choose(x.run.runID+" "+x.step, "goes on", "is lost", "is reset to before the snapshot", "is reset to before the start") {
	case 1:
		x.cut = lost
	case 2:
		x.resetTo(string(contract.SnapshotJobs))
	case 3:
		x.resetTo(string(contract.StartJob))
	}
}

// meet has the encounter of the walk at this moment, if it is to be had now.
func (x *execution) meet() {
	m, r := x.m, x.run
	if m.quiet || m.met || m.s.meets == nobody || r.slot == nil || r.namespace != home {
		return
	}
	if m.which("meanwhile, "+r.runID+" "+x.step, "nothing", string(m.s.meets)) == 0 {
		return
	}
	m.met = true
	in := contract.ExtractInput{Pipeline: m.settings.Name, BusinessDate: r.slot.First().String()}
	switch m.s.meets {
	case abroad:
		m.goBy(m.begin(foreign, contract.Run{Pipeline: m.settings.Name, Slot: *r.slot}.ID(), contract.ExtractInput{}))
	case joined:
		m.goBy(m.begin(home, "passing", in))
	case furtherOnce:
		in.Again = true
		m.goBy(m.begin(home, "passing", in))
	case otherDate:
		m.goBy(m.begin(home, contract.Run{Pipeline: m.settings.Name, Slot: slotOn(-20)}.ID(), contract.ExtractInput{}))
	}
}

// act is an activity of the model: before is what may happen when it begins, do is the real activity.
func act[P, R any](x *execution, name string, scope func(*P) *contract.Scope, before func(*P), do func(context.Context, P) (R, error)) {
	x.RegisterActivityWithOptions(func(ctx context.Context, p P) (result R, err error) {
		m := x.m
		m.mu.Lock()
		defer m.mu.Unlock()
		if x.cut != whole || m.broken != "" {
			return result, errGone
		}
		id := activity.GetInfo(ctx).WorkflowExecution.ID
		if id == x.run.id && len(x.replay) > 0 {
			there := x.replay[0]
			m.must(there.activity == name, "the replay is at %s, the workflow at %s", there.activity, name)
			x.replay, x.run.kept = x.replay[1:], append(x.run.kept, there)
			result, _ = there.result.(R)
			return result, there.err
		}
		m.current, x.step = x, "at "+name
		if scope != nil {
			x.named(id, scope(&p))
		}
		m.tick()
		if before != nil && id == x.run.id {
			before(&p)
		}
		if x.cut == whole {
			result, err = do(ctx, p)
		}
		if x.cut != whole {
			return result, errGone
		}
		if id == x.run.id {
			x.keep(name, result, err)
		}
		return result, err
	}, activity.RegisterOptions{Name: name})
}

// keep writes down what a reset may leave in the history: the way to the job, where one activity follows the other.
func (x *execution) keep(name string, result any, err error) {
	var application *temporal.ApplicationError
	if errors.As(err, &application) && !application.NonRetryable() {
		return // it is tried again
	}
	if n := len(x.run.kept); n == 0 || x.run.kept[n-1].activity != string(contract.ClaimJob) {
		x.run.kept = append(x.run.kept, answer{name, result, err})
	}
}

// named gives a scope the run id of the model, and makes the run of a job known.
func (x *execution) named(id string, scope *contract.Scope) {
	if id == x.run.id {
		x.given, scope.RunID = scope.RunID, x.run.runID
		return
	}
	scope.RunID = x.run.runID + " " + id
}

// childBegan makes the run of a job known that another run has taken up.
func (x *execution) childBegan(id string) {
	if there := x.m.temporal[x.run.namespace+" "+id]; there == nil || there.end != nil {
		x.m.temporal[x.run.namespace+" "+id] = &modelRun{namespace: x.run.namespace, id: id, runID: x.run.runID + " " + id, parent: x.run, begun: true}
	}
}

func (x *execution) childEnded(info *workflow.Info, result converter.EncodedValue, err error) {
	x.m.mu.Lock()
	defer x.m.mu.Unlock()
	r := x.m.temporal[x.run.namespace+" "+info.WorkflowExecution.ID]
	if r == nil || r.parent != x.run {
		return
	}
	r.end = &contract.WaitForRunResult{Status: contract.RunFailed, Code: contract.CodeTemporary}
	var there contract.ExtractResult
	if err == nil && result.Get(&there) == nil {
		r.end = &contract.WaitForRunResult{Status: contract.RunCompleted, Result: &there}
	}
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
	a := x.activities
	job := func(p *contract.JobParams) *contract.Scope { return &p.Scope }
	tieOut := func(p *contract.TieOutParams) *contract.Scope { return &p.Scope }
	act(x, string(contract.Configure), nil, nil, x.configure)
	act(x, string(contract.StartRun), func(p *contract.StartRunParams) *contract.Scope { return &p.Scope }, nil, a.StartRun)
	act(x, string(contract.WaitForRun), nil, nil, seldom(10*time.Minute, a.WaitForRun))
	act(x, string(contract.Prepare), func(p *contract.PrepareParams) *contract.Scope { return &p.Scope }, nil, a.Prepare)
	act(x, string(contract.SnapshotJobs), func(p *contract.SnapshotJobsParams) *contract.Scope { return &p.Scope },
		func(*contract.SnapshotJobsParams) { x.somebodyStarts(); x.meet(); x.mayCut() }, x.snapshotJobs)
	act(x, string(contract.StartJob), func(p *contract.StartJobParams) *contract.Scope { return &p.Scope },
		func(*contract.StartJobParams) { x.posts++; x.somebodyStarts() }, x.startJob)
	act(x, string(contract.FenceStart), func(p *contract.FenceStartParams) *contract.Scope { return &p.Scope },
		func(*contract.FenceStartParams) { x.meet(); x.mayCut() }, a.FenceStart)
	act(x, string(contract.FindStarted), func(p *contract.FindStartedParams) *contract.Scope { return &p.Scope }, x.beforeFind, x.findStarted)
	act(x, string(contract.DescribeJob), job, nil, a.DescribeJob)
	act(x, string(contract.PickUp), job, nil, a.PickUp)
	act(x, string(contract.FindLeftOver), job, nil, a.FindLeftOver)
	act(x, string(contract.ClaimJob), job, func(*contract.JobParams) { x.meet(); x.mayCut() }, none(a.ClaimJob))
	act(x, string(contract.WaitForJob), job, func(*contract.JobParams) { x.mayCut() }, seldom(10*time.Minute, a.WaitForJob))
	act(x, string(contract.Land), func(p *contract.LandParams) *contract.Scope { return &p.Scope }, nil, x.land)
	act(x, string(contract.OpenTieOut), tieOut, nil, x.openTieOut)
	act(x, string(contract.Scan), tieOut, nil, func(context.Context, contract.TieOutParams) (contract.ScanResult, error) {
		return contract.ScanResult{}, nil
	})
	act(x, string(contract.ReadLists), tieOut, nil, func(context.Context, contract.TieOutParams) (contract.ReadListsResult, error) {
		return contract.ReadListsResult{}, nil
	})
	act(x, string(contract.Report), tieOut, nil, x.report)
	act(x, string(contract.HandOver), func(p *contract.HandOverParams) *contract.Scope { return &p.Scope },
		func(*contract.HandOverParams) { x.mayCut() }, func(ctx context.Context, p contract.HandOverParams) (struct{}, error) {
			p.At = p.At.Add(x.skew)
			return struct{}{}, a.HandOver(ctx, p)
		})
	act(x, string(contract.RecordRun), func(p *contract.RecordRunParams) *contract.Scope { return &p.Scope }, nil,
		func(ctx context.Context, p contract.RecordRunParams) (struct{}, error) {
			p.At = p.At.Add(x.skew)
			return struct{}{}, a.RecordRun(ctx, p)
		})
}

func (x *execution) configure(ctx context.Context, p contract.ConfigureParams) (contract.Configured, error) {
	p.At = p.At.Add(x.skew)
	p.RunID = x.run.runID
	if p.WorkflowID != x.run.id {
		x.childBegan(p.WorkflowID)
		p.RunID += " " + p.WorkflowID
	}
	c, err := x.activities.Configure(ctx, p)
	if err == nil && p.WorkflowID == x.run.id && !c.Slot.IsZero() {
		x.run.slot = &c.Slot
	}
	return c, err
}

// snapshotJobs speaks to the workflow in its own time.
func (x *execution) snapshotJobs(ctx context.Context, p contract.SnapshotJobsParams) (contract.JobsSnapshot, error) {
	snapshot, err := x.activities.SnapshotJobs(ctx, p)
	if snapshot.Open != nil {
		snapshot.Open.At = snapshot.Open.At.Add(-x.skew)
	}
	x.run.knows = max(x.run.knows, snapshot.Attempts)
	return snapshot, err
}

func (x *execution) findStarted(ctx context.Context, p contract.FindStartedParams) (contract.FindStartedResult, error) {
	p.Until = p.Until.Add(x.skew)
	if p.RunID == x.given {
		p.RunID = x.run.runID
	}
	pause := 35 * time.Second
	if p.Running {
		pause = 5 * time.Minute
	}
	return seldom(pause, x.activities.FindStarted)(ctx, p)
}

func (x *execution) beforeFind(*contract.FindStartedParams) {
	if x.finds++; x.finds > 2 {
		return
	}
	x.somebodyStarts()
	x.meet()
	x.mayCut()
	if x.cut == whole && x.m.choose("while looking", "goes on", "cancelled") == 1 {
		x.m.ledger.cancelled = true
		x.CancelWorkflow()
	}
}

// somebodyStarts is a person in Concur who starts a job meanwhile.
func (x *execution) somebodyStarts() {
	m := x.m
	if m.s.meets == nobody && !m.concur.on(m.now()) && m.choose("meanwhile", "nothing", "somebody else starts a job") == 1 {
		m.concur.add(anothers, m.now(), shortJob, 0)
	}
}

func (x *execution) land(ctx context.Context, p contract.LandParams) (contract.Landed, error) {
	keys, jobKey := x.m.keys, contract.JobKey(p.Job.ID)
	raw := evidence.File{Name: "extract", Key: keys.Raw(jobKey, "extract")}
	err := evidence.WriteManifest(ctx, x.m.store, keys.Manifest(jobKey), &evidence.Manifest{
		Schema: 1, Pipeline: x.m.settings.Name, Job: evidence.Job{ID: p.Job.ID, Definition: "def"}, Raw: raw, Files: []evidence.File{raw}})
	return contract.Landed{Manifest: x.m.store.URI(keys.Manifest(jobKey)), JobKey: jobKey, Landing: 1, Files: 1, Job: p.Job}, err
}

// openTieOut gives a tie-out its number.
func (x *execution) openTieOut(_ context.Context, p contract.TieOutParams) (contract.OpenTieOutResult, error) {
	x.m.tieOuts[p.Manifest]++
	return contract.OpenTieOutResult{Number: x.m.tieOuts[p.Manifest], Files: 1}, nil
}

func (x *execution) report(ctx context.Context, p contract.TieOutParams) (contract.ReportResult, error) {
	key, err := x.m.store.Key(p.Manifest)
	if err != nil {
		return contract.ReportResult{}, err
	}
	manifest, err := evidence.ReadManifest(ctx, x.m.store, key)
	if err != nil {
		return contract.ReportResult{}, err
	}
	jobKey := contract.JobKey(manifest.Job.ID)
	report, text := x.m.keys.TieOut(jobKey, p.Number, "report.json"), []byte("{}")
	if err := x.m.store.PutNew(ctx, report, "application/json", text); err != nil {
		return contract.ReportResult{}, err
	}
	return contract.ReportResult{Result: contract.ExtractResult{
		Schema: 1, Pipeline: p.Scope.Settings.Name, BusinessDate: p.Scope.BusinessDate, Outcome: contract.OutcomeClean,
		Job: contract.Job{ID: manifest.Job.ID}, Manifest: p.Manifest, TieOut: p.Number,
		ResultURI: x.m.store.URI(x.m.keys.Result(jobKey, p.Number)),
		Reports:   contract.Reports{JSON: x.m.store.URI(report), JSONSHA256: fmt.Sprintf("%x", sha256.Sum256(text))},
		Findings:  contract.FindingsSummary{Amounts: money.Sums{}},
	}}, nil
}

// person decides on a start that the run cannot settle. Another who decides after that is refused.
func (x *execution) person() {
	m := x.m
	value, err := x.QueryWorkflow(contract.QueryProgress)
	var progress contract.Progress
	if err != nil || value.Get(&progress) != nil || progress.Phase != contract.PhaseAmbiguous {
		return
	}
	m.mu.Lock()
	m.current = x
	in := contract.ResolveStartInput{Decision: contract.DecisionStop, By: "ann", Reason: "looked at Concur"}
	choice := 0
	if m.asks++; m.asks <= 2 && !m.quiet {
		choice = m.which("a person", "stops", "adopts the newest job", "starts again")
	} else if m.asks > 2 {
		choice = 2
	}
	switch choice {
	case 1:
		in.Decision, in.JobID = contract.DecisionAdopt, m.concur.jobs[len(m.concur.jobs)-1].id
	case 2:
		in.Decision = contract.DecisionStartAgain
	}
	m.ledger.decisions = append(m.ledger.decisions, decision{x.run, *x.run.slot, m.now(), in.Decision})
	m.mu.Unlock()
	x.UpdateWorkflow(contract.UpdateResolveStart, "first "+x.Now().String(), &testsuite.TestUpdateCallback{
		OnReject: func(err error) { m.must(false, "the decision was refused: %v", err) }}, in)
	if choice == 1 {
		return // its job is looked for first
	}
	in.By, in.Decision = "bob", contract.DecisionStartAgain
	x.UpdateWorkflow(contract.UpdateResolveStart, "second "+x.Now().String(), &testsuite.TestUpdateCallback{
		OnAccept: func() { m.must(false, "a second decision was accepted") }}, in)
}
