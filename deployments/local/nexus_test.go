package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/nexus/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/zap"

	"tieout/concur/concurtest"
	"tieout/internal/app"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/starter/schedule"
)

// asksTieout is a workflow of another team, which knows tieout by names and JSON alone.
func asksTieout(ctx workflow.Context, in map[string]any) (map[string]any, error) {
	c := workflow.NewNexusClient("tieout", "tieout")
	var result map[string]any
	err := c.ExecuteOperation(ctx, "extract", in, workflow.NexusOperationOptions{ScheduleToCloseTimeout: 4 * time.Minute}).Get(ctx, &result)
	return result, err
}

// told is a webhook that keeps the events it receives.
type told struct {
	URL    string
	events chan map[string]any
}

func newTold(t *testing.T) *told {
	w := &told{events: make(chan map[string]any, 10)}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		event := map[string]any{"signature": r.Header.Get("Webhook-Signature")}
		_ = json.Unmarshal(body, &event) // the test misses what is not there
		w.events <- event
	}))
	t.Cleanup(server.Close)
	w.URL = server.URL
	return w
}

// next waits for the next event.
func (w *told) next(ctx context.Context, t *testing.T) map[string]any {
	t.Helper()
	select {
	case event := <-w.events:
		return event
	case <-ctx.Done():
		t.Fatal("nobody was told")
		return nil
	}
}

// notifiedDemo writes the demo's configuration with a webhook and a due time before the first start.
func notifiedDemo(t *testing.T, dir, webhook string) string {
	path, err := writeDemo(dir, demo{ConcurURL: "http://127.0.0.1:1", Auth: concurtest.DefaultAuth(), Bucket: demoBucket})
	require.NoError(t, err)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	with := strings.Replace(string(text), "    on_findings:", "    due: \"23:59\"\n    notify: [{webhook: \""+webhook+"/hook\", secret: s3cret}]\n    on_findings:", 1)
	require.NotEqual(t, string(text), with)
	require.NoError(t, os.WriteFile(path, []byte(with), 0o600))
	return path
}

// TestChainedAndTold asks for a run through a real Nexus endpoint, and looks at the events that a webhook receives.
func TestChainedAndTold(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(t.TempDir())
	hook := newTold(t)
	path := notifiedDemo(t, dir, hook.URL)
	local := start(t, "--data", dir, "--rows", "2000")
	hostPort, _, _ := strings.Cut(local.said["Temporal"], ",")
	c, err := client.Dial(client.Options{HostPort: hostPort, Logger: app.TemporalLog(zap.NewNop())})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	_, err = c.OperatorService().CreateNexusEndpoint(t.Context(), &operatorservice.CreateNexusEndpointRequest{Spec: &nexus.EndpointSpec{
		Name: "tieout",
		Target: &nexus.EndpointTarget{Variant: &nexus.EndpointTarget_Worker_{Worker: &nexus.EndpointTarget_Worker{
			Namespace: "default", TaskQueue: "tieout"}}},
	}})
	require.NoError(t, err)
	w := worker.New(c, "ledger", worker.Options{})
	w.RegisterWorkflow(asksTieout)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(cancel)

	date := time.Now().UTC().Format(time.DateOnly)
	input := map[string]any{"pipeline": "nightly-sae", "businessDate": date}
	t.Run("callers join one run", func(t *testing.T) { joinOneRun(ctx, t, c, input) })
	t.Run("the webhook is told once", func(t *testing.T) {
		event := hook.next(ctx, t)
		require.Equal(t, "tieout.findings", event["type"])
		require.Equal(t, "extract/nightly-sae/"+date, event["subject"])
		require.NotEmpty(t, event["signature"])
	})
	t.Run("a start of the Web UI is answered", func(t *testing.T) { startByHand(ctx, t, c, date) })
	t.Run("callers join the run of the schedule's date", func(t *testing.T) { joinScheduledRun(ctx, t, c, hook) })
	t.Run("what is missing is said", func(t *testing.T) {
		for said, in := range map[string]map[string]any{
			"pipeline is missing":         {"businessDate": date},
			"businessDate is missing":     {"pipeline": "nightly-sae"},
			"is not a date":               {"pipeline": "nightly-sae", "businessDate": "20.11.2026"},
			"has no firing at 0400":       {"pipeline": "nightly-sae", "businessDate": date + "T0400"},
			"again is for people":         {"pipeline": "nightly-sae", "businessDate": date, "again": true},
			"jobId is for people":         {"pipeline": "nightly-sae", "businessDate": date, "jobId": "j"},
			"has no pipeline \"nightly\"": {"pipeline": "nightly", "businessDate": date},
		} {
			run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: "ledger"}, asksTieout, in)
			require.NoError(t, err)
			require.ErrorContains(t, run.Get(ctx, nil), said)
		}
	})
	t.Run("a due time that nobody met is told", func(t *testing.T) { checkDue(ctx, t, c, path, hook) })
	require.Empty(t, hook.events)
	w.Stop()
	local.end(t)
}

// joinOneRun has two callers wait for one run, and a third ask when it is done.
func joinOneRun(ctx context.Context, t *testing.T, c client.Client, input map[string]any) {
	var runs []client.WorkflowRun
	for range 2 {
		run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: "ledger"}, asksTieout, input)
		require.NoError(t, err)
		runs = append(runs, run)
	}
	var first, second, later map[string]any
	require.NoError(t, runs[0].Get(ctx, &first))
	require.NoError(t, runs[1].Get(ctx, &second))
	require.Equal(t, "findings", first["outcome"])
	require.Equal(t, input["businessDate"], first["businessDate"])
	require.Equal(t, first, second)
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: "ledger"}, asksTieout, input)
	require.NoError(t, err)
	require.NoError(t, run.Get(ctx, &later))
	require.NotEmpty(t, later["answered"])
	delete(later, "answered")
	require.Equal(t, first, later, "the same job: no second extract for a date that has its verdict")
}

// startByHand starts a workflow as the Web UI does: with an id of a person's choice and without an input.
func startByHand(ctx context.Context, t *testing.T, c client.Client, date string) {
	front, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "nightly-sae by hand", TaskQueue: "tieout"}, "ConcurExtract", map[string]any{})
	require.NoError(t, err)
	var result contract.ExtractResult
	require.NoError(t, front.Get(ctx, &result))
	require.Equal(t, date, result.BusinessDate)
	require.NotEmpty(t, result.Answered)
	var progress contract.Progress
	answer, err := c.QueryWorkflow(ctx, front.GetID(), "", contract.QueryProgress)
	require.NoError(t, err)
	require.NoError(t, answer.Get(&progress))
	require.Equal(t, "extract/nightly-sae/"+date, progress.Run)
	require.Contains(t, progress.Message, date+" was extracted already, and this is the verdict of "+result.Answered+". 19 findings")
	require.Contains(t, progress.Next, "tieout run nightly-sae --date "+date+" --again")
}

// joinScheduledRun has a caller ask for the date of a run that a schedule has started, and another one when it has ended. The
// schedule starts a front, and the run has the id of its date.
func joinScheduledRun(ctx context.Context, t *testing.T, c client.Client, hook *told) {
	schedule, err := c.ScheduleClient().Create(ctx, client.ScheduleOptions{ID: "extract/nightly-sae", Paused: true,
		Spec: client.ScheduleSpec{CronExpressions: []string{"0 4 * * *"}},
		Action: &client.ScheduleWorkflowAction{ID: "extract/nightly-sae", Workflow: "ConcurExtract", TaskQueue: "tieout",
			Args: []any{map[string]string{"pipeline": "nightly-sae"}}}})
	require.NoError(t, err)
	at := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -2).Add(4 * time.Hour)
	require.NoError(t, schedule.Backfill(ctx, client.ScheduleBackfillOptions{
		Backfill: []client.ScheduleBackfill{{Start: at.Add(-time.Minute), End: at.Add(time.Minute)}}}))
	date, front := at.Format(time.DateOnly), contract.ScheduledID("nightly-sae", at)
	id := contract.Run{Pipeline: "nightly-sae", Slot: contract.Slot{Date: date}}.ID()
	require.Eventually(t, func() bool {
		_, err := c.DescribeWorkflowExecution(ctx, id, "")
		return err == nil
	}, 2*time.Minute, 20*time.Millisecond)
	input := map[string]any{"pipeline": "nightly-sae", "businessDate": date}
	var scheduled, own map[string]any
	for _, when := range []string{"while it is running", "when it is done"} {
		run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: "ledger"}, asksTieout, input)
		require.NoError(t, err)
		var answered map[string]any
		require.NoError(t, run.Get(ctx, &answered))
		require.NoError(t, c.GetWorkflow(ctx, front, "").Get(ctx, &scheduled))
		require.NoError(t, c.GetWorkflow(ctx, id, "").Get(ctx, &own))
		require.Equal(t, own, scheduled, when)
		delete(answered, "answered")
		require.Equal(t, own, answered, when)
		require.Equal(t, date, answered["businessDate"])
	}
	require.Equal(t, "tieout.findings", hook.next(ctx, t)["type"], "the run tells people, and the front nobody")
}

// checkDue creates the schedule of the due check and lets it fire for a day on which nothing ran.
func checkDue(ctx context.Context, t *testing.T, c client.Client, path string, hook *told) {
	settings, err := config.Load(path)
	require.NoError(t, err)
	nightly, err := settings.Pipeline("nightly-sae")
	require.NoError(t, err)
	options, err := schedule.Due(nightly)
	require.NoError(t, err)
	due, err := c.ScheduleClient().Create(ctx, options)
	require.NoError(t, err)
	day := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -3)
	require.NoError(t, due.Backfill(ctx, client.ScheduleBackfillOptions{
		Backfill: []client.ScheduleBackfill{{Start: day.Add(-time.Minute), End: day.Add(24*time.Hour - time.Minute)}}}))
	event := hook.next(ctx, t)
	require.Equal(t, "tieout.late", event["type"])
	require.Equal(t, "nightly-sae/"+day.Format(time.DateOnly)+"/late", event["id"])
	require.Contains(t, event["data"].(map[string]any)["message"], "No run of nightly-sae for "+day.Format(time.DateOnly)+" reached a verdict by 23:59")
}
