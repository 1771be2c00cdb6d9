package main

import (
	"context"
	"fmt"

	"tieout/activities"
	"tieout/concur"
	"tieout/internal/app"
	"tieout/internal/bucket"
	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// verifiedJob is a completed job of the definition. It is judged by the same rule as in the recovery of jobs.
type verifiedJob struct {
	ID       string `json:"id"`
	Manifest bool   `json:"manifest"`
	Result   bool   `json:"result"`
	// History is true for a job from before the first run of the pipeline, which is not landed.
	History bool `json:"history,omitempty"`
	// Ended is the code with which the run of the job failed on the file itself, as another run would.
	Ended string `json:"ended,omitempty"`
	// Run is the workflow id of the run that claimed a job and has left neither a result nor a record. The run is going on,
	// waits for a person, or was lost.
	Run string `json:"run,omitempty"`
	// Gap is the time before the job, the oldest that Concur lists, in which there may be jobs that nobody can name.
	Gap *contract.Gap `json:"gap,omitempty"`
}

func (j verifiedJob) ok() bool {
	return j.Gap == nil && (j.History || j.Ended != "" || j.Manifest && j.Result)
}

// verifyJobs judges every completed job that Concur lists or that a run has claimed.
func (a *program) verifyJobs(ctx context.Context, store *bucket.Store, keys evidence.Keys, definition string) ([]verifiedJob, error) {
	settings, err := a.settings()
	if err != nil {
		return nil, err
	}
	p, err := settings.Pipeline(keys.Pipeline)
	if err != nil {
		return nil, app.Usagef("%w. With --jobs=false only the objects are looked at", err)
	}
	documents := evidence.Pipeline{Store: store, Keys: keys}
	horizon, err := documents.Horizon(ctx, p)
	if err != nil {
		return nil, err
	}
	seen := []verifiedJob{}
	err = a.connected(ctx, p.Connection, func(client *concur.Client) error {
		survey, err := activities.SurveyJobs(ctx, client, definition, documents, evidence.Look{Horizon: horizon})
		if err != nil {
			return err
		}
		for _, job := range survey.Jobs {
			seen = append(seen, verifiedJobOf(job, survey.Gaps))
		}
		return nil
	})
	return seen, err
}

func verifiedJobOf(job evidence.Seen, gaps []evidence.Gap) verifiedJob {
	one := verifiedJob{ID: job.ID, Manifest: job.Landed, Result: job.TiedOut, History: job.Standing == evidence.History}
	switch job.Standing {
	case evidence.Ended:
		one.Ended = job.FinalCode()
	case evidence.Claimed:
		one.Run = job.Claim.WorkflowID
	}
	for _, gap := range gaps {
		if gap.JobID == job.ID {
			one.Gap = &gap.Gap
		}
	}
	return one
}

// endOf returns the code with which a job without a result ended for good; it is empty where no code did.
func endOf(ctx context.Context, store *bucket.Store, keys evidence.Keys, jobKey string, tiedOut bool) (string, error) {
	if tiedOut {
		return "", nil
	}
	return evidence.Pipeline{Store: store, Keys: keys}.FinalCode(ctx, jobKey)
}

// endNote says why a job has no result and will not get one.
func endNote(code string) string {
	return "its run ended with " + code + ", so it has no result and is not taken up again; docs/runbook.md says what to do about it"
}

func jobNote(j verifiedJob) string {
	note := "landed and tied out"
	switch {
	case j.History:
		note = "from before the pipeline's first run"
	case j.Ended != "":
		note = endNote(j.Ended)
	case j.Run != "":
		note = fmt.Sprintf("the run %s has it and has left neither a result nor a record: it is running, waits for a person, or was lost. `tieout watch %s` says which; the next run takes up what was lost", j.Run, j.Run)
	case j.Result && !j.Manifest:
		note = "tied out, but its manifest is gone: somebody has removed it"
	case j.Result:
	case !j.Manifest:
		note = "has not landed: the next run takes it up; `tieout run --job` takes it up now"
	default:
		note = "landed, but not tied out: the next run takes it up; `tieout run --job` ties it out now"
	}
	if j.Gap != nil {
		note += ". " + gapNote(*j.Gap)
	}
	return note
}

// gapNote says in which time there may be jobs that Concur does not list any more.
func gapNote(gap contract.Gap) string {
	from := "before " + gap.Before
	if gap.After != "" {
		from = "between " + gap.After + " and " + gap.Before
	}
	return "Jobs that completed " + from + " may be missing: Concur lists 100, and no run saw what was before this one. docs/runbook.md says how to go on"
}
