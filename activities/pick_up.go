package activities

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/activity"

	"tieout/concur"
	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// PickUp finds the newest completed job that has not landed, where Concur's own schedule runs the definition. The first
// run of a pipeline takes the newest job of its first look; all jobs that complete later are landed too.
func (a *Activities) PickUp(ctx context.Context, p contract.JobParams) (contract.PickUpResult, error) {
	r := a.run(p.Scope)
	client, err := r.concur(ctx)
	if err != nil {
		return contract.PickUpResult{}, err
	}
	asked := r.now()
	jobs, err := client.Jobs(ctx, p.Scope.DefinitionID)
	if err != nil {
		return contract.PickUpResult{}, pollFailed(ctx, "Listing the definition's jobs",
			pollPause(p.Scope.Settings.Poll, activity.GetInfo(ctx).Attempt), err)
	}
	if err := r.firstLook(ctx, asked, jobs, true, nil); err != nil {
		return contract.PickUpResult{}, failed(ctx, "Writing the pipeline's baseline", err)
	}
	left, err := r.notLanded(ctx, jobs)
	if err != nil {
		return contract.PickUpResult{}, failed(ctx, "Looking for jobs that have not landed", err)
	}
	if len(left) > 0 {
		newest := left[len(left)-1].ID
		r.claimAtOnce(ctx, contract.JobParams{Scope: p.Scope, JobID: newest, Origin: contract.OriginAdopted})
		return contract.PickUpResult{JobID: newest}, nil
	}
	running := 0
	for _, job := range jobs {
		if job.State == concur.Queued || job.State == concur.Running {
			running++
		}
	}
	info := activity.GetInfo(ctx)
	pause := pollPause(p.Scope.Settings.Poll, info.Attempt)
	return contract.PickUpResult{}, notYet(ctx, fmt.Sprintf("No new completed job yet (%d running), poll %d, next in %s",
		running, info.Attempt, short(clamp(ctx, pause))), pause)
}

// notLanded names the listed jobs that need a run, oldest first.
func (r *run) notLanded(ctx context.Context, jobs []concur.Job) ([]evidence.CompletedJob, error) {
	look, err := r.look(ctx)
	if err != nil {
		return nil, err
	}
	seen, err := r.Judge(ctx, look, oldestFirst(jobs))
	return leftOver(seen), err
}
