package runs

import (
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"tieout/internal/contract"
)

// Options returns how a run is started, or joined where it is running. A slot that completed is not run again, because
// it has its verdict; the run of a job is, because whoever names the job wants it tied out again.
func Options(run contract.Run) client.StartWorkflowOptions {
	options := client.StartWorkflowOptions{
		ID: run.ID(), TaskQueue: contract.TaskQueue, StaticSummary: run.Pipeline + " of " + run.Slot.String(),
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:                    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
	}
	if run.JobKey != "" {
		options.StaticSummary = run.Pipeline + ", a given job"
		options.WorkflowIDReusePolicy = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	}
	return options
}
