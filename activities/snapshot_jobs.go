package activities

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tieout/concur"
	"tieout/workflows"
)

// listedJobs is how many jobs Concur lists at most (Extract v1, "Get Extract Job List").
const listedJobs = 100

// baseline names the jobs that were there before the pipeline's first run.
type baseline struct {
	Schema   int       `json:"schema"` // 1
	Pipeline string    `json:"pipeline"`
	At       time.Time `json:"at"`
	JobIDs   []string  `json:"jobIds"`
}

// SnapshotJobs notes the jobs that Concur lists before the start, writes the pipeline's baseline if this is its first
// run, and looks for an intent to start that an earlier run for the same date left open.
func (a *Activities) SnapshotJobs(ctx context.Context, p workflows.SnapshotJobsParams) (workflows.JobsSnapshot, error) {
	client, err := a.concur(p.Scope)
	if err != nil {
		return workflows.JobsSnapshot{}, err
	}
	jobs, err := client.Jobs(ctx, p.Scope.DefinitionID)
	if err != nil {
		return workflows.JobsSnapshot{}, failed(ctx, "Listing the definition's jobs", err)
	}
	ids := jobIDs(jobs)
	open, err := a.openIntent(ctx, p.Scope)
	if err != nil {
		return workflows.JobsSnapshot{}, failed(ctx, "Looking for an earlier start of the same date", err)
	}
	before := ids
	if open != nil {
		before = open.JobIDs // what that run started is not history
	}
	if err := a.writeBaseline(ctx, p.Scope, before); err != nil {
		return workflows.JobsSnapshot{}, failed(ctx, "Writing the pipeline's baseline", err)
	}
	return workflows.JobsSnapshot{JobIDs: ids, Full: len(jobs) >= listedJobs, OpenIntent: open}, nil
}

func jobIDs(jobs []concur.Job) []string {
	ids := make([]string, len(jobs))
	for i, job := range jobs {
		ids[i] = job.ID
	}
	return ids
}

// writeBaseline keeps the first baseline that was written.
func (a *Activities) writeBaseline(ctx context.Context, scope workflows.Scope, ids []string) error {
	key := a.keys(scope).Baseline()
	exists, err := a.Store.Exists(ctx, key)
	if err != nil || exists {
		return err
	}
	err = a.Store.PutJSON(ctx, key, baseline{Schema: 1, Pipeline: scope.Settings.Name, At: time.Now().UTC(), JobIDs: ids})
	if isConflict(err) {
		return nil
	}
	return err
}

// openIntent finds the newest intent for the run's business date whose run left no record: its history was lost, or
// it was terminated. One's own intents are settled by the workflow.
func (a *Activities) openIntent(ctx context.Context, scope workflows.Scope) (*workflows.OpenIntent, error) {
	prefix := a.keys(scope).Runs(scope.BusinessDate)
	objects, err := a.Store.List(ctx, prefix)
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", a.Store.URI(prefix), err)
	}
	there := make(map[string]bool, len(objects))
	for _, object := range objects {
		there[object.Key] = true
	}
	var open *workflows.OpenIntent
	for _, object := range objects {
		name, isIntent := strings.CutSuffix(strings.TrimPrefix(object.Key, prefix), ".json")
		runID, _, hasAttempt := strings.Cut(name, ".intent-")
		if !isIntent || !hasAttempt || runID == scope.RunID || there[a.keys(scope).Run(scope.BusinessDate, runID)] {
			continue
		}
		var found intent
		if err := a.Store.GetJSON(ctx, object.Key, &found); err != nil {
			return nil, fmt.Errorf("reading the intent %s: %w", a.Store.URI(object.Key), err)
		}
		if found.Fenced {
			continue
		}
		// The oldest list of a run's attempts is the one to compare with: all its starts came after it.
		if open == nil || found.RunID == open.RunID && found.At.Before(open.At) || found.RunID != open.RunID && found.At.After(open.At) {
			open = &workflows.OpenIntent{RunID: found.RunID, JobIDs: found.JobIDs, At: found.At}
		}
	}
	return open, nil
}
