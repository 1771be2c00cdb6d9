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
	// Runs and fronts mostly wait. On two cores two at a time would take minutes.
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// fixture is a pipeline of a scenario and everybody who asks for its dates: each test has one, so that all can go on at once.
type fixture struct {
	*systemtest.Pipeline
	t     *testing.T
	ctx   context.Context
	scenario *systemtest.Scenario
}

// TestRunsAndFronts tries on a real server what DESIGN promises of a date: it has one run, and whoever asks for it
// joins that run or is answered with its verdict.
func TestRunsAndFronts(t *testing.T) {
	t.Chdir(".") // the S3 server changes it
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	t.Cleanup(cancel)
	servers, err := systemtest.StartServers(ctx, t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, servers.Close()) })

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
			// A job that another firing has started is claimed in time, however busy the machine is.
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
		n := &systemtest.Pipeline{Name: test.name, World: systemtest.World(200), Settings: test.settings}
		n.World.Definitions[0].Timing.Running = 10 * time.Minute // until Hurry
		pipelines = append(pipelines, n)
		fixtures = append(fixtures, &fixture{Night: n, ctx: ctx})
	}
	scenario, err := servers.NewScenario(ctx, "runs", systemtest.ScenarioOptions{}, pipelines...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, scenario.Close()) })
	stop, err := scenario.StartWorker(ctx)
	require.NoError(t, err)
	t.Cleanup(stop)
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

// posted is the signal on which the workflow Post ends.
const posted = "posted"

// chain makes a Nexus endpoint for the scenario and serves the task queue of another team.
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

func (d *fixture) run() contract.Run {
	return contract.Run{Pipeline: d.Name, Slot: contract.Slot{Date: systemtest.BusinessDate}}
}

// until waits for a state.
func (d *fixture) until(what string, holds func() bool) {
	d.t.Helper()
	for !holds() {
		select {
		case <-d.ctx.Done():
			d.t.Fatal("it never came to this: " + what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// phase waits until a run is in a phase.
func (d *fixture) phase(id string, phase contract.Phase) {
	d.t.Helper()
	d.until(id+" in phase "+string(phase), func() bool {
		status, err := runs.Describe(d.ctx, d.scenario.Client, id, "")
		return err == nil && status.Progress.Phase == phase
	})
}

// begin starts the date's run and waits until its job runs at Concur.
func (d *fixture) begin() runs.Started {
	d.t.Helper()
	started, err := runs.Start(d.ctx, d.scenario.Client, d.input())
	require.NoError(d.t, err)
	require.False(d.t, started.Joined || started.Front)
	d.phase(d.run().ID(), contract.PhaseWaiting)
	return started
}

func (d *fixture) input() contract.ExtractInput {
	return contract.ExtractInput{Pipeline: d.Name, BusinessDate: systemtest.BusinessDate}
}

// byHand starts a workflow under an id that somebody made up.
func (d *fixture) byHand(name string, timeout time.Duration) client.WorkflowRun {
	d.t.Helper()
	front, err := d.scenario.Client.ExecuteWorkflow(d.ctx, client.StartWorkflowOptions{ID: d.Name + " " + name, TaskQueue: contract.TaskQueue,
		WorkflowRunTimeout: timeout}, contract.TypeConcurExtract, d.input())
	require.NoError(d.t, err)
	return front
}

// front starts a workflow by hand, and returns once it waits for the run.
func (d *fixture) front(name string) client.WorkflowRun {
	d.t.Helper()
	front := d.byHand(name, 0)
	id, err := runs.Behind(d.ctx, d.scenario.Client, front)
	require.NoError(d.t, err)
	require.Equal(d.t, d.run().ID(), id)
	return front
}

// call has a workflow of another team ask for the date through Nexus, and returns once it has asked.
func (d *fixture) call() client.WorkflowRun {
	d.t.Helper()
	run, err := d.scenario.Client.ExecuteWorkflow(d.ctx, client.StartWorkflowOptions{TaskQueue: "ledger"}, asksTieout,
		map[string]any{"pipeline": d.Name, "businessDate": systemtest.BusinessDate})
	require.NoError(d.t, err)
	return run
}

// waits waits until a Nexus call was accepted: its caller waits for the run.
func (d *fixture) waits(caller client.WorkflowRun) {
	d.t.Helper()
	d.until("a call that was accepted", func() bool {
		described, err := d.scenario.Client.DescribeWorkflowExecution(d.ctx, caller.GetID(), caller.GetRunID())
		return err == nil && len(described.GetPendingNexusOperations()) == 1 &&
			described.GetPendingNexusOperations()[0].GetState() == enums.PENDING_NEXUS_OPERATION_STATE_STARTED
	})
}

func (d *fixture) result(run client.WorkflowRun) contract.ExtractResult {
	d.t.Helper()
	var result contract.ExtractResult
	require.NoError(d.t, run.Get(d.ctx, &result))
	return result
}

// newest is the newest run under an id.
func (d *fixture) newest(id string) client.WorkflowRun { return d.scenario.Client.GetWorkflow(d.ctx, id, "") }

// requireOne sees from outside that the date has one verdict of one job, which one POST started.
func (d *fixture) requireOne() contract.ExtractResult {
	d.t.Helper()
	ended, err := d.Await(d.ctx, d.newest(d.run().ID()))
	require.NoError(d.t, err)
	require.NoError(d.t, d.Check(d.ctx, ended, systemtest.Expect{Outcome: contract.OutcomeFindings, Jobs: 1}))
	require.Equal(d.t, 1, d.posts())
	return *ended.Result
}

// posts counts how often Concur was asked to start a job.
func (d *fixture) posts() int {
	posts := 0
	for _, request := range d.Concur.Requests() {
		if request.Operation == concurtest.OpStart {
			posts++
		}
	}
	return posts
}

// reset resets a workflow to the first workflow task that ended after an event which is chosen.
func (d *fixture) reset(id string, chosen func(enums.EventType, string) bool) {
	d.t.Helper()
	var point int64
	activities, found := map[int64]string{}, false
	history := d.scenario.Client.GetWorkflowHistory(d.ctx, id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for point == 0 && history.HasNext() {
		event, err := history.Next()
		require.NoError(d.t, err)
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
	require.NotZero(d.t, point, "there is no such point in the history of %s", id)
	_, err := d.scenario.Client.ResetWorkflowExecution(d.ctx, &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: d.scenario.Name, WorkflowExecution: &common.WorkflowExecution{WorkflowId: id}, Reason: "a test",
		RequestId: d.Name + id, WorkflowTaskFinishEventId: point})
	require.NoError(d.t, err)
}

// beginning chooses the first workflow task.
func beginning(enums.EventType, string) bool { return true }

// completed chooses the end of an activity.
func completed(activity string) func(enums.EventType, string) bool {
	return func(kind enums.EventType, name string) bool {
		return kind == enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED && name == activity
	}
}

// Whoever ends a front, and however, the run goes on.
func frontsLeaveTheRunAlone(d *fixture) {
	began := d.front("first") // it starts the run
	d.phase(d.run().ID(), contract.PhaseWaiting)
	cancelled, terminated, reset := d.front("cancelled"), d.front("terminated"), d.front("reset")
	late := d.byHand("late", 8*time.Second)
	c := d.scenario.Client

	require.NoError(d.t, c.CancelWorkflow(d.ctx, cancelled.GetID(), ""))
	require.True(d.t, temporal.IsCanceledError(cancelled.Get(d.ctx, nil)))
	require.NoError(d.t, c.TerminateWorkflow(d.ctx, terminated.GetID(), "", "a test"))
	require.ErrorAs(d.t, terminated.Get(d.ctx, nil), new(*temporal.TerminatedError))
	d.reset(reset.GetID(), beginning)
	err := late.Get(d.ctx, nil)
	if code, message := systemtest.Code(err); code == contract.CodeTemporary {
		require.Contains(d.t, message, d.run().ID()) // it is still running
	} else { // on a busy machine no worker comes to say so in time
		require.ErrorAs(d.t, err, new(*temporal.TimeoutError))
	}

	status, err := runs.Describe(d.ctx, c, d.run().ID(), "")
	require.NoError(d.t, err)
	require.Equal(d.t, contract.PhaseWaiting, status.Progress.Phase)
	d.FinishJob()
	result := d.requireOne()
	require.Equal(d.t, result, d.result(began))
	require.Equal(d.t, result, d.result(d.newest(reset.GetID())))
	described, err := c.DescribeWorkflowExecution(d.ctx, d.run().ID(), "")
	require.NoError(d.t, err)
	require.Equal(d.t, described.GetWorkflowExecutionInfo().GetFirstRunId(), described.GetWorkflowExecutionInfo().GetExecution().GetRunId(), "it is the run that began")
}

// A run that was terminated says so to everybody who waits, and the date begun anew takes the job that it has.
func terminatedRunEndsItsFronts(d *fixture) {
	d.begin()
	front, caller := d.front("waiting"), d.call()
	d.waits(caller)
	require.NoError(d.t, d.scenario.Client.TerminateWorkflow(d.ctx, d.run().ID(), "", "a test"))
	code, message := systemtest.Code(front.Get(d.ctx, nil))
	require.Equal(d.t, contract.CodeTemporary, code)
	require.Equal(d.t, "The run "+d.run().ID()+" was terminated. Nothing is lost: start the date again, and it takes the job that it has.", message)
	require.Error(d.t, caller.Get(d.ctx, nil))

	d.begin()
	d.FinishJob()
	result := d.requireOne()
	require.Equal(d.t, contract.OriginStarted, result.Job.Origin, "the job is its own: an earlier run of the date started it")
}

// fire has the pipeline's schedule fire for a date, as it does at night, and returns what it started.
func (d *fixture) fire(overlap enums.ScheduleOverlapPolicy, at time.Time) client.WorkflowRun {
	d.t.Helper()
	schedules := d.scenario.Client.ScheduleClient()
	_, err := schedules.Create(d.ctx, client.ScheduleOptions{ID: "extract/" + d.Name, Paused: true,
		Spec: client.ScheduleSpec{CronExpressions: []string{"0 4,10,16 * * *"}, TimeZoneName: "America/New_York"},
		Action: &client.ScheduleWorkflowAction{ID: "extract/" + d.Name, Workflow: contract.TypeConcurExtract, TaskQueue: contract.TaskQueue,
			Args: []any{contract.ExtractInput{Pipeline: d.Name}}}})
	if err != nil {
		require.ErrorIs(d.t, err, temporal.ErrScheduleAlreadyRunning)
	}
	require.NoError(d.t, schedules.GetHandle(d.ctx, "extract/"+d.Name).Backfill(d.ctx, client.ScheduleBackfillOptions{
		Backfill: []client.ScheduleBackfill{{Start: at.Add(-time.Minute), End: at.Add(time.Minute), Overlap: overlap}}}))
	id := contract.ScheduledID(d.Name, at)
	d.until("a firing at "+at.String(), func() bool {
		_, err := d.scenario.Client.DescribeWorkflowExecution(d.ctx, id, "")
		return err == nil
	})
	return d.newest(id)
}

// firing is a time of the business date in New York.
func (d *fixture) firing(hour int) time.Time {
	zone, err := time.LoadLocation("America/New_York")
	require.NoError(d.t, err)
	day, err := time.ParseInLocation(time.DateOnly, systemtest.BusinessDate, zone)
	require.NoError(d.t, err)
	return day.Add(time.Duration(hour) * time.Hour)
}

// A run by hand before the schedule's time is the run of the date: the firing is answered with its verdict.
func scheduleIsAnswered(d *fixture) {
	d.begin()
	d.FinishJob()
	result := d.requireOne()
	scheduled := d.result(d.fire(enums.SCHEDULE_OVERLAP_POLICY_SKIP, d.firing(4)))
	called := d.result(d.call())
	again, err := runs.Start(d.ctx, d.scenario.Client, d.input())
	require.NoError(d.t, err)
	require.True(d.t, again.Front)
	for _, answered := range []contract.ExtractResult{scheduled, called, d.result(again)} {
		require.NotEmpty(d.t, answered.Answered)
		answered.Answered = ""
		require.Equal(d.t, result, answered)
	}
	d.requireOne()
}

// Whoever asks while the run is running waits for that run.
func everybodyJoins(d *fixture) {
	began := d.fire(enums.SCHEDULE_OVERLAP_POLICY_SKIP, d.firing(4))
	d.phase(d.run().ID(), contract.PhaseWaiting)
	asked := []client.WorkflowRun{began, d.front("by hand")}
	for range 12 {
		asked = append(asked, d.call())
	}
	for _, caller := range asked[2:] {
		d.waits(caller)
	}
	joined, err := runs.Start(d.ctx, d.scenario.Client, d.input())
	require.NoError(d.t, err)
	require.True(d.t, joined.Joined)
	d.FinishJob()
	result := d.requireOne()
	for _, run := range append(asked, joined) {
		require.Equal(d.t, result, d.result(run))
	}
	// What is of the type ConcurExtract is mostly fronts here, and the list of runs has none.
	d.until("the list of runs", func() bool {
		listed, err := runs.List(d.ctx, d.scenario.Client, runs.Filter{Pipeline: d.Name, Outcome: string(contract.OutcomeFindings)})
		return err == nil && len(listed) == 1 && listed[0].WorkflowID == d.run().ID()
	})
}

// A date keeps its verdict when Temporal has forgotten the run.
func forgottenRun(d *fixture) {
	d.begin()
	d.until("the list of what is running", func() bool {
		listed, err := runs.List(d.ctx, d.scenario.Client, runs.Filter{Pipeline: d.Name, Outcome: runs.StatusRunning})
		return err == nil && len(listed) == 1
	})
	d.FinishJob()
	result := d.requireOne()
	_, err := d.scenario.Client.WorkflowService().DeleteWorkflowExecution(d.ctx, &workflowservice.DeleteWorkflowExecutionRequest{
		Namespace: d.scenario.Name, WorkflowExecution: &common.WorkflowExecution{WorkflowId: d.run().ID()}})
	require.NoError(d.t, err)
	d.until("a run that is forgotten", func() bool {
		_, err := d.scenario.Client.DescribeWorkflowExecution(d.ctx, d.run().ID(), "")
		_, gone := err.(*serviceerror.NotFound)
		return gone
	})
	called := d.result(d.call())
	started, err := runs.Start(d.ctx, d.scenario.Client, d.input())
	require.NoError(d.t, err)
	for _, answered := range []contract.ExtractResult{called, d.result(started)} {
		require.NotEmpty(d.t, answered.Answered)
		answered.Answered = ""
		require.Equal(d.t, result, answered)
	}
	require.Equal(d.t, 1, d.posts())
}

// A bucket that does not answer makes a caller wait, and ends nothing.
func bucketIsAway(d *fixture) {
	d.begin()
	d.FinishJob()
	result := d.requireOne()
	back := make(chan struct{})
	d.scenario.S3.Add(systemtest.Rule{Key: d.Name + "/runs/", Times: -1, Call: func() {
		select {
		case <-back:
		default:
			panic(http.ErrAbortHandler)
		}
	}})
	caller := d.call()
	d.until("a call that is tried again", func() bool {
		described, err := d.scenario.Client.DescribeWorkflowExecution(d.ctx, caller.GetID(), caller.GetRunID())
		return err == nil && len(described.GetPendingNexusOperations()) == 1 && described.GetPendingNexusOperations()[0].GetAttempt() >= 2
	})
	close(back)
	answered := d.result(caller)
	require.NotEmpty(d.t, answered.Answered)
	answered.Answered = ""
	require.Equal(d.t, result, answered)
}

// A held run is reviewed under its own id; a front says where.
func heldBehindAFront(d *fixture) {
	front := d.front("by hand")
	d.phase(d.run().ID(), contract.PhaseWaiting)
	d.FinishJob()
	d.phase(d.run().ID(), contract.PhaseReview)
	status, err := runs.Describe(d.ctx, d.scenario.Client, front.GetID(), "")
	require.NoError(d.t, err)
	require.Equal(d.t, d.run().ID(), status.Progress.Run)
	require.Equal(d.t, contract.PhaseReview, status.Progress.Phase)

	review := func(id string) error {
		handle, err := d.scenario.Client.UpdateWorkflow(d.ctx, client.UpdateWorkflowOptions{WorkflowID: id, UpdateName: contract.UpdateReview,
			Args: []any{contract.ReviewInput{Decision: "approve", By: "kim", Reason: "mapped"}}, WaitForStage: client.WorkflowUpdateStageCompleted})
		if err == nil {
			err = handle.Get(d.ctx, nil)
		}
		return err
	}
	require.ErrorContains(d.t, review(front.GetID()), "this is a front: review "+d.run().ID())
	require.NoError(d.t, review(d.run().ID()))
	require.Equal(d.t, contract.OutcomeApproved, d.result(front).Outcome)
	require.Equal(d.t, "kim", d.result(front).Review.By)
}

// A further extract is made where somebody asks for one, and two who ask at once get the same.
func furtherExtracts(d *fixture) {
	d.begin()
	d.FinishJob()
	first := d.requireOne()
	in := d.input()
	in.Again = true
	var asked []runs.Started
	for range 2 {
		started, err := runs.Start(d.ctx, d.scenario.Client, in)
		require.NoError(d.t, err)
		asked = append(asked, started)
	}
	again := contract.Run{Pipeline: d.Name, Slot: d.run().Slot.Next()}.ID()
	for _, front := range asked {
		id, err := runs.Behind(d.ctx, d.scenario.Client, front)
		require.NoError(d.t, err)
		require.Equal(d.t, again, id)
	}
	d.phase(again, contract.PhaseWaiting)
	d.FinishJob()
	second := d.result(d.newest(again))
	require.Equal(d.t, systemtest.BusinessDate, second.BusinessDate)
	require.NotEqual(d.t, first.Job.ID, second.Job.ID)
	for _, front := range asked {
		require.Equal(d.t, second, d.result(front))
	}
	require.Equal(d.t, 2, d.posts())
}

// Each firing of a date is a run of its own, and a schedule that ends what it started ends fronts.
func firingsOverlap(d *fixture) {
	slot := func(hour int) string {
		return contract.Run{Pipeline: d.Name, Slot: contract.Slot{Date: systemtest.BusinessDate, Time: fmt.Sprintf("%02d00", hour)}}.ID()
	}
	fronts := map[int]client.WorkflowRun{}
	overlaps := map[int]enums.ScheduleOverlapPolicy{4: enums.SCHEDULE_OVERLAP_POLICY_SKIP,
		10: enums.SCHEDULE_OVERLAP_POLICY_TERMINATE_OTHER, 16: enums.SCHEDULE_OVERLAP_POLICY_CANCEL_OTHER}
	for _, hour := range []int{4, 10, 16} {
		fronts[hour] = d.fire(overlaps[hour], d.firing(hour))
		id, err := runs.Behind(d.ctx, d.scenario.Client, fronts[hour])
		require.NoError(d.t, err)
		require.Equal(d.t, slot(hour), id)
		if hour == 4 {
			d.phase(id, contract.PhaseWaiting) // its job is running, so the others wait for that
		}
	}
	require.ErrorAs(d.t, fronts[4].Get(d.ctx, nil), new(*temporal.TerminatedError))
	require.True(d.t, temporal.IsCanceledError(fronts[10].Get(d.ctx, nil)))
	// Concur runs one job at a time: whichever of the others comes first, the last one waits for both.
	d.until("the end of all firings", func() bool {
		ended := 0
		for _, hour := range []int{4, 10, 16} {
			status, err := runs.Describe(d.ctx, d.scenario.Client, slot(hour), "")
			require.NoError(d.t, err)
			if status.Progress.Phase == contract.PhaseWaiting && strings.HasPrefix(status.Message, "Running") {
				d.FinishJob()
			}
			if !status.Running {
				ended++
			}
		}
		return ended == 3
	})
	jobs := map[string]bool{}
	for _, hour := range []int{4, 10, 16} {
		jobs[d.result(d.newest(slot(hour))).Job.ID] = true
	}
	require.Len(d.t, jobs, 3, "each firing has a job of its own")
	require.Equal(d.t, d.result(d.newest(slot(16))), d.result(fronts[16]))
}

func resetToTheFirstTask(d *fixture) {
	d.begin()
	d.reset(d.run().ID(), beginning)
	d.phase(d.run().ID(), contract.PhaseWaiting)
	d.FinishJob()
	d.requireOne()
}

func resetAfterTheStart(d *fixture) {
	front, caller := d.front("waiting"), d.call()
	d.waits(caller)
	d.phase(d.run().ID(), contract.PhaseWaiting)
	d.reset(d.run().ID(), completed(string(contract.StartJob)))
	d.phase(d.run().ID(), contract.PhaseWaiting)
	d.FinishJob()
	result := d.requireOne()
	require.Equal(d.t, result, d.result(front), "who waits follows the reset")
	require.Equal(d.t, result, d.result(caller))
}

func resetDuringTheTieOut(d *fixture) {
	reading, goOn := make(chan struct{}), make(chan struct{})
	d.OnRequest(concurtest.OpItems, concurtest.Received, 1, func() { close(reading); <-goOn })
	d.begin()
	d.FinishJob()
	<-reading
	d.reset(d.run().ID(), completed(string(contract.WaitForJob)))
	d.phase(d.run().ID(), contract.PhaseTyingOut)
	close(goOn)
	d.requireOne()
}

func resetAfterHandingOver(d *fixture) {
	d.begin()
	d.FinishJob()
	d.phase(d.run().ID(), contract.PhaseHandingOver)
	next := contract.NextID(d.Name, contract.JobKey(d.Concur.Jobs(concurtest.SampleDefinition)[0].ID), "ledger", "Post")
	d.until("the next workflow", func() bool {
		_, err := d.scenario.Client.DescribeWorkflowExecution(d.ctx, next, "")
		return err == nil
	})
	d.reset(d.run().ID(), completed(string(contract.Land)))
	d.until("the next workflow being waited for", func() bool {
		status, err := runs.Describe(d.ctx, d.scenario.Client, d.run().ID(), "")
		return err == nil && status.Activity == string(contract.WaitForRun)
	})
	require.NoError(d.t, d.scenario.Client.SignalWorkflow(d.ctx, next, "", posted, nil))
	d.requireOne()
	described, err := d.scenario.Client.DescribeWorkflowExecution(d.ctx, next, "")
	require.NoError(d.t, err)
	require.Equal(d.t, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, described.GetWorkflowExecutionInfo().GetStatus())
	require.Equal(d.t, described.GetWorkflowExecutionInfo().GetFirstRunId(), described.GetWorkflowExecutionInfo().GetExecution().GetRunId(), "it was started once")
}
