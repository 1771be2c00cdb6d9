package activities

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/activity"

	"tieout/concur"
	"tieout/workflows"
)

// PickUp finds the newest completed job that has not landed: Concur's own schedule runs the definition. The first run
// of a pipeline takes the newest of all and writes the others down as its baseline.
func (a *Activities) PickUp(ctx context.Context, p workflows.JobParams) (workflows.PickUpResult, error) {
	a = a.on(p.Scope)
	client, err := a.concur(ctx, p.Scope)
	if err != nil {
		return workflows.PickUpResult{}, err
	}
	jobs, err := client.Jobs(ctx, p.Scope.DefinitionID)
	if err != nil {
		return workflows.PickUpResult{}, pollFailed(ctx, "Listing the definition's jobs",
			pollPause(p.Scope.Settings.Poll, activity.GetInfo(ctx).Attempt), err)
	}
	completed := oldestFirst(jobs)
	if len(completed) > 0 {
		if err := a.writeBaseline(ctx, p.Scope, a.now(), jobIDs(completed[:len(completed)-1])); err != nil {
			return workflows.PickUpResult{}, failed(ctx, "Writing the pipeline's baseline", err)
		}
	}
	left, err := a.leftOver(ctx, p.Scope, completed, "")
	if err != nil {
		return workflows.PickUpResult{}, failed(ctx, "Looking for jobs that have not landed", err)
	}
	if len(left) > 0 {
		newest := left[len(left)-1].ID
		a.claimAtOnce(ctx, workflows.JobParams{Scope: p.Scope, JobID: newest, Origin: workflows.OriginAdopted})
		return workflows.PickUpResult{JobID: newest}, nil
	}
	running := 0
	for _, job := range jobs {
		if job.State == concur.Queued || job.State == concur.Running {
			running++
		}
	}
	info := activity.GetInfo(ctx)
	pause := pollPause(p.Scope.Settings.Poll, info.Attempt)
	return workflows.PickUpResult{}, notYet(ctx, fmt.Sprintf("No new completed job yet (%d on), poll %d, next in %s",
		running, info.Attempt, short(clamp(ctx, pause))), pause)
}
