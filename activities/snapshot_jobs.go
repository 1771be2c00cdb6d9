package activities

import (
	"context"
	"slices"
	"time"

	"tieout/concur"
	"tieout/workflows"
)

// listedJobs is how many jobs Concur lists at most (Extract v1, "Get Extract Job List").
const listedJobs = 100

// baseline names the jobs that had ended before the pipeline's first run.
type baseline struct {
	Schema   int       `json:"schema"` // 1
	Pipeline string    `json:"pipeline"`
	At       time.Time `json:"at"`
	JobIDs   []string  `json:"jobIds"`
}

// SnapshotJobs notes the jobs that Concur lists before the start, writes the pipeline's baseline if this is its first
// run, and looks for a start for the same date whose outcome nobody knows.
func (a *Activities) SnapshotJobs(ctx context.Context, p workflows.SnapshotJobsParams) (workflows.JobsSnapshot, error) {
	a = a.on(p.Scope)
	client, err := a.concur(ctx, p.Scope)
	if err != nil {
		return workflows.JobsSnapshot{}, err
	}
	jobs, err := client.Jobs(ctx, p.Scope.DefinitionID)
	if err != nil {
		return workflows.JobsSnapshot{}, failed(ctx, "Listing the definition's jobs", err)
	}
	open, err := a.openIntent(ctx, p.Scope)
	if err != nil {
		return workflows.JobsSnapshot{}, failed(ctx, "Looking for an earlier start of the same date", err)
	}
	if err := a.writeBaseline(ctx, p.Scope, jobIDs(history(jobs, open))); err != nil {
		return workflows.JobsSnapshot{}, failed(ctx, "Writing the pipeline's baseline", err)
	}
	return workflows.JobsSnapshot{JobIDs: jobIDs(jobs), Full: len(jobs) >= listedJobs, OpenIntent: open}, nil
}

// history are the jobs that had ended before the pipeline's first start: one that is on is still to be landed, and so
// is one that an open start may have made.
func history(jobs []concur.Job, open *workflows.OpenIntent) []concur.Job {
	return slices.DeleteFunc(slices.Clone(jobs), func(job concur.Job) bool {
		ended := job.State == concur.Completed || job.State == concur.Failed
		return !ended || open != nil && !slices.Contains(open.JobIDs, job.ID)
	})
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
