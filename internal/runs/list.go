package runs

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

	"tieout/internal/contract"
)

// Run is a run as it is listed.
type Run struct {
	WorkflowID   string `json:"workflowId"`
	RunID        string `json:"runId"`
	Pipeline     string `json:"pipeline"`
	BusinessDate string `json:"businessDate"`
	// Status is running, completed, failed, canceled, terminated or timed-out.
	Status string `json:"status"`
	// Outcome is the verdict, "review" while a run is held, or the error code of a failed run.
	Outcome  string     `json:"outcome,omitempty"`
	Findings *int64     `json:"findings,omitempty"`
	Started  time.Time  `json:"started"`
	Ended    *time.Time `json:"ended,omitempty"`
}

// Filter chooses runs. The zero value chooses all runs of ConcurExtract.
type Filter struct {
	Pipeline, BusinessDate string
	// Outcome is an outcome of a run, review, ambiguous, running or failed.
	Outcome string
	// Limit is the largest number of runs; 0 means 20.
	Limit int
}

// StatusRunning and StatusFailed are statuses of Temporal, which a Filter takes as outcomes too.
const (
	StatusRunning = "running"
	StatusFailed  = "failed"
)

// query returns the filter as a query of Temporal's visibility.
func (f Filter) query() string {
	terms := []string{"WorkflowType = '" + contract.TypeConcurExtract + "'"}
	add := func(attribute, value string) {
		if value != "" {
			terms = append(terms, fmt.Sprintf("%s = '%s'", attribute, strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(value)))
		}
	}
	add(contract.AttributePipeline, f.Pipeline)
	add(contract.AttributeBusinessDate, f.BusinessDate)
	switch f.Outcome {
	case StatusRunning:
		terms = append(terms, "CloseTime IS NULL")
	case StatusFailed:
		add("ExecutionStatus", "Failed")
	default:
		add(contract.AttributeOutcome, f.Outcome)
	}
	return strings.Join(terms, " AND ")
}

const (
	defaultLimit = 20
	runsAPage    = 200
)

// List asks Temporal's visibility for runs, newest first. It leaves out fronts, which are of the same workflow type and
// differ by their ids alone.
func List(ctx context.Context, c client.Client, f Filter) ([]Run, error) {
	if f.Limit <= 0 {
		f.Limit = defaultLimit
	}
	var runs []Run
	err := eachRun(ctx, c, f, func(run Run) bool {
		runs = append(runs, run)
		return len(runs) < f.Limit
	})
	return runs, err
}

// eachRun calls more with each run that the filter chooses, newest first, until it returns false.
func eachRun(ctx context.Context, c client.Client, f Filter, more func(Run) bool) error {
	var token []byte
	for {
		page, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Query: f.query(), PageSize: runsAPage, NextPageToken: token})
		if invalid, ok := errors.AsType[*serviceerror.InvalidArgument](err); ok {
			return fmt.Errorf("listing runs: Temporal does not take the search (%s). Where search attributes are missing, `tieout doctor` says how to register them", invalid.Message)
		}
		if err != nil {
			return fmt.Errorf("listing runs: %w", err)
		}
		for _, info := range page.GetExecutions() {
			if _, ok := contract.ParseRun(info.GetExecution().GetWorkflowId()); ok && !more(runOf(info)) {
				return nil
			}
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return nil
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
	for name, to := range map[string]*string{contract.AttributePipeline: &run.Pipeline, contract.AttributeBusinessDate: &run.BusinessDate, contract.AttributeOutcome: &run.Outcome} {
		decode(fields[name], to)
	}
	var findings int64
	if decode(fields[contract.AttributeFindings], &findings) {
		run.Findings = &findings
	}
	return run
}

func decode(payload *common.Payload, to any) bool {
	return payload != nil && converter.GetDefaultDataConverter().FromPayload(payload, to) == nil
}

// statusWord returns how a run ended, or that it is running. The close time decides, because a running one can be paused.
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

// PipelineOf returns the pipeline in the workflow id of a run, and the business date where the id has one.
func PipelineOf(workflowID string) (pipeline, businessDate string) {
	run, ok := contract.ParseRun(workflowID)
	if !ok {
		return "", ""
	}
	return run.Pipeline, run.Slot.Date
}

// ErrNamesNoRun says that Find was given a name that cannot be one of a run.
var ErrNamesNoRun = errors.New("names no run: give its workflow id, <pipeline>/<business date>, or a pipeline; `tieout runs` lists runs")

// Find returns the workflow id of the run that a person names. The name is the id of a run or of a front, the id of a run
// without "extract/", or a pipeline, which means its newest run. A date without a time means its last firing that ran.
func Find(ctx context.Context, c client.Client, name string) (string, error) {
	short := strings.TrimPrefix(name, contract.RunPrefix)
	if short == "" || strings.HasPrefix(short, "/") || strings.HasSuffix(short, "/") || !utf8.ValidString(name) {
		// An empty name must not mean the newest run: a decision could fall on it because a shell variable was empty.
		return "", fmt.Errorf("%q %w", name, ErrNamesNoRun)
	}
	run, ok := contract.ParseRun(contract.RunPrefix + short)
	switch {
	case ok && (run.JobKey != "" || run.Slot.Time != ""):
		return run.ID(), nil
	case !ok && strings.Contains(name, "/"):
		return name, nil // a front's
	case !ok:
		return newest(ctx, c, name)
	}
	there, err := exists(ctx, c, run.ID())
	if there || err != nil {
		return run.ID(), err
	}
	return lastFiring(ctx, c, run)
}

// newest returns the newest run of a pipeline that is not the run of a single job. A name that is not a pipeline may be
// the id that somebody gave to a front.
func newest(ctx context.Context, c client.Client, name string) (id string, err error) {
	err = eachRun(ctx, c, Filter{Pipeline: name}, func(run Run) bool {
		if of, _ := contract.ParseRun(run.WorkflowID); of.JobKey == "" {
			id = run.WorkflowID
		}
		return id == ""
	})
	if err != nil || id != "" {
		return id, err
	}
	there, err := exists(ctx, c, name)
	if err == nil && !there {
		err = fmt.Errorf("there is no run %q: `tieout runs` lists those that there are", name)
	}
	return name, err
}

// lastFiring returns the run of the last firing of a date that ran, or the run of the date itself where none did.
func lastFiring(ctx context.Context, c client.Client, run contract.Run) (string, error) {
	err := eachRun(ctx, c, Filter{Pipeline: run.Pipeline, BusinessDate: run.Slot.Date}, func(found Run) bool {
		of, _ := contract.ParseRun(found.WorkflowID)
		if of.JobKey == "" && of.Slot.Again == run.Slot.Again {
			run.Slot.Time = max(run.Slot.Time, of.Slot.Time)
		}
		return true
	})
	return run.ID(), err
}

// exists reports whether Temporal knows a workflow id.
func exists(ctx context.Context, c client.Client, id string) (bool, error) {
	_, err := c.DescribeWorkflowExecution(ctx, id, "")
	if IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("asking for the run %s: %w", id, err)
	}
	return true, nil
}

// One asks Temporal for one run, as List returns it.
func One(ctx context.Context, c client.Client, workflowID, runID string) (Run, error) {
	described, err := c.DescribeWorkflowExecution(ctx, workflowID, runID)
	if err != nil {
		return Run{}, fmt.Errorf("asking for the run %s: %w", workflowID, err)
	}
	return runOf(described.GetWorkflowExecutionInfo()), nil
}

// NameFailures replaces the outcomes of failed runs by the error codes that they failed with, which it asks Temporal for
// run by run. The list of runs does not hold them.
func NameFailures(ctx context.Context, c client.Client, listed []Run) error {
	for i, run := range listed {
		if run.Status != StatusFailed {
			continue
		}
		err := c.GetWorkflow(ctx, run.WorkflowID, run.RunID).Get(ctx, nil)
		if failure, ok := FailureOf(err); ok {
			listed[i].Outcome = failure.Code
		} else if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}
