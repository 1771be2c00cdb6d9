package workflows

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
	"tieout/internal/wording"
)

// tieOut runs the child Reconcile. Where findings hold the run, it waits for a review and repeats that after a recheck.
func (r *extractRun) tieOut(ctx workflow.Context, landed contract.Landed) (*contract.ExtractResult, error) {
	for {
		r.tell(ctx, contract.PhaseTyingOut, "Tying codes out against Concur's lists and totals against the header", "the verdict")
		result, err := r.reconcile(ctx, landed)
		if err != nil {
			return nil, err
		}
		r.progress.Records, r.progress.TieOut = result.Control.Records, result.TieOut
		r.progress.Findings, r.progress.Reports = result.Findings.Count, &result.Reports
		r.recover(ctx)
		if result.Outcome != contract.OutcomeFindings || r.scope.Settings.OnFindings != pipeline.OnFindingsHold {
			return result, nil
		}
		recheck, err := r.hold(ctx, result)
		if err != nil || !recheck {
			return result, err
		}
	}
}

// reconcile ties out the landed job in a child workflow.
func (r *extractRun) reconcile(ctx workflow.Context, landed contract.Landed) (*contract.ExtractResult, error) {
	id := contract.TieOutID(r.scope.WorkflowID, landed.JobKey)
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: id,
		StaticSummary: line("%s %s of %s: %s, %s", r.tieOutAgain(), r.scope.Settings.Name, r.scope.BusinessDate,
			wording.Counted(landed.Files, "file", "files"), wording.Size(landed.Bytes)),
		StaticDetails: "Compares the codes in the files with Concur's lists and the totals with the files' own headers.\n\n" +
			fmt.Sprintf("- Job: `%s`\n- Manifest: `%s`\n", landed.Job.ID, landed.Manifest),
	})
	leftOver, err := r.leftOver(ctx)
	if err != nil {
		return nil, err
	}
	for {
		var result contract.ExtractResult
		err := workflow.ExecuteChildWorkflow(child, contract.TypeReconcile,
			contract.ReconcileInput{Pipeline: r.scope.Settings.Name, Manifest: landed.Manifest, Scope: &r.scope, LeftOver: leftOver}).Get(ctx, &result)
		if !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
			return &result, err
		}
		// The run was reset while its tie-out was running, and takes the result of that one.
		end, err := r.waitForRun(ctx, "Wait for the tie-out that began before the reset", id)
		switch {
		case err != nil:
			return nil, err
		case end.Status == contract.RunCompleted:
			return end.Result, nil
		case end.Status == contract.RunFailed:
			return nil, failed(end)
		}
	}
}

// tieOutAgain begins the summary of a tie-out, which says whether a review asked for it.
func (r *extractRun) tieOutAgain() string {
	if r.progress.TieOut == 0 {
		return "Tie out"
	}
	return "With today's lists, tie out again"
}
