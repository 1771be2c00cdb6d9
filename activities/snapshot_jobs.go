package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"tieout/concur"
	"tieout/internal/bucket"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/pipeline"
)

const (
	// listedJobs is how many jobs Concur lists at most (Extract v1, "Get Extract Job List").
	listedJobs = 100
	// claimReaders is how many claims are read at the same time.
	claimReaders = 8
)

// SnapshotJobs returns the jobs that Concur lists before the start, writes the pipeline's baseline if this is its first
// look, and reads in the bucket what the slot has come to so far: a verdict, a job, or starts whose outcome nobody knows.
func (a *Activities) SnapshotJobs(ctx context.Context, p contract.SnapshotJobsParams) (contract.JobsSnapshot, error) {
	r := a.run(p.Scope)
	client, err := r.concur(ctx)
	if err != nil {
		return contract.JobsSnapshot{}, err
	}
	asked := r.now()
	jobs, err := client.Jobs(ctx, p.Scope.DefinitionID)
	if err != nil {
		return contract.JobsSnapshot{}, failed(ctx, "Listing the definition's jobs", err)
	}
	snapshot := contract.JobsSnapshot{JobIDs: jobIDs(jobs), Full: len(jobs) >= listedJobs}
	start, err := r.slotSoFar(ctx, p, jobs, &snapshot)
	if err != nil {
		return contract.JobsSnapshot{}, failed(ctx, "Looking at earlier starts of the same date", err)
	}
	if err := r.firstLook(ctx, asked, jobs, p.Scope.Settings.Acquire == pipeline.AcquirePickup, start.Open); err != nil {
		return contract.JobsSnapshot{}, failed(ctx, "Writing the pipeline's baseline", err)
	}
	if snapshot.Verdict == nil {
		err = r.slotJob(ctx, client, jobs, start.Jobs, &snapshot)
	}
	return snapshot, failed(ctx, "Looking at the job that the date has already", err)
}

// slotSoFar reads the slot's records, attempts and claims into the snapshot.
func (r *run) slotSoFar(ctx context.Context, p contract.SnapshotJobsParams, jobs []concur.Job, snapshot *contract.JobsSnapshot) (evidence.Start, error) {
	scope := r.scope
	records, err := r.Records(ctx, scope.BusinessDate)
	if err != nil {
		return evidence.Start{}, err
	}
	if snapshot.Verdict, err = verdictOf(ctx, r.Pipeline, scope.Slot, records); err != nil {
		return evidence.Start{}, err
	}
	records = slices.DeleteFunc(records, func(r evidence.Record) bool { return r.Slot != scope.Slot.Word() })
	intents, err := r.Intents(ctx, scope.BusinessDate, scope.Slot.Word())
	if err != nil {
		return evidence.Start{}, err
	}
	var claims []evidence.Claim
	// A slot that nothing was done for has claimed nothing; a job that was picked up leaves no other trace.
	if len(records)+len(intents) > 0 || scope.Settings.Acquire == pipeline.AcquirePickup {
		if claims, err = r.claimsOf(ctx, jobs); err != nil {
			return evidence.Start{}, err
		}
	}
	if p.Attempts != nil { // what this run knows stands in no record yet
		records = append(records, evidence.Record{RunID: scope.RunID, Attempts: p.Attempts})
	}
	start := evidence.StartOf(intents, records, claims)
	snapshot.Attempts, snapshot.Unknown, snapshot.Stopped = start.Attempts, start.Unknown, start.Stopped
	if open := start.Open; open != nil {
		snapshot.Open = &contract.OpenStart{RunID: open.RunID, JobIDs: open.JobIDs, At: open.At}
	}
	return start, nil
}

// claimsOf reads the claims of the listed jobs and keeps those of the run's slot.
func (r *run) claimsOf(ctx context.Context, jobs []concur.Job) ([]evidence.Claim, error) {
	claims := make([]evidence.Claim, len(jobs))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(claimReaders)
	for i, job := range jobs {
		group.Go(func() (err error) {
			claims[i], err = r.Claim(groupCtx, contract.JobKey(job.ID))
			return err
		})
	}
	err := group.Wait()
	return slices.DeleteFunc(claims, func(c evidence.Claim) bool { return c.IsZero() || c.Of() != r.scope.Slot }), err
}

// slotJob finds the job that the slot has already: the newest that did not fail at Concur. It may be one that the run of
// the job works on, which is then waited for.
func (r *run) slotJob(ctx context.Context, client Concur, jobs []concur.Job, claims []evidence.Claim, snapshot *contract.JobsSnapshot) error {
	for _, claim := range claims {
		jobKey := contract.JobKey(claim.JobID)
		state, err := r.stateOf(ctx, client, jobs, claim.JobID)
		if err != nil {
			return err
		}
		if state == concur.Failed {
			continue
		}
		runOfJob := contract.Run{Pipeline: r.scope.Settings.Name, JobKey: jobKey}.ID()
		running := false
		if claim.RunID != r.scope.RunID { // whose claim it is works on it, and waits for nobody
			if running, err = r.Runs.IsRunning(ctx, runOfJob, ""); err != nil {
				return err
			}
		}
		if running {
			snapshot.Running = runOfJob
		} else {
			snapshot.Job = &contract.SlotJob{ID: claim.JobID, Origin: claim.Origin}
		}
		return nil
	}
	return nil
}

// stateOf returns the state of a job at Concur. A job that Concur no longer knows counts as completed where it has landed,
// and as failed where it has not.
func (r *run) stateOf(ctx context.Context, client Concur, jobs []concur.Job, jobID string) (concur.State, error) {
	if i := slices.IndexFunc(jobs, func(job concur.Job) bool { return job.ID == jobID }); i >= 0 {
		return jobs[i].State, nil
	}
	_, _, err := r.Current(ctx, contract.JobKey(jobID))
	if err == nil {
		return concur.Completed, nil
	}
	if !errors.Is(err, bucket.ErrNotFound) {
		return "", err
	}
	job, err := client.Job(ctx, r.scope.DefinitionID, jobID)
	if remote, ok := errors.AsType[*concur.Error](err); ok && (remote.Kind == concur.KindNotFound || remote.Kind == concur.KindBadRequest) {
		return concur.Failed, nil
	}
	if err != nil {
		return "", fmt.Errorf("asking for job %s: %w", jobID, err)
	}
	return job.State, nil
}

// firstLook writes the baseline of a pipeline that has none. What has ended is history, but for a job that an open start
// may have made and for the newest completed one where jobs are picked up; what is running is still to be landed.
func (r *run) firstLook(ctx context.Context, asked time.Time, jobs []concur.Job, pickup bool, open *evidence.Intent) error {
	baseline, newest := evidence.Baseline{At: asked}, ""
	if completed := oldestFirst(jobs); pickup && len(completed) > 0 {
		newest = completed[len(completed)-1].ID
	}
	for _, job := range jobs {
		if job.StartTime.After(baseline.Newest) {
			baseline.Newest = job.StartTime.UTC()
		}
		ended := job.State == concur.Completed || job.State == concur.Failed
		if !ended || job.ID == newest || open != nil && !slices.Contains(open.JobIDs, job.ID) {
			baseline.OpenIDs = append(baseline.OpenIDs, job.ID)
		} else {
			baseline.JobIDs = append(baseline.JobIDs, job.ID)
		}
	}
	return r.WriteBaseline(ctx, baseline)
}

func jobIDs(jobs []concur.Job) []string {
	ids := make([]string, len(jobs))
	for i, job := range jobs {
		ids[i] = job.ID
	}
	return ids
}
