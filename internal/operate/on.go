package operate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"tieout/workflows"
)

// On is the run of a pipeline's business date that is on, under whatever id: a schedule names its runs by their time,
// the Web UI by chance. It needs no search attribute. zone is the pipeline's, by which a scheduled run's date is known
// from its first moment; nil where the caller does not know it. False means that none is on.
func On(ctx context.Context, c client.Client, pipeline, businessDate string, zone *time.Location) (Run, bool, error) {
	id := workflows.ExtractID(pipeline, businessDate)
	described, err := c.DescribeWorkflowExecution(ctx, id, "") // Temporal's list is a moment late, this is not
	var notFound *serviceerror.NotFound
	if err != nil && !errors.As(err, &notFound) {
		return Run{}, false, fmt.Errorf("asking for the run %s: %w", id, err)
	}
	if err == nil {
		if run := runOf(described.GetWorkflowExecutionInfo()); run.Status == StatusRunning {
			return run, true, nil
		}
	}
	runs, err := Runs(ctx, c, Filter{Running: true, Limit: math.MaxInt32})
	if err != nil {
		return Run{}, false, err
	}
	for _, run := range runs {
		if strings.Contains(run.WorkflowID, "/job/") {
			continue // takes up a job that another night left over
		}
		if is, err := run.isOf(ctx, c, pipeline, businessDate, zone); err != nil || is {
			return run, is, err
		}
	}
	return Run{}, false, nil
}

// isOf tells whether a run that is on is one of the pipeline's business date: by its search attributes, its id and the
// pipeline's zone, else by asking it.
func (r *Run) isOf(ctx context.Context, c client.Client, pipeline, businessDate string, zone *time.Location) (bool, error) {
	known := r.Pipeline // by its id or its attributes
	if known != "" && known != pipeline {
		return false, nil
	}
	if _, at, ok := scheduledRun(r.WorkflowID); ok && known != "" && r.BusinessDate == "" && zone != nil {
		r.BusinessDate = at.In(zone).Format(time.DateOnly)
	}
	if known == "" || r.BusinessDate == "" {
		progress, err := askProgress(ctx, c, r.WorkflowID, r.RunID)
		switch {
		case known == "" && (err != nil || progress.Pipeline == ""):
			return false, nil // nothing says that it is the pipeline's
		case err != nil:
			return false, fmt.Errorf("the run %s is on, and whether it is of %s cannot be told: see that a worker is up, then try again: %w", r.WorkflowID, businessDate, err)
		case progress.Pipeline == pipeline && progress.BusinessDate == "":
			return false, fmt.Errorf("the run %s has just begun, and whether it is of %s cannot be told yet: try again", r.WorkflowID, businessDate)
		}
		r.Pipeline, r.BusinessDate = progress.Pipeline, progress.BusinessDate
	}
	return r.Pipeline == pipeline && r.BusinessDate == businessDate, nil
}

// askProgress asks a run what it is doing; a worker must be up to answer.
func askProgress(ctx context.Context, c client.Client, workflowID, runID string) (workflows.Progress, error) {
	var progress workflows.Progress
	ctx, cancel := context.WithTimeout(ctx, 2*look)
	defer cancel()
	answer, err := c.QueryWorkflow(ctx, workflowID, runID, workflows.QueryProgress)
	if err != nil {
		return progress, err
	}
	return progress, answer.Get(&progress)
}
