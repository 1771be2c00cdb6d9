package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/mocks"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	sdkworkflow "go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tieout/internal/contract"
	"tieout/internal/report"
	"tieout/internal/runs"
)

const testID = "extract/nightly-sae/2026-11-20"

func testResult(outcome contract.Outcome) *contract.ExtractResult {
	return &contract.ExtractResult{Schema: 1, Pipeline: "nightly-sae", BusinessDate: "2026-11-20", Outcome: outcome,
		Manifest: "s3://tieout-test/concur/nightly-sae/jobs/0123456789abcdef/manifest.json",
		Findings: contract.FindingsSummary{Count: 3, Rows: 5, ByClass: map[string]int{"unknown": 3}},
		Reports: contract.Reports{JSON: "s3://tieout-test/t/001/report.json", CSV: "s3://tieout-test/t/001/findings.csv",
			HTML: "s3://tieout-test/t/001/report.html", Link: "s3://tieout-test/t/001/report.html"}}
}

// described is a run as Temporal describes it.
func described(id string, status enums.WorkflowExecutionStatus, attributes map[string]any) *workflow.WorkflowExecutionInfo {
	info := &workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{WorkflowId: id, RunId: "run-1"}, Status: status,
		Type: &common.WorkflowType{Name: contract.TypeConcurExtract}, StartTime: timestamppb.New(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)),
		SearchAttributes: &common.SearchAttributes{IndexedFields: map[string]*common.Payload{}}}
	if status != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		info.CloseTime = timestamppb.New(info.StartTime.AsTime().Add(90 * time.Second))
	}
	for name, value := range attributes {
		payload, err := converter.GetDefaultDataConverter().ToPayload(value)
		if err != nil {
			panic(err)
		}
		info.SearchAttributes.IndexedFields[name] = payload
	}
	return info
}

// fakeRun is a run with its end.
type fakeRun struct {
	client.WorkflowRun
	id     string // testID where it is left out
	result *contract.ExtractResult
	err    error
}

func (r fakeRun) GetID() string    { return cmp.Or(r.id, testID) }
func (r fakeRun) GetRunID() string { return "run-1" }
func (r fakeRun) Get(_ context.Context, to any) error {
	if r.err == nil && to != nil {
		*to.(*contract.ExtractResult) = *r.result
	}
	return r.err
}

// runFailed is the error that a failed run gives, made as the SDK makes it.
func runFailed(code, message string, details ...any) error {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(time.Minute)
	env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	env.RegisterWorkflowWithOptions(func(sdkworkflow.Context) error {
		return temporal.NewApplicationErrorWithOptions(message, code, temporal.ApplicationErrorOptions{NonRetryable: true, Details: details})
	}, sdkworkflow.RegisterOptions{Name: contract.TypeConcurExtract})
	env.ExecuteWorkflow(contract.TypeConcurExtract)
	return env.GetWorkflowError()
}

// withEnd gives the bench a Temporal on which the run has ended.
func withEnd(t *testing.T, run fakeRun) (*bench, *mocks.Client) {
	b, c := newBench(t), &mocks.Client{}
	b.configure(testConfig)
	b.useTemporal(c)
	status := enums.WORKFLOW_EXECUTION_STATUS_COMPLETED
	if run.err != nil {
		status = enums.WORKFLOW_EXECUTION_STATUS_FAILED
	}
	c.On("DescribeWorkflowExecution", mock.Anything, testID, mock.Anything).Return(
		&workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: described(testID, status, nil)}, nil)
	c.On("GetWorkflow", mock.Anything, testID, mock.Anything).Return(run)
	c.On("Close").Return()
	return b, c
}

func TestEveryEndHasItsExitCode(t *testing.T) {
	for _, c := range []struct {
		run  fakeRun
		code int
		says string
	}{
		{fakeRun{result: testResult("clean")}, runs.ExitOK, "clean"},
		{fakeRun{result: testResult("approved")}, runs.ExitOK, "approved"},
		{fakeRun{result: testResult("findings")}, runs.ExitFindings, "findings"},
		{fakeRun{result: testResult("rejected")}, runs.ExitFindings, "rejected"},
		{fakeRun{result: testResult("empty")}, runs.ExitEmpty, "empty"},
		{fakeRun{err: runFailed(contract.CodeConfigInvalid, "no list")}, runs.ExitUsage, "ConfigInvalid: no list"},
		{fakeRun{err: runFailed(contract.CodeConcurAuth, "sign in")}, runs.ExitAuth, "ConcurAuth: sign in"},
		{fakeRun{err: runFailed(contract.CodeConcurDeadline, "late")}, runs.ExitTemporary, "ConcurDeadline: late"},
		{fakeRun{err: runFailed(contract.CodeListUnavailable, "list")}, runs.ExitTemporary, "ListUnavailable: list"},
		{fakeRun{err: runFailed(contract.CodeConcurJobFailed, "job")}, runs.ExitJobFailed, "ConcurJobFailed: job"},
		{fakeRun{err: runFailed(contract.CodeControlTotals, "totals", testResult("findings"))}, runs.ExitControlTotals, "ControlTotals: totals"},
		{fakeRun{err: runFailed(contract.CodeStartAmbiguous, "who")}, runs.ExitAmbiguous, "StartAmbiguous: who"},
		{fakeRun{err: runFailed(contract.CodeFindings, "findings", testResult("findings"))}, runs.ExitFindings, "Findings: findings"},
		{fakeRun{err: runFailed(contract.CodeFileFormat, "bad file")}, runs.ExitError, "FileFormat: bad file"},
	} {
		t.Run(c.says, func(t *testing.T) {
			b, _ := withEnd(t, c.run)
			require.Equal(t, c.code, b.tieout("watch", testID), b.err.String())
			require.Contains(t, b.out.String()+b.err.String(), c.says)
			require.Equal(t, c.code, b.tieout("watch", testID, "--json"), b.err.String())
			var document map[string]any
			b.document(&document)
			if c.run.err == nil {
				require.EqualValues(t, c.run.result.Outcome, document["outcome"])
			} else {
				require.NotEmpty(t, document["code"])
			}
		})
	}
}

func TestAFailedRunShowsWhereItsReportLies(t *testing.T) {
	b, _ := withEnd(t, fakeRun{err: runFailed(contract.CodeControlTotals, "differs", testResult("findings"))})
	require.Equal(t, runs.ExitControlTotals, b.tieout("watch", testID))
	require.Contains(t, b.out.String(), "s3://tieout-test/t/001/report.html")
	require.Zero(t, b.tieout("report", testID), b.err.String())
	require.Contains(t, b.out.String(), "s3://tieout-test/t/001/report.html")
	require.Contains(t, b.err.String(), "ControlTotals: differs")
}

func TestReportReadsTheBucketWhereItMay(t *testing.T) {
	b, _ := withEnd(t, fakeRun{result: testResult("findings")})
	require.Zero(t, b.tieout("report", testID), b.err.String())
	require.Contains(t, b.out.String(), "3 on 5 rows (unknown 3)") // what the result itself says

	b.serveS3()
	store, err := b.store(t.Context(), testBucket)
	require.NoError(t, err)
	var text strings.Builder
	doc := &report.Document{Schema: 1, Outcome: "clean", Run: report.Run{Pipeline: "nightly-sae", BusinessDate: "2026-11-20"}}
	require.NoError(t, report.WriteJSON(&text, doc))
	for name, body := range map[string]string{"report.json": text.String(), "report.html": "<p>", "lists/Chart.json": "{}", "scan.json": "[]", "lists/Chart.partial.json": "{}"} {
		require.NoError(t, store.PutNew(t.Context(), "t/001/"+name, "text/plain", []byte(body)))
	}
	require.Zero(t, b.tieout("report", testID), b.err.String())
	require.Contains(t, b.out.String(), "nightly-sae  2026-11-20  Clean")

	require.Zero(t, b.tieout("report", testID, "--json"))
	var got map[string]any
	b.document(&got)
	require.Equal(t, "clean", got["outcome"])

	dir := t.TempDir()
	require.Zero(t, b.tieout("report", testID, "--download", dir), b.err.String())
	require.FileExists(t, dir+"/report.html")
	require.FileExists(t, dir+"/lists/Chart.json")
	require.NoFileExists(t, dir+"/scan.json")
	require.NoFileExists(t, dir+"/lists/Chart.partial.json")

	opened := ""
	b.open = func(target string) error { opened = target; return nil }
	require.Zero(t, b.tieout("report", testID, "--open"), b.err.String())
	require.FileExists(t, opened)
}

// Once somebody has decided, every way to the report leads to the one that says so.
func TestReportOfADecidedRun(t *testing.T) {
	result := testResult("approved")
	result.Reports.JSON, result.Reports.HTML = "s3://tieout-test/t/001/decided/report.json", "s3://tieout-test/t/001/decided/report.html"
	b, _ := withEnd(t, fakeRun{result: result})
	b.serveS3()
	store, err := b.store(t.Context(), testBucket)
	require.NoError(t, err)
	var text strings.Builder
	doc := &report.Document{Schema: 1, Outcome: "approved", Run: report.Run{Pipeline: "nightly-sae", BusinessDate: "2026-11-20"},
		Review: &contract.Review{Decision: "approve", By: "kim", Reason: "known", At: "2026-11-20T10:12:00Z", TieOut: 1}}
	require.NoError(t, report.WriteJSON(&text, doc))
	for name, body := range map[string]string{"report.json": "{}", "report.html": "<p>", "findings.csv": "finding", "decided/report.json": text.String(), "decided/report.html": "<p>approved"} {
		require.NoError(t, store.PutNew(t.Context(), "t/001/"+name, "text/plain", []byte(body)))
	}
	require.Zero(t, b.tieout("report", testID), b.err.String())
	require.Contains(t, b.out.String(), "Approved by kim on 20 Nov 2026 10:12:00 UTC: known")
	require.Zero(t, b.tieout("report", testID, "--json"))
	require.Equal(t, text.String(), strings.TrimSuffix(b.out.String(), "\n")+"\n")

	dir := t.TempDir()
	require.Zero(t, b.tieout("report", testID, "--download", dir), b.err.String())
	page, err := os.ReadFile(dir + "/report.html")
	require.NoError(t, err)
	require.Equal(t, "<p>approved", string(page))
	require.FileExists(t, dir+"/findings.csv")
	require.NoDirExists(t, dir+"/decided")

	opened := ""
	b.open = func(target string) error { opened = target; return nil }
	result.Reports.Link = result.Reports.HTML
	require.Zero(t, b.tieout("report", testID, "--open"), b.err.String())
	page, err = os.ReadFile(opened)
	require.NoError(t, err)
	require.Equal(t, "<p>approved", string(page))
}

// onTemporal gives the bench a Temporal that describes nothing but the runs given.
func onTemporal(t *testing.T, config string, runs ...*workflow.WorkflowExecutionInfo) (*bench, *mocks.Client) {
	b, c := newBench(t), &mocks.Client{}
	if config != "" {
		b.configure(config)
	}
	b.now = func() time.Time { return time.Date(2026, 11, 21, 2, 0, 0, 0, time.UTC) } // still the 20th in New York
	b.useTemporal(c)
	for _, run := range runs {
		c.On("DescribeWorkflowExecution", mock.Anything, run.GetExecution().GetWorkflowId(), mock.Anything).Return(
			&workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: run}, nil)
	}
	c.On("DescribeWorkflowExecution", mock.Anything, mock.Anything, mock.Anything).Return(nil, serviceerror.NewNotFound("no"))
	c.On("Close").Return()
	return b, c
}

// starts has Temporal take one start, of an id that begins so and with that input.
func starts(c *mocks.Client, id string, in contract.ExtractInput, run client.WorkflowRun, err error) {
	c.On("ExecuteWorkflow", mock.Anything, mock.MatchedBy(func(o client.StartWorkflowOptions) bool {
		return strings.HasPrefix(o.ID, id) && o.TaskQueue == contract.TaskQueue
	}), contract.TypeConcurExtract, in).Return(run, err).Once()
}

func TestRunJoinsTheRunThatIsRunning(t *testing.T) {
	b, c := onTemporal(t, testConfig, described(testID, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, nil))
	starts(c, testID, contract.ExtractInput{Pipeline: "nightly-sae", BusinessDate: "2026-11-20"}, fakeRun{}, nil)
	require.Zero(t, b.tieout("run", "nightly-sae"), b.err.String())
	require.Equal(t, testID+"\n", b.out.String())
	require.Contains(t, b.err.String(), "Joined the run that is running")
}

// A date that completed is answered by a worker, which reads the bucket: through a front.
func TestRunOfADateThatHasItsVerdictShowsIt(t *testing.T) {
	for _, watch := range []string{"--watch=false", "--watch"} {
		b, c := onTemporal(t, testConfig, described(testID, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, nil), described("front-1", enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, nil))
		in := contract.ExtractInput{Pipeline: "nightly-sae", BusinessDate: "2026-11-20"}
		starts(c, testID, in, nil, serviceerror.NewWorkflowExecutionAlreadyStarted("completed", "", ""))
		answered := testResult("findings")
		answered.Answered = "2026-11-20T09:12:00Z"
		starts(c, "front/nightly-sae/2026-11-20/", in, fakeRun{id: "front-1", result: answered}, nil)
		require.Equal(t, runs.ExitFindings, b.tieout("run", "nightly-sae", "--json", watch), b.err.String())
		var document map[string]any
		b.document(&document)
		require.Equal(t, "2026-11-20T09:12:00Z", document["answered"])

		starts(c, testID, in, nil, serviceerror.NewWorkflowExecutionAlreadyStarted("completed", "", ""))
		starts(c, "front/nightly-sae/2026-11-20/", in, fakeRun{id: "front-1", result: answered}, nil)
		require.Equal(t, runs.ExitFindings, b.tieout("run", "nightly-sae", watch), b.err.String())
		require.Contains(t, b.err.String(), "2026-11-20 was extracted already; this is the verdict of 2026-11-20T09:12:00Z. "+
			"For a further extract: tieout run nightly-sae --date 2026-11-20 --again")
		require.Contains(t, b.out.String(), "3 on 5 rows")
	}
}

func TestRunAgainNamesTheRunThatTheFrontStarted(t *testing.T) {
	b, c := newBench(t), &mocks.Client{}
	b.useTemporal(c) // no configuration: pipeline and date are given
	starts(c, "front/nightly-sae/2026-11-20/", contract.ExtractInput{Pipeline: "nightly-sae", BusinessDate: "2026-11-20", Again: true}, fakeRun{id: "front-1"}, nil)
	c.On("DescribeWorkflowExecution", mock.Anything, "front-1", mock.Anything).Return(&workflowservice.DescribeWorkflowExecutionResponse{
		WorkflowExecutionInfo: described("front-1", enums.WORKFLOW_EXECUTION_STATUS_RUNNING, nil),
		PendingActivities:     []*workflow.PendingActivityInfo{{ActivityType: &common.ActivityType{Name: string(contract.WaitForRun)}}}}, nil)
	says(c, "front-1", contract.Progress{Phase: contract.PhaseJoined, Run: testID + "/again/2"})
	c.On("Close").Return()
	require.Zero(t, b.tieout("run", "nightly-sae", "--date", "2026-11-20", "--again"), b.err.String())
	require.Equal(t, testID+"/again/2\n", b.out.String())
	require.Contains(t, b.err.String(), "Started")
}

// says has a workflow answer the query for its progress.
func says(c *mocks.Client, id string, progress contract.Progress) {
	value := &mocks.Value{}
	value.On("Get", mock.Anything).Run(func(args mock.Arguments) { *args.Get(0).(*contract.Progress) = progress }).Return(nil)
	c.On("QueryWorkflow", mock.Anything, id, mock.Anything, contract.QueryProgress).Return(value, nil)
}

func TestWatchOfAFrontShowsTheRunBehindIt(t *testing.T) {
	front := "extract/nightly-sae-2026-11-20T09:00:00Z"
	b, c := onTemporal(t, "", described(front, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, nil), described(testID, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, nil))
	says(c, front, contract.Progress{Phase: contract.PhaseJoined, Message: "Waiting for the run", Run: testID})
	says(c, testID, contract.Progress{Phase: contract.PhaseReview, Message: "3 findings wait for a review",
		Reports: &contract.Reports{JSON: "s3://b/r.json", Link: "https://r/1"}})
	c.On("GetWorkflow", mock.Anything, front, mock.Anything).Return(waiting{fakeRun{id: front}})
	require.Equal(t, runs.ExitTimedOut, b.tieout("watch", front, "--timeout", "20ms"))
	require.Contains(t, b.err.String(), front+" is a front: the run is "+testID)
	require.Contains(t, b.err.String(), "Decide with: tieout review "+testID+" approve|reject|recheck")

	require.Zero(t, b.tieout("report", front), b.err.String())
	require.Contains(t, b.err.String(), front+" is a front: the run is "+testID)
	require.Contains(t, b.out.String(), "https://r/1")
}

func TestRunRefusesWhatContradictsItself(t *testing.T) {
	for _, c := range []struct {
		says string
		args []string
	}{
		{"give one of them", []string{"--again", "--job", "J1"}},
		{`--date "20 November" is not a date`, []string{"--date", "20 November"}},
		{`--date "2026-11-20/again/2" is not a date`, []string{"--date", "2026-11-20/again/2"}},
		{"has no firing at 0400", []string{"--date", "2026-11-20T0400"}},
		{"is in the future", []string{"--date", "2026-11-21"}},
	} {
		b, _ := onTemporal(t, testConfig)
		require.Equal(t, runs.ExitUsage, b.tieout(append([]string{"run", "nightly-sae"}, c.args...)...), c.says)
		require.Contains(t, b.err.String(), c.says)
	}
}

// A pipeline of several firings extracts each of them: where no time is named, the last one that is past is meant.
func TestRunNamesTheFiringThatIsMeant(t *testing.T) {
	config := strings.Replace(testConfig, "0 4 * * *", "0 4,20 * * *", 1)
	require.NotEqual(t, testConfig, config)
	for date, slot := range map[string]string{"": "2026-11-20T2000", "2026-11-19": "2026-11-19T2000", "2026-11-20T0400": "2026-11-20T0400"} {
		b, c := onTemporal(t, config)
		starts(c, "extract/nightly-sae/"+slot, contract.ExtractInput{Pipeline: "nightly-sae", BusinessDate: slot}, fakeRun{}, nil)
		require.Zero(t, b.tieout("run", "nightly-sae", "--date", date), b.err.String())
	}
}

func TestRunNamesTodayInThePipelinesZone(t *testing.T) {
	b, c := onTemporal(t, testConfig)
	starts(c, testID, contract.ExtractInput{Pipeline: "nightly-sae", BusinessDate: "2026-11-20"}, fakeRun{}, nil)
	require.Zero(t, b.tieout("run", "--json"), b.err.String())
	var document map[string]any
	b.document(&document)
	require.Equal(t, testID, document["workflowId"])
	require.Equal(t, false, document["joined"])
}

func TestRunRefusesADateThatHasNotBegun(t *testing.T) {
	at := time.Date(2026, 11, 21, 2, 0, 0, 0, time.UTC) // still the 20th in New York, and the 21st at UTC+14
	for date, zone := range map[string]string{"2026-11-21": "America/New_York", "2026-11-22": "UTC+14"} {
		b := newBench(t)
		b.now = func() time.Time { return at }
		if zone != "UTC+14" { // without a configuration nobody knows the zone
			b.configure(testConfig)
		}
		require.Equal(t, runs.ExitUsage, b.tieout("run", "nightly-sae", "--date", date))
		require.Contains(t, b.err.String(), "--date "+date+" is in the future: today is ")
		require.Contains(t, b.err.String(), zone)
	}
}

// The job belongs to the date that claimed it, so a date that nobody names is not sent.
func TestRunOnAJobHasTheIDThatRecoveryGives(t *testing.T) {
	for _, date := range []string{"", "2026-11-20"} {
		b, c := onTemporal(t, "") // no configuration: pipeline and job are given
		starts(c, "extract/nightly-sae/job/", contract.ExtractInput{Pipeline: "nightly-sae", BusinessDate: date, JobID: "J$1"}, fakeRun{}, nil)
		require.Zero(t, b.tieout("run", "nightly-sae", "--date", date, "--job", "J$1"), b.err.String())
	}
	b, c := onTemporal(t, testConfig)
	starts(c, "extract/nightly-sae/job/", contract.ExtractInput{Pipeline: "nightly-sae", JobID: "J$1"}, fakeRun{}, nil)
	require.Zero(t, b.tieout("run", "--job", "J$1"), b.err.String())
}

func TestDetaching(t *testing.T) {
	b, c := newBench(t), &mocks.Client{}
	b.useTemporal(c)
	info := described(testID, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, nil)
	c.On("DescribeWorkflowExecution", mock.Anything, testID, mock.Anything).Return(&workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: info}, nil)
	c.On("QueryWorkflow", mock.Anything, testID, mock.Anything, contract.QueryProgress).Return(nil, errors.New("no worker"))
	c.On("GetWorkflow", mock.Anything, testID, "").Return(waiting{})
	c.On("Close").Return()

	require.Equal(t, runs.ExitTimedOut, b.tieout("watch", testID, "--timeout", "20ms"))
	require.Contains(t, b.err.String(), "the run goes on; watch it again with: tieout watch "+testID)

	ctx, cancel := context.WithCancel(t.Context())
	cancelled := *b.program
	cancelled.Out, cancelled.Err = &b.out, cancelWhenWritten{cancel}
	require.Equal(t, runs.ExitDetached, cancelled.run(ctx, []string{"watch", testID}))
}

// waiting is a run that never ends.
type waiting struct{ fakeRun }

func (waiting) Get(ctx context.Context, _ any) error { <-ctx.Done(); return ctx.Err() }

// cancelWhenWritten is a person who presses Ctrl-C once something is shown.
type cancelWhenWritten struct{ cancel func() }

func (w cancelWhenWritten) Write(p []byte) (int, error) { w.cancel(); return len(p), nil }

func TestRunsAreListedWithTheirOutcomes(t *testing.T) {
	b, c := newBench(t), &mocks.Client{}
	b.useTemporal(c)
	ok := described(testID, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, map[string]any{"TieoutOutcome": "findings", "TieoutFindings": 3, "TieoutBusinessDate": "2026-11-20"})
	failed := described("extract/nightly-sae/2026-11-19", enums.WORKFLOW_EXECUTION_STATUS_FAILED, nil)
	front := described("extract/nightly-sae-2026-11-20T09:00:00Z", enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, map[string]any{"TieoutBusinessDate": "2026-11-20"})
	c.On("ListWorkflow", mock.Anything, mock.MatchedBy(func(r *workflowservice.ListWorkflowExecutionsRequest) bool {
		return r.GetQuery() == "WorkflowType = 'ConcurExtract' AND TieoutPipeline = 'it\\'s'"
	})).Return(&workflowservice.ListWorkflowExecutionsResponse{Executions: []*workflow.WorkflowExecutionInfo{front, ok, failed}}, nil)
	c.On("GetWorkflow", mock.Anything, "extract/nightly-sae/2026-11-19", "run-1").Return(fakeRun{err: runFailed(contract.CodeConcurAuth, "x")})
	c.On("Close").Return()
	require.Zero(t, b.tieout("runs", "--pipeline", "it's"), b.err.String())
	require.Equal(t, testID+"\t2026-11-20\tcompleted\tfindings\t3\t2026-11-20 09:00:00Z\t1m30s\n"+
		"extract/nightly-sae/2026-11-19\t2026-11-19\tfailed\tConcurAuth\t\t2026-11-20 09:00:00Z\t1m30s\n", b.out.String())
}

func TestDecisionsReachTheRun(t *testing.T) {
	for _, c := range []struct {
		name   string
		args   []string
		update string
		input  any
		err    error
		code   int
		says   string
	}{
		{"approved", []string{"review", testID, "approve", "--reason", "checked", "--by", "kim"}, contract.UpdateReview,
			contract.ReviewInput{Decision: "approve", By: "kim", Reason: "checked"}, nil, runs.ExitOK, "Noted"},
		{"adopted", []string{"resolve", testID, "adopt", "J1", "--reason", "it is ours", "--by", "kim"}, contract.UpdateResolveStart,
			contract.ResolveStartInput{Decision: "adopt", JobID: "J1", By: "kim", Reason: "it is ours"}, nil, runs.ExitOK, "Noted"},
		{"not held", []string{"review", testID, "reject", "--reason", "no", "--by", "kim"}, contract.UpdateReview,
			contract.ReviewInput{Decision: "reject", By: "kim", Reason: "no"}, errors.New(`nothing to review: the run is in phase "waiting"`), runs.ExitError, "nothing to review"},
		{"ended", []string{"review", testID, "reject", "--reason", "no", "--by", "kim"}, contract.UpdateReview,
			contract.ReviewInput{Decision: "reject", By: "kim", Reason: "no"}, serviceerror.NewNotFound("workflow execution already completed"), runs.ExitError, "has ended"},
		{"no such job", []string{"resolve", testID, "adopt", "J1", "--reason", "x", "--by", "kim"}, contract.UpdateResolveStart,
			contract.ResolveStartInput{Decision: "adopt", JobID: "J1", By: "kim", Reason: "x"},
			temporal.NewNonRetryableApplicationError("job J1 cannot be adopted", contract.CodeConfigInvalid, nil), runs.ExitUsage, "did not take the decision: job J1 cannot be adopted\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, server := withEnd(t, fakeRun{result: testResult("findings")})
			handle := &mocks.WorkflowUpdateHandle{}
			handle.On("Get", mock.Anything, mock.Anything).Run(func(args mock.Arguments) { *args.Get(1).(*string) = "Noted" }).Return(nil)
			call := server.On("UpdateWorkflow", mock.Anything, mock.MatchedBy(func(o client.UpdateWorkflowOptions) bool {
				want, _ := json.Marshal([]any{c.input})
				got, _ := json.Marshal(o.Args)
				return o.UpdateName == c.update && o.WorkflowID == testID && string(want) == string(got)
			}))
			if c.err != nil {
				call.Return(nil, c.err)
			} else {
				call.Return(handle, nil)
			}
			require.Equal(t, c.code, b.tieout(c.args...), b.err.String())
			require.Contains(t, b.out.String()+b.err.String(), c.says)
		})
	}
}

// land --again is one atomic call to the run of the job: joined where it is running, begun anew where it has ended.
func TestLandAgainReachesTheRunOfTheJob(t *testing.T) {
	land := []string{"land", "nightly-sae", "J$1", "--reason", "the file was cut", "--by", "kim"}
	again := append(land[:len(land):len(land)], "--again")
	for _, c := range []struct {
		name string
		args []string
		err  error
		code int
		says string
	}{
		{"taken", again, nil, runs.ExitOK, "Noted"},
		{"refused", again, errors.New("kim has asked for it already"), runs.ExitError, "did not take it: kim has asked for it already"},
		{"no word", land, nil, runs.ExitUsage, "tieout run nightly-sae --job 'J$1'"},
		{"no reason", []string{"land", "nightly-sae", "J$1", "--again"}, nil, runs.ExitUsage, "--reason is missing"},
		{"no job", []string{"land", "nightly-sae", "--again"}, nil, runs.ExitUsage, "a pipeline and a job"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, server := newBench(t), &mocks.Client{}
			b.useTemporal(server)
			server.On("Close").Return()
			operation := &startOfJob{fakeRun{}}
			server.On("NewWithStartWorkflowOperation", mock.MatchedBy(func(o client.StartWorkflowOptions) bool {
				return o.ID == contract.Run{Pipeline: "nightly-sae", JobKey: contract.JobKey("J$1")}.ID() &&
					o.WorkflowIDConflictPolicy == enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING && o.WorkflowIDReusePolicy == enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
			}), contract.TypeConcurExtract, contract.ExtractInput{Pipeline: "nightly-sae", JobID: "J$1"}).Return(operation)
			handle := &mocks.WorkflowUpdateHandle{}
			handle.On("Get", mock.Anything, mock.Anything).Run(func(args mock.Arguments) { *args.Get(1).(*string) = "Noted" }).Return(nil)
			call := server.On("UpdateWithStartWorkflow", mock.Anything, mock.MatchedBy(func(o client.UpdateWithStartWorkflowOptions) bool {
				return o.StartWorkflowOperation == operation && o.UpdateOptions.UpdateName == contract.UpdateLandAgain &&
					o.UpdateOptions.Args[0] == contract.LandAgainInput{By: "kim", Reason: "the file was cut"}
			}))
			if c.err != nil {
				call.Return(nil, c.err)
			} else {
				call.Return(handle, nil)
			}
			require.Equal(t, c.code, b.tieout(c.args...), b.err.String())
			require.Contains(t, b.out.String()+b.err.String(), c.says)
		})
	}
}

// startOfJob is the start that goes along with an update.
type startOfJob struct{ run fakeRun }

func (s *startOfJob) Get(context.Context) (client.WorkflowRun, error) { return s.run, nil }
