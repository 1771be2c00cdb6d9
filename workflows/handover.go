package workflows

import (
	"fmt"
	"slices"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
	"tieout/internal/wording"
)

// handOver has the result and its pointers written, then starts the next workflows with the result as their input.
func (r *extractRun) handOver(ctx workflow.Context, result *contract.ExtractResult) (*contract.ExtractResult, error) {
	r.tell(ctx, contract.PhaseHandingOver, "Writing the result", "the next workflows")
	message := verdict(result, len(r.scope.Settings.Checks))
	if _, err := execute(ctx, read(line("Write the result. %s", message)), contract.HandOver,
		contract.HandOverParams{Scope: r.scope, Result: *result, TieOut: result.TieOut, At: workflow.Now(ctx), Attempts: r.attempts}); err != nil {
		return nil, err
	}
	r.progress.Outcome = result.Outcome
	r.showOutcome(ctx, contract.OutcomeAttribute(result.Outcome), result.Findings.Count)
	if result.Outcome == contract.OutcomeFindings {
		r.notifyResult(ctx, contract.NoticeFindings, message, result)
		if r.scope.Settings.OnFindings == pipeline.OnFindingsFail {
			return nil, failure(contract.CodeFindings, message+" The pipeline is set to fail on findings: the report says what to do. "+result.Reports.Link, r.returned(result))
		}
	}
	if err := r.startNext(ctx, result); err != nil {
		return nil, err
	}
	r.tell(ctx, contract.PhaseDone, message, "")
	return result, nil
}

// verdict returns the outcome in one sentence.
func verdict(result *contract.ExtractResult, checks int) string {
	switch result.Outcome {
	case contract.OutcomeClean:
		if checks == 0 {
			return fmt.Sprintf("Clean: the totals of %s agree; the pipeline has no checks, so no code was looked at.", wording.Counted(result.Control.Records, "record", "records"))
		}
		return fmt.Sprintf("Clean: %s tie out.", wording.Counted(result.Control.Records, "record", "records"))
	case contract.OutcomeEmpty:
		return "Empty: the extract holds no records."
	case contract.OutcomeApproved, contract.OutcomeRejected:
		return fmt.Sprintf("%s, %s by %s: %s", wording.Counted(result.Findings.Count, "finding", "findings"), result.Outcome, result.Review.By, result.Review.Reason)
	}
	return fmt.Sprintf("%s on %s of %s.", wording.Counted(result.Findings.Count, "finding", "findings"), wording.Count(result.Findings.Rows),
		wording.Counted(result.Control.Records, "record", "records"))
}

// startNext starts each next workflow once for a job. The workflow id names the job, the task queue and the workflow, so
// that Temporal rejects a second start by any run.
func (r *extractRun) startNext(ctx workflow.Context, result *contract.ExtractResult) error {
	var waited []pipeline.Next
	disconnected, _ := workflow.NewDisconnectedContext(ctx) // cancelling the run does not end what it started
	for _, next := range r.scope.Settings.Next {
		if !slices.Contains(next.When, string(result.Outcome)) {
			continue
		}
		child := workflow.WithChildOptions(disconnected, workflow.ChildWorkflowOptions{
			WorkflowID:            r.nextID(next),
			TaskQueue:             next.TaskQueue,
			ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
			WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
			StaticSummary:         startOf(next),
			StaticDetails: fmt.Sprintf("Follows %s of %s, whose outcome is %s.\n\n- Run: `%s`\n- Job: `%s`\n- Result: `%s`\n",
				result.Pipeline, result.BusinessDate, result.Outcome, r.scope.WorkflowID, result.Job.ID, result.ResultURI),
		})
		future := workflow.ExecuteChildWorkflow(child, next.Workflow, result)
		if err := future.GetChildWorkflowExecution().Get(ctx, nil); err != nil && !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
			return fmt.Errorf("starting the next workflow %s: %w", next.Workflow, err)
		}
		if next.Wait {
			waited = append(waited, next)
		}
	}
	for _, next := range waited {
		r.tell(ctx, contract.PhaseHandingOver, "The result is written; waiting for the next workflow "+next.Workflow, "the end of the run, or its failure if that one fails")
		// It is waited for by its id, because this run before a reset, or another run, may have started it.
		end, err := r.waitForEnd(ctx, "Wait for the next workflow "+next.Workflow, contract.WaitForRunParams{WorkflowID: r.nextID(next)})
		if err != nil {
			return err
		}
		if end.Status != contract.RunCompleted {
			return nextFailed(next.Workflow, r.returned(result), end)
		}
	}
	return nil
}

// nextID returns the workflow id of a workflow that follows the job.
func (r *extractRun) nextID(next pipeline.Next) string {
	return contract.NextID(r.scope.Settings.Name, r.landing(), next.TaskQueue, next.Workflow)
}

// startOf returns the summary of a next workflow.
func startOf(next pipeline.Next) string {
	text := fmt.Sprintf("Start %s on %s with the result", next.Workflow, next.TaskQueue)
	if next.Wait {
		text += " and wait for it"
	}
	return line("%s", text)
}

// nextFailed returns the run's failure where a next workflow that it waited for has failed, with the code of that one.
func nextFailed(name string, result *contract.ExtractResult, end contract.WaitForRunResult) error {
	code, message := end.Code, end.Message
	switch {
	case end.Status != contract.RunFailed:
		code, message = contract.CodeTemporary, "it was "+string(end.Status)
	case code == "":
		code = contract.CodeTemporary
	}
	return failure(code, fmt.Sprintf("The next workflow %s failed: %s. The extract is landed and its result stands: mend that workflow and start it again with %s, not the extract.",
		name, message, result.ResultURI), result)
}
