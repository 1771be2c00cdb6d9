package workflows_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"tieout/activities"
	"tieout/concur"
	"tieout/internal/config"
	"tieout/internal/landing"
	"tieout/internal/pipeline"
	"tieout/workflows"
)

var modelFaults = flag.Int("model.faults", 2, "how many things go wrong at most in one interleaving of the start protocol's model")

const (
	modelWindow = time.Minute // the visibility window
	inTime      = modelWindow - time.Second
	tooLate     = 10 * time.Minute // later than any look lasts
	shortJob    = 5 * time.Second
	longJob     = 20 * time.Minute
	modelID     = "extract/nightly-sae/"
)

// scenario is what all interleavings of a walk share.
type scenario struct {
	name string
	// history is how many jobs are there at first; at 100 Concur's list is full.
	history int
	// again starts the date again when its run was lost or failed; else the next night is the next run.
	again bool
	// fewer takes so many off the number of faults: the pairs of the first scenario are enough for a test that is run often.
	fewer int
}

// TestStartProtocol walks through every interleaving of at most model.faults things that go wrong around the start of
// a job (docs/start-protocol.md). It drives the real workflow and the real activities over a modelled Concur and S3.
func TestStartProtocol(t *testing.T) {
	var mu sync.Mutex
	walked := 0
	t.Cleanup(func() { t.Logf("%d interleavings of up to %d faults", walked, *modelFaults) })
	for _, s := range []scenario{
		{name: "again on the same date", history: 1, again: true},
		{name: "the next night", history: 1, fewer: 1},
		{name: "full list, again on the same date", history: 100, again: true, fewer: 1},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			n := 0
			for path := []int(nil); ; {
				m := newModel(t, s, path)
				m.walk()
				n++
				var more bool
				if path, more = m.next(); !more {
					break
				}
			}
			mu.Lock()
			defer mu.Unlock()
			walked += n
			t.Logf("%d interleavings", n)
		})
	}
}

// model is one interleaving: the choices made so far, the world, and what must hold in the end.
type model struct {
	t     *testing.T
	s     scenario
	path  []int // the choices to make, then those made
	sizes []int // how many options each had
	spent int
	trace []string
	quiet bool

	mu         sync.Mutex
	ctx        context.Context // of the activity that is on
	clock      time.Time       // when the next execution begins
	current    *execution
	concur     *modelConcur
	s3         *modelS3
	keys       landing.Keys
	settings   pipeline.Pipeline
	activities *activities.Activities
	on         map[string]string // run ids of the workflows that are on
	declared   map[string]time.Time
	events     []event
	zombie     *zombie

	accepted map[string]int // jobs made by a run's POSTs
	sent     map[string]int // its POSTs that made a job or may have
	decided  bool           // a person decided on a start
	late     bool           // Concur listed a job later than the window
	canceled bool
	visits   int
	tieOuts  map[string]int    // by manifest
	got      map[string]string // the run that a job was given to by StartJob or FindStarted
}

// event is something that happens at its time whatever the run does meanwhile.
type event struct {
	at time.Time
	do func(at time.Time)
}

// zombie is a worker that nobody listens to any more and that makes its POST all the same.
type zombie struct {
	run string
	at  time.Time
}

func newModel(t *testing.T, s scenario, path []int) *model {
	m := &model{t: t, s: s, path: path, clock: time.Now().Add(time.Hour), s3: newModelS3(), on: map[string]string{},
		declared: map[string]time.Time{}, accepted: map[string]int{}, sent: map[string]int{}, tieOuts: map[string]int{}, got: map[string]string{}}
	m.concur = &modelConcur{m: m}
	m.settings = pipeline.Pipeline{
		Name: "nightly-sae", Connection: "acme", Acquire: pipeline.AcquireStart, OnFindings: pipeline.OnFindingsReport,
		Poll: pipeline.Poll{First: pipeline.Duration(15 * time.Second), Max: pipeline.Duration(2 * time.Minute),
			Deadline: pipeline.Duration(6 * time.Hour), Visibility: pipeline.Duration(modelWindow)},
	}
	m.keys = landing.Keys{Pipeline: m.settings.Name}
	m.activities = &activities.Activities{
		Config: &config.Config{}, Connections: map[string]activities.Concur{"acme": m.concur},
		Store: landing.NewStore(m.s3, "evidence", landing.StoreOptions{}), Runs: m,
	}
	for i := range s.history {
		m.concur.add("history", m.clock.Add(-time.Duration(s.history-i)*24*time.Hour), time.Minute, 0)
	}
	return m
}

// choose takes one of the options; the first is what happens when nothing goes wrong, the others are faults.
func (m *model) choose(what string, options ...string) int {
	if m.quiet || m.spent == max(1, *modelFaults-m.s.fewer) {
		return 0
	}
	choice := m.which(what, options...)
	if choice > 0 {
		m.spent++
	}
	return choice
}

// which takes one of the options of a fault that is happening.
func (m *model) which(what string, options ...string) int {
	at := len(m.sizes)
	if at == len(m.path) {
		m.path = append(m.path, 0)
	}
	m.sizes = append(m.sizes, len(options))
	choice := m.path[at]
	require.Less(m.t, choice, len(options), "the model must be deterministic: %s", m)
	if choice > 0 {
		m.trace = append(m.trace, what+": "+options[choice])
	}
	return choice
}

// next is the path of the next interleaving, depth first.
func (m *model) next() ([]int, bool) {
	require.Len(m.t, m.path, len(m.sizes), "the model must be deterministic: %s", m)
	for i := len(m.path) - 1; i >= 0; i-- {
		if m.path[i]+1 < m.sizes[i] {
			path := slices.Clone(m.path[:i+1])
			path[i]++
			return path, true
		}
	}
	return nil, false
}

// String is what went wrong in this interleaving.
func (m *model) String() string { return m.s.name + ": " + strings.Join(m.trace, "; ") }

func (m *model) now() time.Time {
	if m.current == nil {
		return m.clock
	}
	return m.current.Now().Add(m.current.skew)
}

// IsOn is what Temporal knows of a run.
func (m *model) IsOn(_ context.Context, workflowID, runID string) (bool, error) {
	return m.on[workflowID] == runID, nil
}

func (m *model) later(at time.Time, do func(time.Time)) {
	m.events = append(m.events, event{at, do})
}

// tick lets happen what is due.
func (m *model) tick() {
	for {
		i := slices.IndexFunc(m.events, func(e event) bool { return !e.at.After(m.now()) })
		if i < 0 {
			return
		}
		due := m.events[i]
		m.events = slices.Delete(m.events, i, i+1)
		due.do(due.at)
	}
}

// company is what others may do at this moment: start a job, or have a whole run of the same pipeline.
func (m *model) company(x *execution) {
	if x.id != modelID+x.date {
		return
	}
	switch m.choose("meanwhile", "nothing", "somebody else starts a job", "another run of the date", "a run of another date") {
	case 1:
		if !m.concur.on(m.now()) {
			m.concur.add("", m.now(), shortJob, 0)
		}
	case 2:
		m.visit(x.date, "visit/"+x.date)
	case 3:
		m.visit("2026-10-31", modelID+"2026-10-31")
	}
}

// visit is a run of somebody else's from beginning to end; the run that is on stands still.
func (m *model) visit(date, id string) {
	m.visits++
	ctx, quiet := m.ctx, m.quiet
	m.clock, m.quiet = m.now(), true
	m.mu.Unlock()
	visitor := m.execute(date, id, fmt.Sprintf("visitor-%d", m.visits), nil)
	m.mu.Lock()
	m.ctx, m.quiet = ctx, quiet
	m.mustEnd(visitor)
}

// post is one POST of the run that is on, or of a worker that was cut off from it.
func (m *model) post() (concur.Job, error) {
	if m.zombie != nil {
		m.sent[m.zombie.run]++
		m.accept(m.zombie.run, m.zombie.at)
		return concur.Job{}, context.Canceled
	}
	x, at := m.current, m.now()
	reset := &concur.Error{Kind: concur.KindTransport, Message: "connection reset"}
	if m.concur.on(at) {
		if m.choose("a job is on", "409", "409 that is lost") == 1 {
			return concur.Job{}, reset
		}
		return concur.Job{}, &concur.Error{Kind: concur.KindConflict, Message: "a job is on"}
	}
	switch m.choose("the POST", "created", "is refused", "is not sent") {
	case 1:
		return concur.Job{}, &concur.Error{Kind: concur.KindThrottled, Message: "slow down"}
	case 2:
		return concur.Job{}, &concur.Error{Kind: concur.KindNotSent, Message: "no route"}
	}
	m.sent[x.runID]++
	answer := m.choose("the answer", "arrives", "is lost", "worker cut off", "history lost", "reset to before the snapshot", "reset to before the start")
	if answer == 1 {
		if m.which("and the POST itself", "made a job", "made none") == 0 {
			m.accept(x.runID, at)
		}
	} else if answer > 1 {
		switch wait := m.which("and the POST itself", "made a job", "made none", "comes 25 s later", "comes 100 s later", "comes 170 s later"); wait {
		case 0:
			m.accept(x.runID, at)
		case 2, 3, 4:
			after := []time.Duration{25 * time.Second, 100 * time.Second, 110 * time.Second}[wait-2]
			m.later(at.Add(after), func(at time.Time) { m.accept(x.runID, at) })
		}
	}
	switch answer {
	case 0:
		return m.accept(x.runID, at), nil
	case 1:
		return concur.Job{}, reset
	case 2:
		panic(died{})
	}
	x.cut = cut(answer - 2)
	panic(died{})
}

// accept is Concur's side of a POST.
func (m *model) accept(run string, at time.Time) concur.Job {
	if m.concur.on(at) {
		return concur.Job{}
	}
	length, late := shortJob, time.Duration(0)
	switch m.choose("the job", "is short", "is long", "is listed just in time", "is listed too late") {
	case 1:
		length = longJob
	case 2:
		late = inTime
	case 3:
		late, m.late = tooLate, true
	}
	m.accepted[run]++
	return m.concur.add(run, at, length, late)
}

// walk is a night that things happen to, and two quiet ones.
func (m *model) walk() {
	const date = "2026-11-20"
	begin := m.clock
	if m.choose("at first", "nothing is on", "a job of somebody else is on") == 1 {
		m.concur.add("", m.clock.Add(-time.Second), 3*time.Second, 0)
	}
	for run := 1; ; run++ {
		x := m.execute(date, modelID+date, fmt.Sprintf("run-%d", run), nil)
		for x.cut == resetSnapshot || x.cut == resetStart {
			if x.cut == resetSnapshot {
				x.snapshot = nil
			}
			x = m.execute(date, x.id, x.runID, x.snapshot)
		}
		m.mustEnd(x)
		if !m.s.again || x.cut == whole && x.knowsItsStart() {
			break
		}
	}
	m.mustStartOnce()
	m.quiet = true
	for night := 1; night <= 2; night++ {
		m.clock = begin.AddDate(0, 0, night)
		next := fmt.Sprintf("2026-11-%d", 20+night)
		x := m.execute(next, modelID+next, fmt.Sprintf("quiet-%d", night), nil)
		require.NoError(m.t, x.err, "a quiet night: %s", m)
	}
	m.mustStartOnce() // no worker that came back late has started another
	m.mustHaveLandedAll()
}

// mustEnd: a run that is not cut has a result, or fails with a code. Whom it asks has answered.
func (m *model) mustEnd(x *execution) {
	var failed *temporal.ApplicationError
	if x.cut != whole || x.err == nil || m.canceled && temporal.IsCanceledError(x.err) {
		return
	}
	require.True(m.t, errors.As(x.err, &failed) && slices.Contains(workflows.Codes(), failed.Type()), "ended with %v: %s", x.err, m)
}

// mustStartOnce: one job per run, two at most when Concur lists later than it may; and one per date, where a run
// follows one that was lost.
func (m *model) mustStartOnce() {
	if m.decided {
		return
	}
	all := 0
	for run, sent := range m.sent {
		require.LessOrEqual(m.t, sent, workflows.MaxPosts, "POSTs of %s: %s", run, m)
		if !m.late {
			require.LessOrEqual(m.t, m.accepted[run], 1, "jobs started by %s: %s", run, m)
		}
		if strings.HasPrefix(run, "run-") {
			all += m.accepted[run]
		}
	}
	if !m.late {
		require.LessOrEqual(m.t, all, 1, "jobs started for the date: %s", m)
	}
}

// mustHaveLandedAll: every job that completed since the pipeline's first run has its manifest and its result.
func (m *model) mustHaveLandedAll() {
	for _, job := range m.concur.jobs {
		key := landing.JobKey(job.id)
		if job.run == "history" {
			continue
		}
		for _, object := range []string{m.keys.Manifest(key), m.keys.Result(key, 1)} {
			require.Contains(m.t, m.s3.objects, object, "%s of %q has not landed: %s", job.id, job.run, m)
		}
	}
}

// mustBeLeftOver: a run's recovery takes up no job that another run which is on has got.
func (x *execution) mustBeLeftOver(p *workflows.JobParams) {
	run := x.m.got[p.JobID]
	for _, on := range x.m.on {
		require.False(x.m.t, run != x.runID && on == run, "%s has been taken up while %s is on it: %s", p.JobID, run, x.m)
	}
}

func (x *execution) progress() (progress workflows.Progress) {
	value, err := x.QueryWorkflow(workflows.QueryProgress)
	require.NoError(x.m.t, err)
	require.NoError(x.m.t, value.Get(&progress))
	return progress
}

// knowsItsStart tells that the run had its job, or knew that it had none: the next one for the date is another start.
func (x *execution) knowsItsStart() bool {
	return !temporal.IsCanceledError(x.err) || x.progress().JobID != ""
}

// person decides on a start that the run cannot settle.
func (x *execution) person() {
	if x.progress().Phase != workflows.PhaseAmbiguous {
		return
	}
	m := x.m
	m.mu.Lock()
	m.decided = true
	decision, newest := workflows.ResolveStartInput{Decision: workflows.DecisionStop, By: "pat", Reason: "looked at Concur"}, m.concur.jobs[len(m.concur.jobs)-1]
	choice := 0
	if !m.quiet {
		choice = m.which("a person", "stops", "adopts the newest job", "starts again")
	}
	switch choice {
	case 1:
		decision.Decision, decision.JobID = workflows.DecisionAdopt, newest.id
	case 2:
		decision.Decision = workflows.DecisionStartAgain
	}
	m.mu.Unlock()
	x.UpdateWorkflow(workflows.UpdateResolveStart, "decide-"+x.Now().String(), accepted(m.t), decision)
}
