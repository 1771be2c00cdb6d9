package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"tieout/concur/concurtest"
	"tieout/deployments/local/systemtest"
	"tieout/internal/contract"
)

var servers *systemtest.Servers

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "tieout-example-")
	if err == nil {
		defer os.RemoveAll(dir)
		servers, err = systemtest.StartServers(context.Background(), dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "starting the servers:", err)
		return 1
	}
	defer servers.Close()
	return m.Run()
}

// scenario makes a namespace with tieout's worker and this team's own on it.
func scenario(t *testing.T, ledger Ledger, pipelines ...*systemtest.Pipeline) (context.Context, *systemtest.Scenario) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	s, err := servers.NewScenario(ctx, t.Name(), systemtest.ScenarioOptions{}, pipelines...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	stop, err := s.StartWorker(ctx)
	require.NoError(t, err)
	t.Cleanup(stop)
	w := newWorker(s.Client, ledger)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	return ctx, s
}

// next is an entry of tieout.yaml, as the README has it.
func next(wait bool) map[string]any {
	return map[string]any{"next": []map[string]any{
		{"workflow": "PostJournal", "task_queue": "ledger", "when": []string{"clean", "approved", "findings"}, "wait": wait}}}
}

func TestNextWorkflowIsStartedOnceWithTheResult(t *testing.T) {
	p := &systemtest.Pipeline{Name: "nightly", World: systemtest.World(200), Settings: next(false)}
	ctx, s := scenario(t, Ledger{}, p)
	ended, err := p.Run(ctx)
	require.NoError(t, err)
	require.NoError(t, ended.Err)

	id := contract.NextID(p.Name, contract.JobKey(ended.Result.Job.ID), "ledger", "PostJournal")
	var posting Posting
	require.NoError(t, s.Client.GetWorkflow(ctx, id, "").Get(ctx, &posting))
	require.Equal(t, ended.Result.Job.ID, posting.Job)
	require.Equal(t, fmt.Sprintf("nightly of 2026-11-20, findings: 200 records, journal total %s", ended.Result.Control.Total), posting.Lines[0])
	require.Len(t, posting.Lines, 1+len(ended.Result.Findings.Amounts))
	for _, line := range posting.Lines[1:] {
		require.Regexp(t, `^set aside [A-Z]{3}: net -?[0-9.]+, gross -?[0-9.]+$`, line)
	}

	queue, input := startOf(ctx, t, s.Client, id)
	require.Equal(t, "ledger", queue)
	result, err := json.Marshal(ended.Result)
	require.NoError(t, err)
	require.JSONEq(t, string(result), input, "the whole result is the input")
	require.Eventually(t, func() bool {
		found, err := s.Client.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: s.Name,
			Query: `WorkflowType = "PostJournal"`})
		return err == nil && found.Count == 1
	}, time.Minute, 20*time.Millisecond)
}

// startOf reads the task queue and the input that a workflow was started with.
func startOf(ctx context.Context, t *testing.T, c client.Client, id string) (queue, input string) {
	first, err := c.GetWorkflowHistory(ctx, id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT).Next()
	require.NoError(t, err)
	started := first.GetWorkflowExecutionStartedEventAttributes()
	require.Len(t, started.GetInput().GetPayloads(), 1)
	return started.GetTaskQueue().GetName(), string(started.GetInput().GetPayloads()[0].GetData())
}

func TestFailureOfNextWorkflowThatIsWaitedForIsOurs(t *testing.T) {
	p := &systemtest.Pipeline{Name: "nightly", World: systemtest.World(200), Settings: next(true)}
	ctx, _ := scenario(t, Ledger{ClosedUntil: "2026-11-30"}, p)
	ended, err := p.Run(ctx)
	require.NoError(t, err)
	var failed *temporal.ApplicationError
	require.ErrorAs(t, ended.Err, &failed)
	require.Equal(t, "PeriodClosed", failed.Type())
	require.Contains(t, failed.Message(), "The next workflow PostJournal failed: the ledger is closed until 2026-11-30.")
	var result Result
	require.NoError(t, failed.Details(&result), "the result is there all the same")
	require.Equal(t, "findings", result.Outcome)
	require.Contains(t, failed.Message(), "result.json")
}

func TestCloseBooksGoesOnByTheVerdict(t *testing.T) {
	clean := systemtest.World(200)
	clean.Definitions[0].Files[0].Extract.Inject = nil
	broken := systemtest.World(200)
	broken.Definitions[0].Timing.FailAll = true
	pipelines := []*systemtest.Pipeline{{Name: "clean", World: clean}, {Name: "dirty", World: systemtest.World(200)}, {Name: "broken", World: broken}}
	ctx, s := scenario(t, Ledger{}, pipelines...)
	closeBooks := func(pipeline string) Closed {
		run, err := s.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "close/" + pipeline, TaskQueue: taskQueue},
			CloseBooks, CloseInput{Pipeline: pipeline, BusinessDate: systemtest.BusinessDate})
		require.NoError(t, err)
		var closed Closed
		require.NoError(t, run.Get(ctx, &closed))
		return closed
	}

	closed := closeBooks("clean")
	require.True(t, closed.Closed)
	require.Equal(t, "clean", closed.Why)
	require.Regexp(t, `^clean of 2026-11-20, clean: 200 records, journal total [0-9.-]+$`, closed.Posting.Lines[0])
	require.Equal(t, pipelines[0].Concur.Jobs(concurtest.SampleDefinition)[0].ID, closed.Posting.Job)

	closed = closeBooks("dirty")
	require.False(t, closed.Closed)
	require.Nil(t, closed.Posting)
	require.Regexp(t, `^findings: 2 findings on 5 rows, see s3://.*/report\.html$`, closed.Why)

	closed = closeBooks("broken")
	require.False(t, closed.Closed)
	require.Regexp(t, `^ConcurJobFailed: `, closed.Why)
}
