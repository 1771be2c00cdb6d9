package activities

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"tieout/concur"
	"tieout/internal/contract"
)

// FindStarted looks for the job that a start with an unknown outcome made, or, with Running, for the one that made
// Concur answer 409. It returns candidates once there are any, or none once a whole list was read after the visibility
// window. A list that cannot be read proves nothing and is asked for again.
func (a *Activities) FindStarted(ctx context.Context, p contract.FindStartedParams) (contract.FindStartedResult, error) {
	r := a.run(p.Scope)
	client, err := r.concur(ctx)
	if err != nil {
		return contract.FindStartedResult{}, err
	}
	asked := r.now()
	jobs, err := client.Jobs(ctx, p.Scope.DefinitionID)
	if err != nil {
		return contract.FindStartedResult{}, pollFailed(ctx, "Listing the definition's jobs", 0, err)
	}
	var result contract.FindStartedResult
	if p.Running {
		result, err = r.findRunning(ctx, p, jobs)
	} else {
		result, err = r.findNew(ctx, p, jobs)
	}
	if err != nil {
		return contract.FindStartedResult{}, failed(ctx, "Looking which jobs are claimed", err)
	}
	if len(result.JobIDs) == 0 && !p.Running && asked.Before(p.Until) {
		return result, notYet(ctx, fmt.Sprintf("No new job of the definition yet; look %d, until %s",
			activity.GetInfo(ctx).Attempt, p.Until.UTC().Format(time.TimeOnly)), 0)
	}
	if len(result.JobIDs) == 1 {
		r.claimAtOnce(ctx, contract.JobParams{Scope: p.Scope, JobID: result.JobIDs[0], Origin: contract.OriginAdopted})
	}
	return result, nil
}

// findNew returns the jobs that are not known and that may be the start's. A job that Concur named in answer to the
// start is the start's own, and so is one that a run of the slot has taken since. A job of another slot or of another run's
// start is not, and, for a start of an earlier run, neither is a job that has its result.
func (r *run) findNew(ctx context.Context, p contract.FindStartedParams, jobs []concur.Job) (contract.FindStartedResult, error) {
	var result contract.FindStartedResult
	var taken []string
	others := 0 // new jobs that are not the start's
	for _, job := range jobs {
		if slices.Contains(p.Known, job.ID) {
			continue
		}
		jobKey := contract.JobKey(job.ID)
		claim, err := r.Claim(ctx, jobKey)
		if err != nil {
			return result, err
		}
		slot := claim.Of()
		switch {
		case claim.StartedBy(p.RunID), claim.StartedBy(p.Scope.RunID):
			return contract.FindStartedResult{JobIDs: []string{job.ID}}, nil
		case !slot.IsZero() && slot == p.Scope.Slot:
			taken = append(taken, job.ID)
			continue
		case !slot.IsZero(), claim.Origin == contract.OriginStarted:
			others++
			continue
		case p.RunID != p.Scope.RunID: // within a run that is looking, recovery may have been faster
			done, err := r.HasResult(ctx, jobKey)
			if err != nil {
				return result, err
			}
			if done {
				others++
				continue
			}
		}
		result.JobIDs = append(result.JobIDs, job.ID)
	}
	if len(taken) > 0 {
		return contract.FindStartedResult{JobIDs: taken}, nil
	}
	if len(jobs) >= listedJobs {
		gone := slices.DeleteFunc(slices.Clone(p.Known), func(id string) bool {
			return slices.ContainsFunc(jobs, func(job concur.Job) bool { return job.ID == id })
		})
		result.Lost = len(gone) > others+len(result.JobIDs)
	}
	return result, nil
}

// findRunning returns the jobs that are queued or running and that no other slot has. While there are only
// jobs of others it is to be called again, because Concur takes no start before they have ended. A job that nobody has
// claimed is waited for until p.Until, because the run of another slot may just have started it.
func (r *run) findRunning(ctx context.Context, p contract.FindStartedParams, jobs []concur.Job) (contract.FindStartedResult, error) {
	result := contract.FindStartedResult{Waited: activity.GetInfo(ctx).Attempt > 1}
	var others string
	for _, job := range jobs {
		if job.State != concur.Queued && job.State != concur.Running {
			continue
		}
		claim, err := r.Claim(ctx, contract.JobKey(job.ID))
		if err != nil {
			return result, err
		}
		if slot := claim.Of(); !slot.IsZero() && slot != p.Scope.Slot {
			others = fmt.Sprintf("job %s of %s", job.ID, slot)
			continue
		}
		if claim.IsZero() && r.now().Before(p.Until) {
			others = fmt.Sprintf("job %s, which nobody has claimed yet", job.ID)
			continue
		}
		result.JobIDs = append(result.JobIDs, job.ID)
	}
	if len(result.JobIDs) == 0 && others != "" {
		return result, notYet(ctx, fmt.Sprintf("Concur is running %s; the job is asked for again once that has ended; look %d",
			others, activity.GetInfo(ctx).Attempt), 0)
	}
	return result, nil
}
