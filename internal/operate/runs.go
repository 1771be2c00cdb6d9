package operate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"tieout/workflows"
)

// Run is one line of the list of runs.
type Run struct {
	WorkflowID   string `json:"workflowId"`
	RunID        string `json:"runId"`
	Pipeline     string `json:"pipeline"`
	BusinessDate string `json:"businessDate"`
	// Status is running, completed, failed, canceled, terminated or timed-out.
	Status string `json:"status"`
	// Outcome is the verdict, "review" while a run is held, or the code that a run failed with.
	Outcome  string     `json:"outcome,omitempty"`
	Findings *int64     `json:"findings,omitempty"`
	Started  time.Time  `json:"started"`
	Ended    *time.Time `json:"ended,omitempty"`
}

// Filter chooses runs; the zero value chooses all of ConcurExtract.
type Filter struct {
	Pipeline, BusinessDate string
	// Outcome is a verdict, review, running or failed.
	Outcome string
	// Running leaves out runs that have ended.
	Running bool
	// Limit is how many runs at most; 0 means 20.
	Limit int
}

// StatusRunning and StatusFailed are outcomes that a Filter takes besides verdicts: they are Temporal's.
const (
	StatusRunning = "running"
	StatusFailed  = "failed"
)

// query is the filter in the words of Temporal's visibility.
func (f Filter) query() string {
	terms := []string{"WorkflowType = '" + workflows.TypeConcurExtract + "'"}
	add := func(format, value string) {
		if value != "" {
			terms = append(terms, fmt.Sprintf(format, strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(value)))
		}
	}
	add("TieoutPipeline = '%s'", f.Pipeline)
	add("TieoutBusinessDate = '%s'", f.BusinessDate)
	switch f.Outcome {
	case StatusRunning:
		f.Running = true
	case StatusFailed:
		add("ExecutionStatus = '%s'", "Failed")
	default:
		add("TieoutOutcome = '%s'", f.Outcome)
	}
	if f.Running { // not by its status, which is Paused while somebody pauses it
		terms = append(terms, "CloseTime IS NULL")
	}
	return strings.Join(terms, " AND ")
}

const defaultLimit = 20

// Runs lists runs, newest first, by Temporal's visibility.
func Runs(ctx context.Context, c client.Client, f Filter) ([]Run, error) {
	if f.Limit <= 0 {
		f.Limit = defaultLimit
	}
	var runs []Run
	var token []byte
	for {
		page, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Query: f.query(), PageSize: int32(min(f.Limit, 200)), NextPageToken: token})
		var invalid *serviceerror.InvalidArgument
		if errors.As(err, &invalid) {
			return nil, fmt.Errorf("listing runs: Temporal does not take the search (%s). Where search attributes are missing, `starter doctor` says how to register them", invalid.Message)
		}
		if err != nil {
			return nil, fmt.Errorf("listing runs: %w", err)
		}
		for _, info := range page.GetExecutions() {
			if len(runs) == f.Limit {
				return runs, nil
			}
			runs = append(runs, runOf(info))
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return runs, nil
		}
	}
}

func runOf(info *workflow.WorkflowExecutionInfo) Run {
	run := Run{WorkflowID: info.GetExecution().GetWorkflowId(), RunID: info.GetExecution().GetRunId(),
		Status: statusWord(info), Started: info.GetStartTime().AsTime()}
	if info.GetCloseTime() != nil {
		ended := info.GetCloseTime().AsTime()
		run.Ended = &ended
	}
	fields := info.GetSearchAttributes().GetIndexedFields()
	run.Pipeline, run.BusinessDate = PipelineOf(run.WorkflowID)
	for name, to := range map[string]*string{"TieoutPipeline": &run.Pipeline, "TieoutBusinessDate": &run.BusinessDate, "TieoutOutcome": &run.Outcome} {
		decode(fields[name], to)
	}
	var findings int64
	if decode(fields["TieoutFindings"], &findings) {
		run.Findings = &findings
	}
	return run
}

func decode(payload *common.Payload, to any) bool {
	return payload != nil && converter.GetDefaultDataConverter().FromPayload(payload, to) == nil
}

// statusWord returns how a run ended, or that it is running, which its close time decides: one can be paused.
func statusWord(info *workflow.WorkflowExecutionInfo) string {
	if info.GetCloseTime() == nil {
		return StatusRunning
	}
	switch info.GetStatus() {
	case enums.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return "completed"
	case enums.WORKFLOW_EXECUTION_STATUS_CANCELED:
		return "canceled"
	case enums.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return "terminated"
	case enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return "timed-out"
	}
	return StatusFailed
}

// idPrefix begins every workflow id of a run.
const idPrefix = "extract/"

// PipelineOf reads the pipeline and, where it is there, the business date out of a workflow id. A scheduled run's id
// ends with the time that Temporal adds, so its pipeline is what stands before it.
func PipelineOf(workflowID string) (pipeline, businessDate string) {
	rest, ok := strings.CutPrefix(workflowID, idPrefix)
	if !ok {
		return "", ""
	}
	pipeline, rest, found := strings.Cut(rest, "/")
	if found {
		businessDate, _, _ = strings.Cut(rest, "/")
		if _, err := time.Parse(time.DateOnly, businessDate); err != nil {
			businessDate = ""
		}
		return pipeline, businessDate
	}
	if scheduled, _, ok := scheduledRun(pipeline); ok {
		return scheduled, ""
	}
	return pipeline, ""
}

// scheduledRun reads what a schedule's run is named by: its pipeline, and the scheduled time that Temporal appends.
func scheduledRun(name string) (pipeline string, at time.Time, ok bool) {
	const layout = "-2006-01-02T15:04:05Z"
	cut := len(name) - len(layout)
	if cut <= 0 {
		return "", time.Time{}, false
	}
	at, err := time.Parse(layout, name[cut:])
	return name[:cut], at, err == nil
}

// ErrNamesNoRun is what Find says to a name that cannot be one.
var ErrNamesNoRun = errors.New("names no run: give its workflow id, <pipeline>/<business date>, or a pipeline; `starter runs` lists runs")

// Find turns what a person names a run by into its workflow id: the id itself, "<pipeline>/<business date>", or a
// pipeline for its newest run.
func Find(ctx context.Context, c client.Client, name string) (string, error) {
	pipeline, date, dated := strings.Cut(strings.TrimPrefix(name, idPrefix), "/")
	if pipeline == "" || dated && date == "" || !utf8.ValidString(name) {
		// Not "the newest of all": a decision must not fall on a run because a variable of the shell was empty.
		return "", fmt.Errorf("%q %w", name, ErrNamesNoRun)
	}
	if strings.HasPrefix(name, idPrefix) {
		return name, nil
	}
	if dated {
		id := idPrefix + name
		_, err := c.DescribeWorkflowExecution(ctx, id, "")
		var notFound *serviceerror.NotFound
		if err == nil || strings.Contains(date, "/") {
			return id, nil
		}
		if !errors.As(err, &notFound) {
			return "", fmt.Errorf("asking for the run %s: %w", id, err)
		}
	}
	runs, err := Runs(ctx, c, Filter{Pipeline: pipeline, BusinessDate: date, Limit: defaultLimit})
	if err != nil {
		return "", err
	}
	for _, run := range runs {
		if !strings.Contains(run.WorkflowID, "/job/") {
			return run.WorkflowID, nil
		}
	}
	return "", fmt.Errorf("there is no run %q: `starter runs` lists those that there are", name)
}

// One is the line of one run.
func One(ctx context.Context, c client.Client, workflowID, runID string) (Run, error) {
	described, err := c.DescribeWorkflowExecution(ctx, workflowID, runID)
	if err != nil {
		return Run{}, fmt.Errorf("asking for the run %s: %w", workflowID, err)
	}
	return runOf(described.GetWorkflowExecutionInfo()), nil
}
