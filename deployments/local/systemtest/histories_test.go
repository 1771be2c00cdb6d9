package systemtest

import (
	"context"
	"flag"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
	"tieout/internal/runs"
	"tieout/workflows"
)

// kindOfRun makes a run of one kind on a pipeline of its own, and returns the workflow ids whose histories show it.
type kindOfRun struct {
	name     string
	settings map[string]any
	world    func(*concurtest.World)
	legacy   bool // the connection has an access token that Concur refuses
	prepare  func(*Pipeline)
	act      func(s *scene) []string
	also     string // what the second workflow is, where act returns two
}

// scene is what a kind of run needs to be made.
type scene struct {
	*Pipeline
	ctx context.Context
	t   *testing.T
}

func (s *scene) id() string { return s.run().ID() }

// ends waits for the run of the date and sees how it ends: with an outcome, or with a code.
func (s *scene) ends(outcome contract.Outcome, code string) []string {
	s.t.Helper()
	ended, err := s.Run(s.ctx)
	require.NoError(s.t, err)
	s.requireEnd(ended, outcome, code)
	return []string{s.id()}
}

func (s *scene) requireEnd(ended Ended, outcome contract.Outcome, code string) {
	s.t.Helper()
	got, message := Code(ended.Err)
	require.Equal(s.t, code, got, message)
	if code == "" {
		require.Equal(s.t, outcome, ended.Result.Outcome)
	}
}

func (s *scene) start() client.WorkflowRun {
	s.t.Helper()
	run, err := s.Start(s.ctx)
	require.NoError(s.t, err)
	return run
}

func (s *scene) awaitEnd(run client.WorkflowRun, outcome contract.Outcome, code string) {
	s.t.Helper()
	ended, err := s.Await(s.ctx, run)
	require.NoError(s.t, err)
	s.requireEnd(ended, outcome, code)
}

// inPhase waits until the run of the date is in a phase.
func (s *scene) inPhase(phase contract.Phase) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		status, err := runs.Describe(s.ctx, s.scenario.Client, s.id(), "")
		return err == nil && status.Progress.Phase == phase
	}, patience(), 50*time.Millisecond)
}

func (s *scene) update(name string, in any) {
	s.t.Helper()
	handle, err := s.scenario.Client.UpdateWorkflow(s.ctx, client.UpdateWorkflowOptions{WorkflowID: s.id(), UpdateName: name,
		Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted})
	require.NoError(s.t, err)
	require.NoError(s.t, handle.Get(s.ctx, nil))
}

func (s *scene) resolve(decision contract.Decision) {
	s.t.Helper()
	s.update(contract.UpdateResolveStart, contract.ResolveStartInput{Decision: decision, By: "kim", Reason: "looked at Concur"})
}

// record is the directory for histories, such as ../../../workflows/testdata/replay/0.2.0.
var record = flag.String("record", "", "write the histories of TestEachKindOfRunReplays to this directory")

// TestEachKindOfRunReplays makes a run of each kind on real servers and replays its history at once. With -record it
// writes the histories that later versions have to replay.
func TestEachKindOfRunReplays(t *testing.T) {
	t.Parallel()
	kinds := append(kindsThatEnd(), kindsThatFail()...)
	var pipelines []*Pipeline
	for _, kind := range kinds {
		p := &Pipeline{Name: "nightly-" + kind.name, World: World(60), Settings: kind.settings}
		if kind.legacy {
			p.Connection = legacyToken("not-the-token")
		}
		if kind.world != nil {
			kind.world(&p.World)
		}
		pipelines = append(pipelines, p)
	}
	ctx, s := newScenario(t, pipelines...)
	for i, kind := range kinds {
		if kind.prepare != nil {
			kind.prepare(pipelines[i])
		}
	}
	work(ctx, t, s)
	for i, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			scene := &scene{pipelines[i], ctx, t}
			for n, id := range kind.act(scene) {
				name := kind.name
				if n > 0 {
					name += "-" + kind.also
				}
				replay(scene, name, id)
			}
		})
	}
}

// replay replays the histories of a workflow and of its tie-outs, and records them where that was asked for.
func replay(s *scene, name, workflowID string) {
	s.t.Helper()
	histories, err := Histories(s.ctx, s.scenario.Client, workflowID, "")
	require.NoError(s.t, err)
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DisableDeadlockDetection: true})
	require.NoError(s.t, err)
	replayer.RegisterWorkflowWithOptions(workflows.ConcurExtract, workflow.RegisterOptions{Name: contract.TypeConcurExtract})
	replayer.RegisterWorkflowWithOptions(workflows.Reconcile, workflow.RegisterOptions{Name: contract.TypeReconcile})
	for _, h := range histories {
		started := h.Events[0].GetWorkflowExecutionStartedEventAttributes()
		require.NoError(s.t, replayer.ReplayWorkflowHistoryWithOptions(nil, h, worker.ReplayWorkflowHistoryOptions{
			OriginalExecution: workflow.Execution{ID: started.GetWorkflowId(), RunID: started.GetOriginalExecutionRunId()}}))
	}
	if *record != "" {
		require.NoError(s.t, WriteHistories(filepath.Join(*record, name), histories))
	}
}

func kindsThatEnd() []kindOfRun {
	lost := func(p *Pipeline) { p.Concur.Inject(concurtest.Fault{Operation: concurtest.OpStart, DropBefore: true}) }
	held := map[string]any{"on_findings": "hold"}
	return []kindOfRun{
		{name: "date", act: func(s *scene) []string { return s.ends(contract.OutcomeFindings, "") }},
		{name: "front", also: "answered", act: func(s *scene) []string {
			front, err := s.startUnder(s.ctx, "front/joins")
			require.NoError(s.t, err)
			s.awaitEnd(front, contract.OutcomeFindings, "")
			answered, err := s.startUnder(s.ctx, "front/answered")
			require.NoError(s.t, err)
			s.awaitEnd(answered, contract.OutcomeFindings, "")
			return []string{"front/joins", "front/answered"}
		}},
		{name: "again", act: func(s *scene) []string {
			s.ends(contract.OutcomeFindings, "")
			front, err := runs.Start(s.ctx, s.scenario.Client, contract.ExtractInput{Pipeline: s.Name, BusinessDate: s.Date, Again: true})
			require.NoError(s.t, err)
			s.awaitEnd(front, contract.OutcomeFindings, "")
			return []string{s.id() + "/again/2"}
		}},
		{name: "job", settings: impatient, prepare: func(p *Pipeline) { p.Concur.Inject(servedInstead(concurtest.BodyJSON)) },
			act: func(s *scene) []string {
				s.ends("", contract.CodeFileFormat)
				s.Concur.ResetFaults()
				job := s.jobs()[0].ID
				run, err := s.startOnJob(s.ctx, job)
				require.NoError(s.t, err)
				s.awaitEnd(run, contract.OutcomeFindings, "")
				return []string{run.GetID()}
			}},
		{name: "landed-again", act: func(s *scene) []string {
			s.ends(contract.OutcomeFindings, "")
			run, _, err := runs.LandAgain(s.ctx, s.scenario.Client, s.Name, s.jobs()[0].ID, contract.LandAgainInput{By: "kim", Reason: "a record was missing"})
			require.NoError(s.t, err)
			s.awaitEnd(run, contract.OutcomeFindings, "")
			return []string{run.GetID()}
		}},
		{name: "held", settings: held, act: func(s *scene) []string {
			run := s.start()
			s.inPhase(contract.PhaseReview)
			s.update(contract.UpdateReview, contract.ReviewInput{Decision: contract.DecisionApprove, By: "kim", Reason: "codes agreed"})
			s.awaitEnd(run, contract.OutcomeApproved, "")
			return []string{s.id()}
		}},
		{name: "recheck", settings: held, act: func(s *scene) []string {
			run := s.start()
			s.inPhase(contract.PhaseReview)
			s.update(contract.UpdateReview, contract.ReviewInput{Decision: contract.DecisionRecheck, By: "kim", Reason: "lists corrected"})
			require.Eventually(s.t, func() bool {
				status, err := runs.Describe(s.ctx, s.scenario.Client, s.id(), "")
				return err == nil && status.Progress.Phase == contract.PhaseReview && status.Progress.TieOut == 2
			}, patience(), 50*time.Millisecond)
			s.update(contract.UpdateReview, contract.ReviewInput{Decision: contract.DecisionReject, By: "kim", Reason: "still wrong"})
			s.awaitEnd(run, contract.OutcomeRejected, "")
			return []string{s.id()}
		}},
		{name: "resolved-start", prepare: lost, act: func(s *scene) []string {
			run := s.start()
			s.inPhase(contract.PhaseAmbiguous)
			s.Concur.ResetFaults()
			s.resolve(contract.DecisionStartAgain)
			s.awaitEnd(run, contract.OutcomeFindings, "")
			return []string{s.id()}
		}},
		{name: "recovery", also: "job", settings: impatient, prepare: func(p *Pipeline) { p.Concur.Inject(servedInstead(concurtest.BodyJSON)) },
			act: func(s *scene) []string {
				s.ends("", contract.CodeFileFormat)
				s.Concur.ResetFaults()
				left := s.jobs()[0].ID
				s.Date = "2026-11-21"
				ended, err := s.Run(s.ctx)
				require.NoError(s.t, err)
				s.requireEnd(ended, contract.OutcomeFindings, "")
				require.Len(s.t, ended.Result.Recovered, 1)
				return []string{s.id(), contract.Run{Pipeline: s.Name, JobKey: contract.JobKey(left)}.ID()}
			}},
		{name: "pickup", settings: map[string]any{"acquire": "pickup"}, world: func(w *concurtest.World) { w.Definitions[0].History = 2 },
			act: func(s *scene) []string { return s.ends(contract.OutcomeFindings, "") }},
	}
}

// kindsThatFail fail once by each code.
func kindsThatFail() []kindOfRun {
	fails := func(code string, kind kindOfRun) kindOfRun {
		kind.name = "failed-" + strings.ToLower(code)
		if kind.act == nil {
			kind.act = func(s *scene) []string { return s.ends("", code) }
		}
		return kind
	}
	return []kindOfRun{
		fails(contract.CodeConcurJobFailed, kindOfRun{world: func(w *concurtest.World) { w.Definitions[0].Timing.FailAll = true }}),
		fails(contract.CodeConcurAuth, kindOfRun{legacy: true}),
		fails(contract.CodeConcurDeadline, kindOfRun{settings: impatient, world: func(w *concurtest.World) { w.Definitions[0].Timing.Running = time.Hour }}),
		fails(contract.CodeStartAmbiguous, kindOfRun{
			prepare: func(p *Pipeline) { p.Concur.Inject(concurtest.Fault{Operation: concurtest.OpStart, DropBefore: true}) },
			act: func(s *scene) []string {
				run := s.start()
				s.inPhase(contract.PhaseAmbiguous)
				s.resolve(contract.DecisionStop)
				s.awaitEnd(run, "", contract.CodeStartAmbiguous)
				return []string{s.id()}
			}}),
		fails(contract.CodeControlTotals, kindOfRun{world: wrongTotals}),
		fails(contract.CodeFileFormat, kindOfRun{settings: impatient, prepare: func(p *Pipeline) { p.Concur.Inject(servedInstead(concurtest.BodyHTML)) }}),
		fails(contract.CodeFileEncrypted, kindOfRun{world: file(concurtest.File{Kind: concurtest.FileEncrypted, Size: 5000})}),
		fails(contract.CodeLandingConflict, kindOfRun{prepare: otherBytes,
			world: file(concurtest.File{Name: "extract.txt", Extract: World(60).Definitions[0].Files[0].Extract})}),
		fails(contract.CodeConfigInvalid, kindOfRun{settings: map[string]any{"definition": "Standard Acounting Extract"}}),
		fails(contract.CodeListUnavailable, kindOfRun{prepare: func(p *Pipeline) {
			p.Concur.Inject(concurtest.Fault{Operation: concurtest.OpItems, Status: http.StatusBadRequest})
		}}),
		fails(contract.CodeFindings, kindOfRun{settings: map[string]any{"on_findings": "fail"}}),
		fails(contract.CodeTemporary, kindOfRun{world: func(w *concurtest.World) { w.Definitions[0].Timing.Running = time.Hour },
			act: func(s *scene) []string {
				front, err := s.startUnder(s.ctx, "front/temporary")
				require.NoError(s.t, err)
				s.inPhase(contract.PhaseWaiting)
				require.NoError(s.t, s.scenario.Client.TerminateWorkflow(s.ctx, s.id(), "", "the test ends it"))
				s.awaitEnd(front, "", contract.CodeTemporary)
				return []string{"front/temporary"}
			}}),
	}
}
