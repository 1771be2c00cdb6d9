package workflows_test

import (
	"context"
	"errors"
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

// Activities before which a person may reset a run.
const (
	theSnapshot = string(contract.SnapshotJobs)
	theStart    = string(contract.StartJob)
)

// resetTo cuts the execution, and keeps its history up to the first snapshot or up to the last start.
func (x *execution) resetTo(name string) {
	x.cut = reset
	at := -1
	for i, there := range x.run.kept {
		if there.activity == name && (at < 0 || name == theStart) {
			at = i
		}
	}
	if at >= 0 && (name == theSnapshot || x.m.hands == nil) {
		x.run.kept = x.run.kept[:at]
	}
}

// mayCut is what may happen to an execution at any moment.
func (x *execution) mayCut() {
	switch x.m.choose(x.run.runID+" "+x.step, "goes on", "is lost", "is reset to before the snapshot", "is reset to before the start") {
	case 1:
		x.cut = lost
	case 2:
		x.resetTo(theSnapshot)
	case 3:
		x.resetTo(theStart)
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

// act registers an activity of the model: before is what may happen when it begins, do is the real activity.
func act[P, R any](x *execution, activityName contract.Activity[P, R], before func(), do func(context.Context, P) (R, error)) {
	name := string(activityName)
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
		if scope := scopeIn(&p); scope != nil {
			x.named(id, scope)
		}
		m.tick()
		if before != nil && id == x.run.id {
			before()
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
	if application, ok := errors.AsType[*temporal.ApplicationError](err); ok && !application.NonRetryable() {
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
