package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tieout/concur/concurtest"
	"tieout/deployments/local/stack"
	"tieout/deployments/local/systemtest"
	"tieout/internal/contract"
)

const (
	storyPolls = 300 // how often today's job is asked for before it is completed
	leftOver   = 3   // jobs that earlier nights left over
)

// follower is a workflow of another team, on that team's task queue.
type follower struct {
	workflow, queue string
	wait            bool
}

func followers() []follower {
	return []follower{
		{"ArchiveForAudit", "archive", false},
		{"RefreshSpendDashboard", "analytics", false},
		{"ReimburseEmployees", "payments", false},
		{"AccrueTravelCosts", "ledger", true},
		{"PostJournal", "ledger", true},
	}
}

// next returns the followers as settings of tieout.yaml.
func next() []map[string]any {
	var next []map[string]any
	for _, f := range followers() {
		next = append(next, map[string]any{"workflow": f.workflow, "task_queue": f.queue, "wait": f.wait,
			"when": []string{string(contract.OutcomeClean), string(contract.OutcomeFindings)}})
	}
	return next
}

// follow serves the task queues of the followers, which all end at once.
func follow(t *testing.T, c client.Client) {
	workers := map[string]worker.Worker{}
	for _, f := range followers() {
		if workers[f.queue] == nil {
			workers[f.queue] = worker.New(c, f.queue, worker.Options{})
		}
		done := func(workflow.Context, map[string]any) (string, error) { return "done", nil }
		workers[f.queue].RegisterWorkflowWithOptions(done, workflow.RegisterOptions{Name: f.workflow})
	}
	for _, w := range workers {
		require.NoError(t, w.Start())
		t.Cleanup(w.Stop)
	}
}

// story is the pipeline whose run is looked at.
type story struct {
	*systemtest.Pipeline
	servers *systemtest.Servers
	client  client.Client
	ended   systemtest.Ended
}

// TestStory runs a night with 300 polls, 3 jobs that earlier nights left over and 5 workflows that follow. It sees that the
// history of the run tells all of that in a few lines, in the Web UI too. docs/web-ui.md shows its picture.
func TestStory(t *testing.T) {
	ctx, servers := startServers(t, 5*time.Minute)
	n := &systemtest.Pipeline{Name: "nightly-sae", World: systemtest.World(300), Date: "2026-11-16", Settings: map[string]any{
		"next": next(), "poll": map[string]any{"first": "5ms", "max": "5ms", "deadline": "5m", "visibility": "2s"}}}
	n.World.Definitions[0].History = 2
	n.World.Definitions[0].Timing.Running = 10 * time.Minute
	begin, err := time.Parse(time.DateTime, n.Date+" 04:00:00")
	require.NoError(t, err)
	n.Advance(time.Until(begin))
	scenario := startScenario(ctx, t, servers, "finance", n)
	follow(t, scenario.Client)

	s := &story{Pipeline: n, servers: servers, client: scenario.Client}
	s.happen(ctx, t)
	s.requirePolls(t)
	s.requireRecovered(ctx, t)
	s.requireFollowers(ctx, t)
	lines := s.requireLines(ctx, t)

	ui, err := stack.StartUI(ctx, stack.UIOptions{Address: "127.0.0.1:0", Temporal: servers.Temporal.HostPort, Namespace: scenario.Name})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, ui.Stop()) })
	s.read(openBrowser(t, filepath.Join(servers.Root, "docs/images")).at(ui.URL, scenario.Name), lines)
}

// happen lets the pipeline's first night pass, three on which only Concur's own schedule runs the job, and the night that
// the test looks at.
func (s *story) happen(ctx context.Context, t *testing.T) {
	s.OnRequest(concurtest.OpStatus, concurtest.Answered, 2, s.FinishJob)
	first, err := s.Run(ctx)
	require.NoError(t, err)
	require.NoError(t, s.Check(ctx, first, systemtest.Expect{Outcome: contract.OutcomeFindings, Jobs: 1}))
	for range leftOver {
		s.Advance(24 * time.Hour)
		s.Concur.StartJob(concurtest.SampleDefinition)
	}
	s.Advance(24 * time.Hour)
	s.Date = "2026-11-20"
	// Each job that was left over is polled once.
	s.OnRequest(concurtest.OpStatus, concurtest.Answered, storyPolls-1+leftOver, s.FinishJob)
	s.ended, err = s.Run(ctx)
	require.NoError(t, err)
	require.NoError(t, s.Check(ctx, s.ended, systemtest.Expect{Outcome: contract.OutcomeFindings, Jobs: 2}))
}

// jobs returns Concur's jobs: two from before the first night, that night's, those that were left over, and today's.
func (s *story) jobs() []concurtest.JobRecord { return s.Concur.Jobs(concurtest.SampleDefinition) }

func (s *story) leftOver() []concurtest.JobRecord { return s.jobs()[3 : 3+leftOver] }

func (s *story) requirePolls(t *testing.T) {
	polls := 0
	for _, request := range s.Concur.Requests() {
		if request.Operation == concurtest.OpStatus && request.Job == s.ended.Result.Job.ID {
			polls++
		}
	}
	require.GreaterOrEqual(t, polls, storyPolls)
}

// requireRecovered holds each job that was left over against the run that took it up, its manifest and its result.
func (s *story) requireRecovered(ctx context.Context, t *testing.T) {
	require.Len(t, s.ended.Result.Recovered, leftOver)
	for _, job := range s.leftOver() {
		var result contract.ExtractResult
		id := contract.Run{Pipeline: s.Name, JobKey: contract.JobKey(job.ID)}.ID()
		require.NoError(t, s.client.GetWorkflow(ctx, id, "").Get(ctx, &result))
		require.Equal(t, contract.OutcomeFindings, result.Outcome)
		require.Contains(t, s.ended.Result.Recovered, contract.Recovered{ID: job.ID, Manifest: result.Manifest})
		require.Contains(t, s.object(ctx, t, result.Manifest), job.ID)
		require.Contains(t, s.object(ctx, t, result.ResultURI), job.ID)
	}
}

func (s *story) object(ctx context.Context, t *testing.T, uri string) string {
	key := strings.TrimPrefix(uri, "s3://"+systemtest.Bucket+"/")
	object, err := s.servers.S3.Client().GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(systemtest.Bucket), Key: &key})
	require.NoError(t, err, uri)
	defer object.Body.Close()
	text, err := io.ReadAll(object.Body)
	require.NoError(t, err, uri)
	return string(text)
}

// requireFollowers sees that each job started each of its followers once, and that all of them completed.
func (s *story) requireFollowers(ctx context.Context, t *testing.T) {
	var want []string
	for _, job := range s.jobs()[2:] {
		for _, f := range followers() {
			want = append(want, contract.NextID(s.Name, contract.JobKey(job.ID), f.queue, f.workflow))
		}
	}
	slices.Sort(want)
	require.Len(t, want, 5*len(followers()))
	var types []string
	for _, f := range followers() {
		types = append(types, "'"+f.workflow+"'")
	}
	query := "ExecutionStatus = 'Completed' AND WorkflowType IN (" + strings.Join(types, ",") + ")"
	var done []string
	require.Eventually(t, func() bool {
		listed, err := s.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: 1000})
		if err != nil || len(listed.GetExecutions()) < len(want) {
			return false
		}
		for _, execution := range listed.GetExecutions() {
			done = append(done, execution.GetExecution().GetWorkflowId())
		}
		return true
	}, 2*time.Minute, 50*time.Millisecond)
	slices.Sort(done)
	require.Equal(t, want, done)
}

// requireLines reads the run's own history and compares the summaries that a person sees beside its events. Those of what
// happens at the same time may come in any order.
func (s *story) requireLines(ctx context.Context, t *testing.T) []string {
	want := []string{
		"nightly-sae of 2026-11-20",
		"Read the configuration of nightly-sae",
		"See that Concur has the extract and the lists, and S3 the bucket",
		"Note the jobs that Concur lists, and what the date has come to",
		"Ask Concur to start the job of Standard Accounting Extract, once",
		fmt.Sprintf("Mark job %s as started by this run", s.ended.Result.Job.ID),
		"Look for jobs that earlier nights left over",
	}
	for _, job := range s.leftOver() {
		want = append(want, "Take up the job left over from "+job.Created.UTC().Format("2006-01-02 15:04 UTC"))
	}
	want = append(want,
		"Give the job 5ms before its status is asked for",
		"Ask for the job's status until it is completed, for at most 5m",
		"Land the job's files in S3, then write their manifest",
		fmt.Sprintf("Tie out nightly-sae of 2026-11-20: 1 file, %.1f kB", float64(s.ended.Result.Files[0].Bytes)/1000),
		"Write the result. 2 findings on 5 of 300 records.",
		"Start ArchiveForAudit on archive with the result",
		"Start RefreshSpendDashboard on analytics with the result",
		"Start ReimburseEmployees on payments with the result",
		"Start AccrueTravelCosts on ledger with the result and wait for it",
		"Start PostJournal on ledger with the result and wait for it",
		"Wait for the next workflow AccrueTravelCosts",
		"Wait for the next workflow PostJournal")

	var lines []string
	kinds := map[string]int{}
	events := s.client.GetWorkflowHistory(ctx, s.ended.ID, s.ended.RunID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		kinds[event.GetEventType().String()]++
		var line string
		if summary := event.GetUserMetadata().GetSummary(); summary != nil {
			require.NoError(t, converter.GetDefaultDataConverter().FromPayload(summary, &line))
		}
		// This one is there only where a job that was left over was slower than today's.
		if line != "" && line != "Give the jobs that were left over 10m to be done too" {
			t.Log(line)
			lines = append(lines, line)
		}
	}
	t.Log(kinds)
	require.ElementsMatch(t, want, lines)
	own := 0
	for kind, count := range kinds {
		// A workflow task tells a worker of other events: two that come together make one task.
		if !strings.HasPrefix(kind, "WorkflowTask") {
			own += count
		}
	}
	require.Less(t, own, 100, "%v", kinds)
	return want
}

// read looks at the timeline from its beginning, then at one of the run's children and followers, as a stranger does.
func (s *story) read(p *page, lines []string) {
	p.openRun(s.ended.ID)
	p.press(labelled("main button", "Descending")) // the oldest first from now on
	p.reads(visible("main"), lines[1:]...)
	p.reads(visible("main"), "WaitForJob • Ask for the job's status")
	p.picture("ui-story", 1360)
	p.details(s.ended.ID, lines[0], "2 findings on 5 of 300 records.", ", started by this run", "Recovered job: "+s.leftOver()[0].ID)

	recovered := s.leftOver()[0]
	p.details(contract.Run{Pipeline: s.Name, JobKey: contract.JobKey(recovered.ID)}.ID(), "Take up the job left over from ",
		"no run brought it to a result", recovered.ID+", taken up by this run", "2 findings on 5 of 300 records.")
	key := contract.JobKey(s.ended.Result.Job.ID)
	p.details(contract.TieOutID(s.ended.ID, key), "Tie out nightly-sae of 2026-11-20", "Compares the codes in the files with")
	p.details(contract.NextID(s.Name, key, "ledger", "PostJournal"), "Start PostJournal on ledger with the result and wait for it",
		"Follows nightly-sae of 2026-11-20, whose outcome is findings", s.ended.ID, s.ended.Result.ResultURI)
}
