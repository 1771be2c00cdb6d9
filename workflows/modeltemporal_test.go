package workflows_test

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"tieout/internal/contract"
)

// Namespaces of the model: two of them work on one bucket.
const (
	home    = "default"
	foreign = "other"
)

// modelRun is one run of a workflow as Temporal knows it: an execution, and those that follow it when it is reset.
type modelRun struct {
	namespace, id, runID string
	in                   contract.ExtractInput
	parent               *modelRun      // of the run of a job that was taken up: it lives in its parent's environment
	x                    *execution     // the newest; none for a child
	kept                 []answer       // the answers of its first activities, in turn
	knows                int            // the attempts of its slot with lower numbers
	slot                 *contract.Slot // once Configure has said it
	stoodBefore          *modelRun      // the run that a front waited for last
	end                  *contract.WaitForRunResult

	begun    bool
	waitsFor *modelRun     // while it stands still for another
	stopped  chan struct{} // receives when it has ended, or stands still
	goOn     chan struct{} // is sent to when it may go on
}

// host is the run in whose environment a run lives.
func (r *modelRun) host() *modelRun {
	if r.parent != nil {
		return r.parent
	}
	return r
}

// isFront reports whether the workflow stands before a run of another id.
func (r *modelRun) isFront() bool {
	_, isRun := contract.ParseRun(r.id)
	return !isRun
}

// begin makes a run known to Temporal.
func (m *model) begin(namespace, id string, in contract.ExtractInput) *modelRun {
	m.runs++
	r := &modelRun{namespace: namespace, id: id, runID: fmt.Sprintf("run-%d", m.runs), in: in,
		stopped: make(chan struct{}), goOn: make(chan struct{})}
	m.temporal[namespace+" "+id] = r
	return r
}

// finish walks a run to its end, through its resets.
func (m *model) finish(r *modelRun) {
	r.begun = true
	for m.execute(r); r.x.cut == reset; {
		m.execute(r)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r.end = endOf(r.x)
	for _, child := range m.temporal {
		if child.parent == r && child.end == nil {
			child.end = &contract.WaitForRunResult{Status: contract.RunTerminated}
		}
	}
	m.ledger.ended(r)
}

// endOf is how Temporal says that an execution ended.
func endOf(x *execution) *contract.WaitForRunResult {
	end := &contract.WaitForRunResult{Status: contract.RunCompleted}
	failed, coded := errors.AsType[*temporal.ApplicationError](x.err)
	switch {
	case x.cut == lost:
		end.Status = contract.RunTerminated
	case x.err == nil:
		end.Result = &contract.ExtractResult{}
		x.m.must(x.GetWorkflowResult(end.Result) == nil, "the result cannot be read")
	case temporal.IsCanceledError(x.err):
		end.Status = contract.RunCanceled
	case coded:
		end.Status, end.Code, end.Message = contract.RunFailed, failed.Type(), failed.Message()
	default:
		end.Status, end.Message = contract.RunFailed, x.err.Error()
	}
	return end
}

// goBy walks another run while the current one stands still: to its end, or until it waits for one that stands still.
func (m *model) goBy(r *modelRun) {
	outer, hands := m.current, m.hands
	m.clock, m.hands = m.now(), nil
	m.mu.Unlock()
	if r.begun {
		r.goOn <- struct{}{}
	} else {
		r.begun = true
		go func() { m.finish(r); r.stopped <- struct{}{} }()
	}
	<-r.stopped
	m.mu.Lock()
	m.current, m.hands = outer, hands
	if outer != nil {
		outer.catchUp()
	}
}

// standStill lets the run that the current one went by go on, until that has ended.
func (m *model) standStill(x *execution, for_ *modelRun) {
	hands := m.hands
	m.clock = m.now()
	x.run.waitsFor = for_
	m.mu.Unlock()
	x.run.stopped <- struct{}{}
	<-x.run.goOn
	m.mu.Lock()
	x.run.waitsFor = nil
	m.current, m.hands = x, hands
	x.catchUp()
}

// letGo lets all runs that stand still go on, once there is nobody left to wait for.
func (m *model) letGo() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.temporal {
		if r.waitsFor != nil {
			m.goBy(r)
		}
	}
}

// modelTemporal is the namespace of an execution, as its activities see it.
type modelTemporal struct {
	m *model
	x *execution
}

func (p modelTemporal) newest(id string) *modelRun { return p.m.temporal[p.x.run.namespace+" "+id] }

func (p modelTemporal) IsRunning(_ context.Context, id, runID string) (bool, error) {
	r := p.newest(id)
	return r != nil && r.end == nil && (runID == "" || r.runID == runID), nil
}

func (p modelTemporal) Start(_ context.Context, options client.StartWorkflowOptions, in contract.ExtractInput) error {
	r := p.newest(options.ID)
	switch {
	case r != nil && r.end == nil: // it is joined
		return nil
	case r != nil && r.end.Status == contract.RunCompleted && options.WorkflowIDReusePolicy == enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY:
		return serviceerror.NewWorkflowExecutionAlreadyStarted("completed", "", r.runID)
	}
	p.m.begin(p.x.run.namespace, options.ID, in)
	return nil
}

// End waits where it can: it walks a run that has not begun or stands still, and stands still for one that is current
// further out.
func (p modelTemporal) End(_ context.Context, id string, _ bool) (*contract.WaitForRunResult, error) {
	m, x := p.m, p.x
	for {
		r := p.newest(id)
		switch {
		case r == nil:
			return &contract.WaitForRunResult{Status: contract.RunGone}, nil
		case r.end != nil:
			x.run.stoodBefore = r
			end := *r.end
			return &end, nil
		}
		host := r.host()
		m.must(host.waitsFor != x.run, "%s and %s wait for each other", x.run.id, r.id)
		switch {
		case host == x.run:
			m.must(r != x.run, "%s waits for itself", r.id)
			return nil, nil
		case !host.begun:
			m.goBy(host)
		case host.waitsFor == nil: // it stands still for this one
			m.standStill(x, host)
		case host.waitsFor.end != nil:
			m.goBy(host)
		default:
			m.standStill(x, host.waitsFor)
		}
		if m.broken != "" {
			return &contract.WaitForRunResult{Status: contract.RunGone}, nil
		}
	}
}
