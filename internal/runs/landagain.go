package runs

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/client"

	"tieout/internal/contract"
)

// LandAgain makes the run of a job land it again, and returns the run with its answer. In one atomic call it joins the
// run while it is running, and starts it anew once it has ended.
func LandAgain(ctx context.Context, c client.Client, pipeline, jobID string, in contract.LandAgainInput) (client.WorkflowRun, string, error) {
	options := Options(contract.Run{Pipeline: pipeline, JobKey: contract.JobKey(jobID)})
	options.StaticSummary = fmt.Sprintf("%s, a job landed again", pipeline)
	start := c.NewWithStartWorkflowOperation(options, contract.TypeConcurExtract, contract.ExtractInput{Pipeline: pipeline, JobID: jobID})
	handle, err := c.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions: client.UpdateWorkflowOptions{UpdateName: contract.UpdateLandAgain, Args: []any{in},
			WaitForStage: client.WorkflowUpdateStageCompleted},
	})
	if err != nil {
		return nil, "", err
	}
	var answer string
	if err := handle.Get(ctx, &answer); err != nil {
		return nil, "", err
	}
	run, err := start.Get(ctx)
	return run, answer, err
}
