package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tieout/concur"
	"tieout/internal/evidence"
	"tieout/internal/landing"
	"tieout/workflows"
)

// FindLeftOver names the completed jobs of the definition, oldest first, that have no manifest or no result and that
// no run is on. The baseline's jobs are history, unless recover.since asks for them or a run has been on them.
func (a *Activities) FindLeftOver(ctx context.Context, p workflows.JobParams) (workflows.FindLeftOverResult, error) {
	a = a.on(p.Scope)
	client, err := a.concur(ctx, p.Scope)
	if err != nil {
		return workflows.FindLeftOverResult{}, err
	}
	jobs, err := client.Jobs(ctx, p.Scope.DefinitionID)
	if err != nil {
		return workflows.FindLeftOverResult{}, failed(ctx, "Listing the definition's jobs", err)
	}
	unlisted, err := a.unlisted(ctx, client, p.Scope, jobs)
	if err != nil {
		return workflows.FindLeftOverResult{}, failed(ctx, "Looking for jobs that Concur no longer lists", err)
	}
	left, err := a.leftOver(ctx, p.Scope, oldestFirst(append(jobs, unlisted...)), p.JobID)
	if err != nil {
		return workflows.FindLeftOverResult{}, failed(ctx, "Looking for jobs that have not landed", err)
	}
	result := workflows.FindLeftOverResult{Jobs: []workflows.LeftOverJob{}}
	for _, job := range left {
		result.Jobs = append(result.Jobs, workflows.LeftOverJob{ID: job.ID, Key: landing.JobKey(job.ID), StartTime: job.StartTime})
	}
	return result, nil
}

// oldestFirst keeps the completed jobs, by start time.
func oldestFirst(jobs []concur.Job) []concur.Job {
	completed := slices.DeleteFunc(slices.Clone(jobs), func(job concur.Job) bool { return job.State != concur.Completed })
	slices.Reverse(completed) // Concur lists the newest first; the order of equal times is kept
	slices.SortStableFunc(completed, func(a, b concur.Job) int { return cmp.Compare(a.StartTime.UnixNano(), b.StartTime.UnixNano()) })
	return completed
}

// leftOver filters completed jobs: those that are not history, not the run's own, not done, and that no run is on.
func (a *Activities) leftOver(ctx context.Context, scope workflows.Scope, completed []concur.Job, own string) ([]concur.Job, error) {
	history, err := a.historyOf(ctx, scope)
	if err != nil {
		return nil, err
	}
	var left []concur.Job
	for _, job := range completed {
		if job.ID == own {
			continue
		}
		old, err := history(job)
		if err != nil {
			return nil, err
		}
		if old {
			continue
		}
		done, err := a.concluded(ctx, scope, landing.JobKey(job.ID))
		if err != nil {
			return nil, err
		}
		if !done {
			left = append(left, job)
		}
	}
	return left, nil
}

// historyOf tells which jobs are none of the pipeline's: those of its baseline, but for those that recover.since asks
// for and those that a run has been on, be it because a person named the job.
func (a *Activities) historyOf(ctx context.Context, scope workflows.Scope) (func(concur.Job) (bool, error), error) {
	keys := a.keys(scope)
	before, _, err := a.evidence(scope.Settings.Name).Baseline(ctx)
	if err != nil {
		return nil, err
	}
	var since time.Time
	if scope.Settings.Recover != nil {
		if since, err = time.Parse(time.DateOnly, scope.Settings.Recover.Since); err != nil {
			return nil, fmt.Errorf("reading recover.since: %w", err)
		}
	}
	return func(job concur.Job) (bool, error) {
		asked := !since.IsZero() && !job.StartTime.Before(since)
		if asked || !slices.Contains(before.JobIDs, job.ID) {
			return false, nil
		}
		claimed, err := a.Store.Exists(ctx, keys.Claim(landing.JobKey(job.ID)))
		return !claimed, err
	}, nil
}

// concluded tells whether a job needs nobody: it has a result, or another run that claimed it is still on, or that run
// came to an end that one more would only repeat. A claim of the asking run's own is from an attempt that was cut off,
// or from before a reset.
func (a *Activities) concluded(ctx context.Context, scope workflows.Scope, jobKey string) (bool, error) {
	keys := a.keys(scope)
	if done, err := HasResult(ctx, a.Store, keys, jobKey); err != nil || done {
		return done, err
	}
	claimed, err := a.evidence(scope.Settings.Name).Claim(ctx, jobKey)
	if err != nil || claimed.RunID == "" || claimed.RunID == scope.RunID {
		return false, err
	}
	if running, err := a.Runs.IsRunning(ctx, claimed.WorkflowID, claimed.RunID); err != nil || running {
		return running, err
	}
	code, err := endedForGood(ctx, a.Store, keys, jobKey, claimed)
	return code != "", err
}

// HasResult tells whether the job's current landing was tied out: the result of one that was made again since is not it.
func HasResult(ctx context.Context, store *landing.Store, keys landing.Keys, jobKey string) (bool, error) {
	tieOuts, err := store.List(ctx, keys.TieOuts(jobKey))
	if err != nil {
		return false, fmt.Errorf("listing the tie-outs of job %s: %w", jobKey, err)
	}
	slices.Reverse(tieOuts) // the newest first
	var place *landing.Landing
	for _, object := range tieOuts {
		if !landing.IsResult(object.Key) {
			continue
		}
		if place == nil {
			_, current, err := store.Current(ctx, keys, jobKey)
			if err != nil && !errors.Is(err, landing.ErrNotFound) {
				return false, err
			}
			place = &current
		}
		if place.Number <= 1 {
			return true, nil // there is no other landing that it could be of
		}
		var result struct {
			Manifest string `json:"manifest"`
		}
		if err := store.GetJSON(ctx, object.Key, &result); err != nil {
			return false, fmt.Errorf("reading a result of job %s: %w", jobKey, err)
		}
		if result.Manifest == store.URI(place.Manifest()) {
			return true, nil
		}
	}
	return false, nil
}

// EndedForGood is the code that the last run on a job failed with, where another run would only come to the same again:
// such a job has no result and is to have none. Else it is "".
func EndedForGood(ctx context.Context, store *landing.Store, keys landing.Keys, jobKey string) (code string, err error) {
	claimed, err := evidence.Pipeline{Store: store, Keys: keys}.Claim(ctx, jobKey)
	if err != nil || claimed.RunID == "" {
		return "", err
	}
	return endedForGood(ctx, store, keys, jobKey, claimed)
}

func endedForGood(ctx context.Context, store *landing.Store, keys landing.Keys, jobKey string, claimed evidence.Claim) (string, error) {
	record, _, err := evidence.Pipeline{Store: store, Keys: keys}.Record(ctx, claimed.BusinessDate, claimed.RunID)
	if err != nil {
		return "", err
	}
	if !slices.Contains(forGood, record.Code) {
		return "", nil
	}
	if record.Code == workflows.CodeFileFormat {
		// What came in the file's place was none: until one has landed, nothing is known of it.
		switch _, _, err := store.Current(ctx, keys, jobKey); {
		case errors.Is(err, landing.ErrNotFound):
			return "", nil
		case err != nil:
			return "", fmt.Errorf("looking for the manifest of job %s: %w", jobKey, err)
		}
	}
	return record.Code, nil
}

// forGood are the ends of a run that another run on the same job would only come to again.
var forGood = []string{workflows.CodeControlTotals, workflows.CodeFileFormat, workflows.CodeFileEncrypted,
	workflows.CodeLandingConflict, workflows.CodeConcurJobFailed}
