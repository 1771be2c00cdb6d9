package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/nexus/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tieout/concur/concurtest"
	"tieout/deployments/local/systemtest"
	"tieout/internal/contract"
	"tieout/internal/runs"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// The tests mostly wait. On two cores two at a time would take minutes.
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// fixture is a pipeline for one test. All tests share a scenario and run at the same time.
type fixture struct {
	*systemtest.Pipeline
	t        *testing.T
	ctx      context.Context
	scenario *systemtest.Scenario
}

// TestRunsAndFronts tries on a real server what docs/start-protocol.md promises of a date: it has one run, and whoever asks
// for the date joins that run or is answered with its verdict.
func TestRunsAndFronts(t *testing.T) {
	ctx, servers := startServers(t, 20*time.Minute)
	tests := []struct {
		name     string
		settings map[string]any
		test     func(*fixture)
	}{
		{"fronts-leave-the-run-alone", nil, frontsLeaveTheRunAlone},
		{"terminated-run-ends-its-fronts", nil, terminatedRunEndsItsFronts},
		{"schedule-is-answered", nil, scheduleIsAnswered},
		{"everybody-joins", nil, everybodyJoins},
		{"forgotten-run", nil, forgottenRun},
		{"bucket-is-away", nil, bucketIsAway},
		{"held-behind-a-front", map[string]any{"on_findings": "hold"}, heldBehindAFront},
		{"further", nil, furtherExtracts},
		{"firings", map[string]any{"schedule": map[string]any{"cron": "0 4,10,16 * * *", "time_zone": "America/New_York"},
			// A firing must claim its job in time, however busy the machine is.
			"poll": map[string]any{"first": "50ms", "max": "200ms", "deadline": "10m", "visibility": "2m"}}, firingsOverlap},
		{"reset-first-task", nil, resetToTheFirstTask},
		{"reset-after-start", nil, resetAfterTheStart},
		{"reset-tying-out", nil, resetDuringTheTieOut},
		{"reset-handed-over", map[string]any{"next": []map[string]any{
			{"workflow": "Post", "task_queue": "ledger", "when": []string{"findings"}, "wait": true}}}, resetAfterHandingOver},
	}
	var fixtures []*fixture
	var pipelines []*systemtest.Pipeline
	for _, test := range tests {
		p := &systemtest.Pipeline{Name: test.name, World: systemtest.World(200), Settings: test.settings}
		p.World.Definitions[0].Timing.Running = 10 * time.Minute // until Hurry
		pipelines = append(pipelines, p)
		fixtures = append(fixtures, &fixture{Pipeline: p, ctx: ctx})
	}
	scenario := startScenario(ctx, t, servers, "runs", pipelines...)
	chain(ctx, t, scenario)
	t.Run("all", func(t *testing.T) {
		for i, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				fixtures[i].t, fixtures[i].scenario = t, scenario
				test.test(fixtures[i])
			})
		}
	})
}

// posted is the signal that ends the workflow Post.
const posted = "posted"

// chain makes a Nexus endpoint for the scenario and serves the task queue of another team, for as long as the test runs.
func chain(ctx context.Context, t *testing.T, scenario *systemtest.Scenario) {
	_, err := scenario.Client.OperatorService().CreateNexusEndpoint(ctx, &operatorservice.CreateNexusEndpointRequest{Spec: &nexus.EndpointSpec{
		Name: "tieout", Target: &nexus.EndpointTarget{Variant: &nexus.EndpointTarget_Worker_{Worker: &nexus.EndpointTarget_Worker{
			Namespace: scenario.Name, TaskQueue: contract.TaskQueue}}}}})
	require.NoError(t, err)
	w := worker.New(scenario.Client, "ledger", worker.Options{})
	w.RegisterWorkflow(asksTieout)
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context, _ map[string]any) error {
		workflow.GetSignalChannel(ctx, posted).Receive(ctx, nil)
		return nil
	}, workflow.RegisterOptions{Name: "Post"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
}

func (f *fixture) run() contract.Run {
	return contract.Run{Pipeline: f.Name, Slot: contract.Slot{Date: systemtest.BusinessDate}}
}

// until waits until a condition holds.
func (f *fixture) until(what string, holds func() bool) {
	f.t.Helper()
	for !holds() {
		select {
		case <-f.ctx.Done():
			f.t.Fatal("it never came to this: " + what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// phase waits until a run is in a phase.
func (f *fixture) phase(id string, phase contract.Phase) {
	f.t.Helper()
	f.until(id+" in phase "+string(phase), func() bool {
		status, err := runs.Describe(f.ctx, f.scenario.Client, id, "")
		return err == nil && status.Progress.Phase == phase
	})
}

// begin starts the date's run and waits until its job runs at Concur.
func (f *fixture) begin() runs.Started {
	f.t.Helper()
	started, err := runs.Start(f.ctx, f.scenario.Client, f.input())
	require.NoError(f.t, err)
	require.False(f.t, started.Joined || started.Front)
	f.phase(f.run().ID(), contract.PhaseWaiting)
	return started
}

func (f *fixture) input() contract.ExtractInput {
	return contract.ExtractInput{Pipeline: f.Name, BusinessDate: systemtest.BusinessDate}
}

// byHand starts a workflow under an id that somebody made up.
func (f *fixture) byHand(name string, timeout time.Duration) client.WorkflowRun {
	f.t.Helper()
	front, err := f.scenario.Client.ExecuteWorkflow(f.ctx, client.StartWorkflowOptions{ID: f.Name + " " + name, TaskQueue: contract.TaskQueue,
		WorkflowRunTimeout: timeout}, contract.TypeConcurExtract, f.input())
	require.NoError(f.t, err)
	return front
}

// front starts a workflow by hand, and returns once it waits for the run.
func (f *fixture) front(name string) client.WorkflowRun {
	f.t.Helper()
	front := f.byHand(name, 0)
	id, err := runs.Behind(f.ctx, f.scenario.Client, front)
	require.NoError(f.t, err)
	require.Equal(f.t, f.run().ID(), id)
	return front
}

// call has a workflow of another team ask for the date through Nexus, and returns once it has asked.
func (f *fixture) call() client.WorkflowRun {
	f.t.Helper()
	run, err := f.scenario.Client.ExecuteWorkflow(f.ctx, client.StartWorkflowOptions{TaskQueue: "ledger"}, asksTieout,
		map[string]any{"pipeline": f.Name, "businessDate": systemtest.BusinessDate})
	require.NoError(f.t, err)
	return run
}

// waits waits until a Nexus call was accepted, so that its caller waits for the run.
func (f *fixture) waits(caller client.WorkflowRun) {
	f.t.Helper()
	f.until("a call that was accepted", func() bool {
		described, err := f.scenario.Client.DescribeWorkflowExecution(f.ctx, caller.GetID(), caller.GetRunID())
		return err == nil && len(described.GetPendingNexusOperations()) == 1 &&
			described.GetPendingNexusOperations()[0].GetState() == enums.PENDING_NEXUS_OPERATION_STATE_STARTED
	})
}

func (f *fixture) result(run client.WorkflowRun) contract.ExtractResult {
	f.t.Helper()
	var result contract.ExtractResult
	require.NoError(f.t, run.Get(f.ctx, &result))
	return result
}

// newest returns the newest run under an id.
func (f *fixture) newest(id string) client.WorkflowRun {
	return f.scenario.Client.GetWorkflow(f.ctx, id, "")
}

// requireOne sees from outside that the date has one verdict on one job, which one POST started, and returns it.
func (f *fixture) requireOne() contract.ExtractResult {
	f.t.Helper()
	ended, err := f.Await(f.ctx, f.newest(f.run().ID()))
	require.NoError(f.t, err)
	require.NoError(f.t, f.Check(f.ctx, ended, systemtest.Expect{Outcome: contract.OutcomeFindings, Jobs: 1}))
	require.Equal(f.t, 1, f.Requests(concurtest.OpStart))
	return *ended.Result
}

// reset resets a workflow to the first workflow task that completed after the chosen event.
func (f *fixture) reset(id string, chosen func(enums.EventType, string) bool) {
	f.t.Helper()
	var point int64
	activities, found := map[int64]string{}, false
	history := f.scenario.Client.GetWorkflowHistory(f.ctx, id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for point == 0 && history.HasNext() {
		event, err := history.Next()
		require.NoError(f.t, err)
		name := event.GetStartChildWorkflowExecutionInitiatedEventAttributes().GetWorkflowType().GetName()
		if scheduled := event.GetActivityTaskScheduledEventAttributes(); scheduled != nil {
			name = scheduled.GetActivityType().GetName()
			activities[event.GetEventId()] = name
		}
		if completed := event.GetActivityTaskCompletedEventAttributes(); completed != nil {
			name = activities[completed.GetScheduledEventId()]
		}
		found = found || chosen(event.GetEventType(), name)
		if found && event.GetEventType() == enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			point = event.GetEventId()
		}
	}
	require.NotZero(f.t, point, "there is no such point in the history of %s", id)
	_, err := f.scenario.Client.ResetWorkflowExecution(f.ctx, &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: f.scenario.Name, WorkflowExecution: &common.WorkflowExecution{WorkflowId: id}, Reason: "a test",
		RequestId: f.Name + id, WorkflowTaskFinishEventId: point})
	require.NoError(f.t, err)
}

// beginning chooses the first workflow task.
func beginning(enums.EventType, string) bool { return true }

// completed chooses the end of an activity.
func completed(activity string) func(enums.EventType, string) bool {
	return func(kind enums.EventType, name string) bool {
		return kind == enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED && name == activity
	}
}

// frontsLeaveTheRunAlone ends fronts in every way there is, and sees that the run goes on.
func frontsLeaveTheRunAlone(f *fixture) {
	began := f.front("first") // it starts the run
	f.phase(f.run().ID(), contract.PhaseWaiting)
	cancelled, terminated, reset := f.front("cancelled"), f.front("terminated"), f.front("reset")
	late := f.byHand("late", 8*time.Second)
	c := f.scenario.Client

	require.NoError(f.t, c.CancelWorkflow(f.ctx, cancelled.GetID(), ""))
	require.True(f.t, temporal.IsCanceledError(cancelled.Get(f.ctx, nil)))
	require.NoError(f.t, c.TerminateWorkflow(f.ctx, terminated.GetID(), "", "a test"))
	require.ErrorAs(f.t, terminated.Get(f.ctx, nil), new(*temporal.TerminatedError))
	f.reset(reset.GetID(), beginning)
	err := late.Get(f.ctx, nil)
	if code, message := systemtest.Code(err); code == contract.CodeTemporary {
		require.Contains(f.t, message, f.run().ID()) // it is still running
	} else { // on a busy machine no worker comes to say so in time
		require.ErrorAs(f.t, err, new(*temporal.TimeoutError))
	}

	status, err := runs.Describe(f.ctx, c, f.run().ID(), "")
	require.NoError(f.t, err)
	require.Equal(f.t, contract.PhaseWaiting, status.Progress.Phase)
	f.FinishJob()
	result := f.requireOne()
	require.Equal(f.t, result, f.result(began))
	require.Equal(f.t, result, f.result(f.newest(reset.GetID())))
	described, err := c.DescribeWorkflowExecution(f.ctx, f.run().ID(), "")
	require.NoError(f.t, err)
	require.Equal(f.t, described.GetWorkflowExecutionInfo().GetFirstRunId(), described.GetWorkflowExecutionInfo().GetExecution().GetRunId(), "it is the run that began")
}

// terminatedRunEndsItsFronts sees that a terminated run is reported to everybody who waits for it, and that the date, started
// again, takes the job that it has.
func terminatedRunEndsItsFronts(f *fixture) {
	f.begin()
	front, caller := f.front("waiting"), f.call()
	f.waits(caller)
	require.NoError(f.t, f.scenario.Client.TerminateWorkflow(f.ctx, f.run().ID(), "", "a test"))
	code, message := systemtest.Code(front.Get(f.ctx, nil))
	require.Equal(f.t, contract.CodeTemporary, code)
	require.Equal(f.t, "The run "+f.run().ID()+" was terminated. Nothing is lost: start the date again, and it takes the job that it has.", message)
	require.Error(f.t, caller.Get(f.ctx, nil))

	f.begin()
	f.FinishJob()
	result := f.requireOne()
	require.Equal(f.t, contract.OriginStarted, result.Job.Origin, "the job is its own: an earlier run of the date started it")
}

// fire lets the pipeline's schedule fire at a time, as it does at night, and returns the workflow that it started.
func (f *fixture) fire(overlap enums.ScheduleOverlapPolicy, at time.Time) client.WorkflowRun {
	f.t.Helper()
	schedules := f.scenario.Client.ScheduleClient()
	_, err := schedules.Create(f.ctx, client.ScheduleOptions{ID: "extract/" + f.Name, Paused: true,
		Spec: client.ScheduleSpec{CronExpressions: []string{"0 4,10,16 * * *"}, TimeZoneName: "America/New_York"},
		Action: &client.ScheduleWorkflowAction{ID: "extract/" + f.Name, Workflow: contract.TypeConcurExtract, TaskQueue: contract.TaskQueue,
			Args: []any{contract.ExtractInput{Pipeline: f.Name}}}})
	if err != nil {
		require.ErrorIs(f.t, err, temporal.ErrScheduleAlreadyRunning)
	}
	require.NoError(f.t, schedules.GetHandle(f.ctx, "extract/"+f.Name).Backfill(f.ctx, client.ScheduleBackfillOptions{
		Backfill: []client.ScheduleBackfill{{Start: at.Add(-time.Minute), End: at.Add(time.Minute), Overlap: overlap}}}))
	id := contract.ScheduledID(f.Name, at)
	f.until("a firing at "+at.String(), func() bool {
		_, err := f.scenario.Client.DescribeWorkflowExecution(f.ctx, id, "")
		return err == nil
	})
	return f.newest(id)
}

// firing returns a full hour of the business date in New York.
func (f *fixture) firing(hour int) time.Time {
	zone, err := time.LoadLocation("America/New_York")
	require.NoError(f.t, err)
	day, err := time.ParseInLocation(time.DateOnly, systemtest.BusinessDate, zone)
	require.NoError(f.t, err)
	return day.Add(time.Duration(hour) * time.Hour)
}

// scheduleIsAnswered starts the run of the date before the schedule's time, and sees that the firing is answered with its
// verdict.
func scheduleIsAnswered(f *fixture) {
	f.begin()
	f.FinishJob()
	result := f.requireOne()
	scheduled := f.result(f.fire(enums.SCHEDULE_OVERLAP_POLICY_SKIP, f.firing(4)))
	called := f.result(f.call())
	again, err := runs.Start(f.ctx, f.scenario.Client, f.input())
	require.NoError(f.t, err)
	require.True(f.t, again.Front)
	for _, answered := range []contract.ExtractResult{scheduled, called, f.result(again)} {
		require.NotEmpty(f.t, answered.Answered)
		answered.Answered = ""
		require.Equal(f.t, result, answered)
	}
	f.requireOne()
}

// everybodyJoins sees that whoever asks while the run is running waits for that run.
func everybodyJoins(f *fixture) {
	began := f.fire(enums.SCHEDULE_OVERLAP_POLICY_SKIP, f.firing(4))
	f.phase(f.run().ID(), contract.PhaseWaiting)
	asked := []client.WorkflowRun{began, f.front("by hand")}
	for range 12 {
		asked = append(asked, f.call())
	}
	for _, caller := range asked[2:] {
		f.waits(caller)
	}
	joined, err := runs.Start(f.ctx, f.scenario.Client, f.input())
	require.NoError(f.t, err)
	require.True(f.t, joined.Joined)
	f.FinishJob()
	result := f.requireOne()
	for _, run := range append(asked, joined) {
		require.Equal(f.t, result, f.result(run))
	}
	// What is of the type ConcurExtract is mostly fronts here, and the list of runs has none.
	f.until("the list of runs", func() bool {
		listed, err := runs.List(f.ctx, f.scenario.Client, runs.Filter{Pipeline: f.Name, Outcome: string(contract.OutcomeFindings)})
		return err == nil && len(listed) == 1 && listed[0].WorkflowID == f.run().ID()
	})
}

// forgottenRun sees that a date keeps its verdict when Temporal has deleted the run.
func forgottenRun(f *fixture) {
	f.begin()
	f.until("the list of what is running", func() bool {
		listed, err := runs.List(f.ctx, f.scenario.Client, runs.Filter{Pipeline: f.Name, Outcome: runs.StatusRunning})
		return err == nil && len(listed) == 1
	})
	f.FinishJob()
	result := f.requireOne()
	_, err := f.scenario.Client.WorkflowService().DeleteWorkflowExecution(f.ctx, &workflowservice.DeleteWorkflowExecutionRequest{
		Namespace: f.scenario.Name, WorkflowExecution: &common.WorkflowExecution{WorkflowId: f.run().ID()}})
	require.NoError(f.t, err)
	f.until("a run that is forgotten", func() bool {
		_, err := f.scenario.Client.DescribeWorkflowExecution(f.ctx, f.run().ID(), "")
		_, gone := err.(*serviceerror.NotFound)
		return gone
	})
	called := f.result(f.call())
	started, err := runs.Start(f.ctx, f.scenario.Client, f.input())
	require.NoError(f.t, err)
	for _, answered := range []contract.ExtractResult{called, f.result(started)} {
		require.NotEmpty(f.t, answered.Answered)
		answered.Answered = ""
		require.Equal(f.t, result, answered)
	}
	require.Equal(f.t, 1, f.Requests(concurtest.OpStart))
}

// bucketIsAway sees that a bucket which does not answer makes a caller wait, and ends nothing.
func bucketIsAway(f *fixture) {
	f.begin()
	f.FinishJob()
	result := f.requireOne()
	back := make(chan struct{})
	f.scenario.S3.Add(systemtest.Rule{Key: f.Name + "/runs/", Times: -1, Call: func() {
		select {
		case <-back:
		default:
			panic(http.ErrAbortHandler)
		}
	}})
	caller := f.call()
	f.until("a call that is tried again", func() bool {
		described, err := f.scenario.Client.DescribeWorkflowExecution(f.ctx, caller.GetID(), caller.GetRunID())
		return err == nil && len(described.GetPendingNexusOperations()) == 1 && described.GetPendingNexusOperations()[0].GetAttempt() >= 2
	})
	close(back)
	answered := f.result(caller)
	require.NotEmpty(f.t, answered.Answered)
	answered.Answered = ""
	require.Equal(f.t, result, answered)
}

// heldBehindAFront sees that a held run is reviewed under its own id, which a front names.
func heldBehindAFront(f *fixture) {
	front := f.front("by hand")
	f.phase(f.run().ID(), contract.PhaseWaiting)
	f.FinishJob()
	f.phase(f.run().ID(), contract.PhaseReview)
	status, err := runs.Describe(f.ctx, f.scenario.Client, front.GetID(), "")
	require.NoError(f.t, err)
	require.Equal(f.t, f.run().ID(), status.Progress.Run)
	require.Equal(f.t, contract.PhaseReview, status.Progress.Phase)

	review := func(id string) error {
		handle, err := f.scenario.Client.UpdateWorkflow(f.ctx, client.UpdateWorkflowOptions{WorkflowID: id, UpdateName: contract.UpdateReview,
			Args: []any{contract.ReviewInput{Decision: "approve", By: "kim", Reason: "mapped"}}, WaitForStage: client.WorkflowUpdateStageCompleted})
		if err == nil {
			err = handle.Get(f.ctx, nil)
		}
		return err
	}
	require.ErrorContains(f.t, review(front.GetID()), "this is a front: review "+f.run().ID())
	require.NoError(f.t, review(f.run().ID()))
	require.Equal(f.t, contract.OutcomeApproved, f.result(front).Outcome)
	require.Equal(f.t, "kim", f.result(front).Review.By)
}

// furtherExtracts sees that a further extract is made where somebody asks for one, and that two who ask at the same time get
// the same one.
func furtherExtracts(f *fixture) {
	f.begin()
	f.FinishJob()
	first := f.requireOne()
	in := f.input()
	in.Again = true
	var asked []runs.Started
	for range 2 {
		started, err := runs.Start(f.ctx, f.scenario.Client, in)
		require.NoError(f.t, err)
		asked = append(asked, started)
	}
	again := contract.Run{Pipeline: f.Name, Slot: f.run().Slot.Next()}.ID()
	for _, front := range asked {
		id, err := runs.Behind(f.ctx, f.scenario.Client, front)
		require.NoError(f.t, err)
		require.Equal(f.t, again, id)
	}
	f.phase(again, contract.PhaseWaiting)
	f.FinishJob()
	second := f.result(f.newest(again))
	require.Equal(f.t, systemtest.BusinessDate, second.BusinessDate)
	require.NotEqual(f.t, first.Job.ID, second.Job.ID)
	for _, front := range asked {
		require.Equal(f.t, second, f.result(front))
	}
	require.Equal(f.t, 2, f.Requests(concurtest.OpStart))
}

// firingsOverlap sees that each firing of a date is a run of its own, and that a schedule which ends what it started ends
// only fronts.
func firingsOverlap(f *fixture) {
	slot := func(hour int) string {
		return contract.Run{Pipeline: f.Name, Slot: contract.Slot{Date: systemtest.BusinessDate, Time: fmt.Sprintf("%02d00", hour)}}.ID()
	}
	fronts := map[int]client.WorkflowRun{}
	overlaps := map[int]enums.ScheduleOverlapPolicy{4: enums.SCHEDULE_OVERLAP_POLICY_SKIP,
		10: enums.SCHEDULE_OVERLAP_POLICY_TERMINATE_OTHER, 16: enums.SCHEDULE_OVERLAP_POLICY_CANCEL_OTHER}
	for _, hour := range []int{4, 10, 16} {
		fronts[hour] = f.fire(overlaps[hour], f.firing(hour))
		id, err := runs.Behind(f.ctx, f.scenario.Client, fronts[hour])
		require.NoError(f.t, err)
		require.Equal(f.t, slot(hour), id)
		if hour == 4 {
			f.phase(id, contract.PhaseWaiting) // its job is running, so the others wait for that
		}
	}
	require.ErrorAs(f.t, fronts[4].Get(f.ctx, nil), new(*temporal.TerminatedError))
	require.True(f.t, temporal.IsCanceledError(fronts[10].Get(f.ctx, nil)))
	// Concur runs one job at a time: whichever of the others comes first, the last one waits for both.
	f.until("the end of all firings", func() bool {
		ended := 0
		for _, hour := range []int{4, 10, 16} {
			status, err := runs.Describe(f.ctx, f.scenario.Client, slot(hour), "")
			require.NoError(f.t, err)
			if status.Progress.Phase == contract.PhaseWaiting && strings.HasPrefix(status.Message, "Running") {
				f.FinishJob()
			}
			if !status.Running {
				ended++
			}
		}
		return ended == 3
	})
	jobs := map[string]bool{}
	for _, hour := range []int{4, 10, 16} {
		jobs[f.result(f.newest(slot(hour))).Job.ID] = true
	}
	require.Len(f.t, jobs, 3, "each firing has a job of its own")
	require.Equal(f.t, f.result(f.newest(slot(16))), f.result(fronts[16]))
}

func resetToTheFirstTask(f *fixture) {
	f.begin()
	f.reset(f.run().ID(), beginning)
	f.phase(f.run().ID(), contract.PhaseWaiting)
	f.FinishJob()
	f.requireOne()
}

func resetAfterTheStart(f *fixture) {
	front, caller := f.front("waiting"), f.call()
	f.waits(caller)
	f.phase(f.run().ID(), contract.PhaseWaiting)
	f.reset(f.run().ID(), completed(string(contract.StartJob)))
	f.phase(f.run().ID(), contract.PhaseWaiting)
	f.FinishJob()
	result := f.requireOne()
	require.Equal(f.t, result, f.result(front), "who waits follows the reset")
	require.Equal(f.t, result, f.result(caller))
}

func resetDuringTheTieOut(f *fixture) {
	reading, goOn := make(chan struct{}), make(chan struct{})
	f.OnRequest(concurtest.OpItems, concurtest.Received, 1, func() { close(reading); <-goOn })
	f.begin()
	f.FinishJob()
	<-reading
	f.reset(f.run().ID(), completed(string(contract.WaitForJob)))
	f.phase(f.run().ID(), contract.PhaseTyingOut)
	close(goOn)
	f.requireOne()
}

func resetAfterHandingOver(f *fixture) {
	f.begin()
	f.FinishJob()
	f.phase(f.run().ID(), contract.PhaseHandingOver)
	next := contract.NextID(f.Name, contract.JobKey(f.Concur.Jobs(concurtest.SampleDefinition)[0].ID), "ledger", "Post")
	f.until("the next workflow", func() bool {
		_, err := f.scenario.Client.DescribeWorkflowExecution(f.ctx, next, "")
		return err == nil
	})
	f.reset(f.run().ID(), completed(string(contract.Land)))
	f.until("the next workflow being waited for", func() bool {
		status, err := runs.Describe(f.ctx, f.scenario.Client, f.run().ID(), "")
		return err == nil && status.Activity == string(contract.WaitForRun)
	})
	require.NoError(f.t, f.scenario.Client.SignalWorkflow(f.ctx, next, "", posted, nil))
	f.requireOne()
	described, err := f.scenario.Client.DescribeWorkflowExecution(f.ctx, next, "")
	require.NoError(f.t, err)
	require.Equal(f.t, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, described.GetWorkflowExecutionInfo().GetStatus())
	require.Equal(f.t, described.GetWorkflowExecutionInfo().GetFirstRunId(), described.GetWorkflowExecutionInfo().GetExecution().GetRunId(), "it was started once")
}
