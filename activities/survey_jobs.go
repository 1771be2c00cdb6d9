package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"tieout/concur"
	"tieout/internal/evidence"
)

// Survey is what is to become of the completed jobs of a definition.
type Survey struct {
	// Jobs are the completed jobs, oldest first: those that Concur lists, and those without a result that runs have claimed
	// and that newer jobs have pushed out of its list.
	Jobs []evidence.Seen
	// Gaps lie before listed jobs, the newest first. One that was found just now names no run yet.
	Gaps []evidence.Gap
}

// SurveyJobs judges the completed jobs of a definition, for recovery and for verify alike.
func SurveyJobs(ctx context.Context, client Concur, definition string, documents evidence.Pipeline, look evidence.Look) (Survey, error) {
	jobs, err := client.Jobs(ctx, definition)
	if err != nil {
		return Survey{}, fmt.Errorf("listing the definition's jobs: %w", err)
	}
	listed := oldestFirst(jobs)
	seen, err := documents.Judge(ctx, look, listed)
	if err != nil || len(jobs) < listedJobs || len(listed) == 0 {
		return Survey{Jobs: seen}, err
	}
	unlisted, err := unlisted(ctx, client, definition, documents, look, jobs)
	if err != nil {
		return Survey{}, err
	}
	survey := Survey{Jobs: append(unlisted, seen...)} // whatever was pushed out of the list is older
	survey.Gaps, err = documents.Gaps(ctx, look.Horizon, seen)
	return survey, err
}

// unlisted finds the jobs, oldest first, that need a run, or may, and that Concur no longer lists: their claims name them,
// and Concur still answers for each.
func unlisted(ctx context.Context, client Concur, definition string, documents evidence.Pipeline, look evidence.Look, listed []concur.Job) ([]evidence.Seen, error) {
	claimed, err := documents.Unlisted(ctx, jobIDs(listed))
	if err != nil {
		return nil, err
	}
	seen, err := documents.Judge(ctx, look, claimed)
	if err != nil {
		return nil, err
	}
	var found []evidence.Seen
	for _, one := range seen {
		if one.Standing != evidence.LeftOver && (one.Standing != evidence.Claimed || one.Running) {
			continue
		}
		job, err := client.Job(ctx, definition, one.ID)
		if remote, ok := errors.AsType[*concur.Error](err); ok && (remote.Kind == concur.KindNotFound || remote.Kind == concur.KindBadRequest) {
			continue // Concur has forgotten it, or a person named what never was a job: nobody can land it
		}
		if err != nil {
			return nil, fmt.Errorf("asking for job %s: %w", one.ID, err)
		}
		if job.State == concur.Completed {
			one.CompletedJob = completedJob(job)
			found = append(found, one)
		}
	}
	slices.SortStableFunc(found, func(a, b evidence.Seen) int { return byStart(a.CompletedJob, b.CompletedJob) })
	return found, nil
}

// oldestFirst returns the completed jobs by start time.
func oldestFirst(jobs []concur.Job) []evidence.CompletedJob {
	var completed []evidence.CompletedJob
	for _, job := range slices.Backward(jobs) { // Concur lists the newest first; the order of equal times is kept
		if job.State == concur.Completed {
			completed = append(completed, completedJob(job))
		}
	}
	slices.SortStableFunc(completed, byStart)
	return completed
}

func completedJob(job concur.Job) evidence.CompletedJob {
	return evidence.CompletedJob{ID: job.ID, Start: job.StartTime, Stop: job.StopTime}
}

func byStart(a, b evidence.CompletedJob) int {
	return cmp.Compare(a.Start.UnixNano(), b.Start.UnixNano())
}

// leftOver returns the jobs that need a run.
func leftOver(jobs []evidence.Seen) []evidence.CompletedJob {
	var left []evidence.CompletedJob
	for _, job := range jobs {
		if job.Standing == evidence.LeftOver {
			left = append(left, job.CompletedJob)
		}
	}
	return left
}
