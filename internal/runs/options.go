package runs

import (
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"tieout/internal/contract"
)

// Options returns how a run is started, or joined while it is running. A slot that completed is not run again, because
// it has its verdict. The run of a job is, because whoever names the job wants it tied out again.
func Options(run contract.Run) client.StartWorkflowOptions {
	options := startOptions(run.ID(), run.Pipeline+" of "+run.Slot.String())
	options.WorkflowIDConflictPolicy = enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
	options.WorkflowIDReusePolicy = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY
	options.WorkflowExecutionErrorWhenAlreadyStarted = true
	if run.JobKey != "" {
		options.StaticSummary = run.Pipeline + ", a given job"
		options.WorkflowIDReusePolicy = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	}
	return options
}

// FrontOptions returns how a front is started under an id. A front of the command line has a new id each time.
func FrontOptions(id string, in contract.ExtractInput) client.StartWorkflowOptions {
	return startOptions(id, fmt.Sprintf("Front of %s of %s", in.Pipeline, in.BusinessDate))
}

// tieOutOptions returns how the tie-out of a landed job is started again, or joined while it is running.
func tieOutOptions(pipeline, jobKey string) client.StartWorkflowOptions {
	options := startOptions(contract.TieOutID("extract/"+pipeline, jobKey), fmt.Sprintf("Tie out a landed job of %s again", pipeline))
	options.WorkflowIDConflictPolicy = enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
	options.WorkflowIDReusePolicy = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	return options
}

func startOptions(id, summary string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{ID: id, TaskQueue: contract.TaskQueue, StaticSummary: summary}
}
