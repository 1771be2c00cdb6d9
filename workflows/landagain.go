package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
)

const landAgainExample = `{"by":"your name","reason":"why"}`

// registerLandAgain registers the update by which a person asks for another landing of the job. The run accepts it until
// it has landed the job itself.
func (r *extractRun) registerLandAgain(ctx workflow.Context) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, contract.UpdateLandAgain,
		func(ctx workflow.Context, in contract.LandAgainInput) (string, error) {
			r.again = &contract.AskedAgain{LandAgainInput: in, At: workflow.Now(ctx).UTC()}
			return fmt.Sprintf("Noted: landed again for %s", in.By), nil
		},
		workflow.UpdateHandlerOptions{
			Description: "Land the job's files again, beside what was landed before, where that turned out wrong. Data: " + landAgainExample,
			Validator: func(ctx workflow.Context, in contract.LandAgainInput) error {
				id := workflow.GetInfo(ctx).WorkflowExecution.ID
				run, _ := contract.ParseRun(id)
				switch {
				case run.JobKey == "":
					return fmt.Errorf("%s is not the run of a job: `tieout land PIPELINE JOB --again --reason TEXT` finds or starts that one", id)
				case r.again != nil:
					return fmt.Errorf("%s has asked for it already (%s): it is landed again once", r.again.By, r.again.Reason)
				case r.landed > 0:
					return fmt.Errorf("this run has landed the job, and is in phase %q: let it end, or decide on it where it waits for a person, then ask again", r.progress.Phase)
				case strings.TrimSpace(in.By) == "" || strings.TrimSpace(in.Reason) == "":
					return fmt.Errorf("who asks (by) and why (reason) are required: they stand in the evidence. Write %s", landAgainExample)
				}
				return nil
			},
		})
}

// landing returns the name of the run's landing in the ids of next workflows. A landing that was made again has a name of
// its own, so that the next workflows are started once more.
func (r *extractRun) landing() string {
	if r.landed > 1 {
		return fmt.Sprintf("%s/again/%d", r.jobKey, r.landed)
	}
	return r.jobKey
}
