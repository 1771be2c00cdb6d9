package activities

import (
	"context"
	"errors"
	"fmt"
	"path"

	"tieout/concur"
	"tieout/internal/landing"
	"tieout/workflows"
)

// unlisted finds the jobs that runs were on, that have no result, and that newer jobs have pushed out of Concur's
// list: their claims name them, and Concur still answers for each.
func (a *Activities) unlisted(ctx context.Context, client Concur, scope workflows.Scope, listed []concur.Job) ([]concur.Job, error) {
	if len(listed) < listedJobs {
		return nil, nil
	}
	keys := a.keys(scope)
	claimed, err := a.claimedWithoutResult(ctx, keys)
	if err != nil {
		return nil, err
	}
	for _, job := range listed {
		delete(claimed, landing.JobKey(job.ID))
	}
	var found []concur.Job
	for jobKey := range claimed {
		if done, err := a.concluded(ctx, scope, jobKey); err != nil || done {
			if err != nil {
				return nil, err
			}
			continue
		}
		c, err := a.evidence(scope.Settings.Name).Claim(ctx, jobKey)
		if err != nil {
			return nil, err
		}
		job, err := client.Job(ctx, scope.DefinitionID, c.JobID)
		var remote *concur.Error
		if errors.As(err, &remote) && (remote.Kind == concur.KindNotFound || remote.Kind == concur.KindBadRequest) {
			continue // Concur has forgotten it, or a person named what never was a job: nobody can land it
		}
		if err != nil {
			return nil, fmt.Errorf("asking for job %s: %w", c.JobID, err)
		}
		found = append(found, job)
	}
	return found, nil
}

// claimedWithoutResult goes through the keys of all jobs once.
func (a *Activities) claimedWithoutResult(ctx context.Context, keys landing.Keys) (map[string]bool, error) {
	objects, err := a.Store.List(ctx, keys.Jobs())
	if err != nil {
		return nil, fmt.Errorf("listing the pipeline's jobs: %w", err)
	}
	claimed, done, again := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, object := range objects {
		jobKey := path.Dir(object.Key[len(keys.Jobs()):])
		switch {
		case object.Key == keys.Claim(jobKey):
			claimed[jobKey] = true
		case landing.IsResult(object.Key):
			done[path.Dir(path.Dir(jobKey))] = true
		default:
			if place, ok := landing.LandingOf(object.Key); ok && place.Number > 1 {
				again[place.JobKey] = true // its results may be of an earlier landing
			}
		}
	}
	for jobKey := range done {
		if !again[jobKey] {
			delete(claimed, jobKey)
		}
	}
	return claimed, nil
}
