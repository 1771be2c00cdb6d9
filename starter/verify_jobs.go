package main

import (
	"context"
	"errors"
	"fmt"

	"tieout/activities"
	"tieout/concur"
	"tieout/internal/landing"
)

type verifiedJob struct {
	ID       string `json:"id"`
	Manifest bool   `json:"manifest"`
	Result   bool   `json:"result"`
	// History says that the job was there before the pipeline's first run: nobody is to land it.
	History bool `json:"history,omitempty"`
	// Ended is the code that the job's run failed with on the file itself: another run would come to the same again.
	Ended string `json:"ended,omitempty"`
}

func (j verifiedJob) ok() bool { return j.History || j.Ended != "" || j.Manifest && j.Result }

// verifyJobs looks for the manifest and the result of every completed job that Concur lists.
func (a *app) verifyJobs(ctx context.Context, store *landing.Store, keys landing.Keys, definition string) ([]verifiedJob, error) {
	settings, err := a.settings()
	if err != nil {
		return nil, err
	}
	p, err := settings.Pipeline(keys.Pipeline)
	if err != nil {
		return nil, &usageError{message: err.Error() + ". With --jobs=false only the objects are looked at"}
	}
	var baseline struct {
		JobIDs []string `json:"jobIds"`
	}
	if err := store.GetJSON(ctx, keys.Baseline(), &baseline); err != nil && !errors.Is(err, landing.ErrNotFound) {
		return nil, fmt.Errorf("reading the pipeline's baseline: %w", err)
	}
	seen := []verifiedJob{}
	err = a.connected(ctx, p.Connection, func(client *concur.Client) error {
		jobs, err := client.Jobs(ctx, definition)
		if err != nil {
			return err
		}
		for _, job := range jobs {
			if job.State != concur.Completed {
				continue
			}
			jobKey := landing.JobKey(job.ID)
			one := verifiedJob{ID: job.ID}
			if one.Manifest, err = store.Exists(ctx, keys.Manifest(jobKey)); err != nil {
				return err
			}
			results, err := resultsOf(ctx, store, keys, jobKey)
			if err != nil {
				return err
			}
			one.Result = len(results) > 0
			if one.Ended, err = endOf(ctx, store, keys, jobKey, one.Result); err != nil {
				return err
			}
			one.History = !one.Manifest && contains(baseline.JobIDs, job.ID)
			seen = append(seen, one)
		}
		return nil
	})
	return seen, err
}

func resultsOf(ctx context.Context, store *landing.Store, keys landing.Keys, jobKey string) ([]string, error) {
	objects, err := store.List(ctx, keys.TieOuts(jobKey))
	if err != nil {
		return nil, fmt.Errorf("listing the tie-outs of job %s: %w", jobKey, err)
	}
	results := []string{}
	for _, object := range objects {
		if landing.IsResult(object.Key) {
			results = append(results, store.URI(object.Key))
		}
	}
	return results, nil
}

// endOf is the code that ended a job without a result for good.
func endOf(ctx context.Context, store *landing.Store, keys landing.Keys, jobKey string, tiedOut bool) (string, error) {
	if tiedOut {
		return "", nil
	}
	return activities.EndedForGood(ctx, store, keys, jobKey)
}

// endNote says why a job has no result and is to have none.
func endNote(code string) string {
	return "its run ended with " + code + ", so it has no result and is not taken up again; docs/runbook.md says what to do about it"
}

func jobNote(j verifiedJob) string {
	switch {
	case j.History:
		return "from before the pipeline's first run"
	case j.Ended != "":
		return endNote(j.Ended)
	case !j.Manifest:
		return "has not landed: the next run takes it up; `starter run --job` takes it up now"
	case !j.Result:
		return "landed, but not tied out: the next run takes it up; `starter reconcile` ties it out now"
	}
	return "landed and tied out"
}
