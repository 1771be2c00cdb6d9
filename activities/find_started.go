package activities

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"tieout/concur"
	"tieout/internal/landing"
	"tieout/workflows"
)

// FindStarted looks for the job that a start with an unknown outcome made, or, with Running, for the one that is on.
// It answers once there is a candidate, or with none once a list was read whole after the visibility window; a list
// that cannot be read proves nothing and is asked for again.
func (a *Activities) FindStarted(ctx context.Context, p workflows.FindStartedParams) (workflows.FindStartedResult, error) {
	a = a.on(p.Scope)
	client, err := a.concur(ctx, p.Scope)
	if err != nil {
		return workflows.FindStartedResult{}, err
	}
	asked := time.Now()
	jobs, err := client.Jobs(ctx, p.Scope.DefinitionID)
	if err != nil {
		return workflows.FindStartedResult{}, pollFailed(ctx, "Listing the definition's jobs", 0, err)
	}
	result := workflows.FindStartedResult{Full: len(jobs) >= listedJobs}
	var on []string
	for _, job := range jobs {
		if !slices.Contains(p.Known, job.ID) {
			there, err := readClaim(ctx, a.Store, a.keys(p.Scope), landing.JobKey(job.ID))
			if err != nil {
				return workflows.FindStartedResult{}, failed(ctx, "Looking who is on the jobs", err)
			}
			// What Concur named as another run's cannot be this start's.
			if there.Origin != workflows.OriginStarted || there.startedBy(p.RunID) || there.startedBy(p.Scope.RunID) {
				result.JobIDs = append(result.JobIDs, job.ID)
			}
		}
		if job.State == concur.Queued || job.State == concur.Running {
			on = append(on, job.ID)
		}
	}
	if p.Running && len(on) > 0 {
		result.JobIDs = on
	}
	if len(result.JobIDs) == 0 && asked.Before(p.Until) {
		return result, notYet(ctx, fmt.Sprintf("No new job of the definition yet; look %d, until %s",
			activity.GetInfo(ctx).Attempt, p.Until.UTC().Format(time.TimeOnly)), 0)
	}
	if len(result.JobIDs) == 1 {
		a.claimAtOnce(ctx, workflows.JobParams{Scope: p.Scope, JobID: result.JobIDs[0], Origin: workflows.OriginAdopted})
	}
	return result, nil
}
