package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tieout/internal/bucket"
	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// latest is latest.json: where the newest result of the pipeline lies.
type latest struct {
	Schema       int              `json:"schema"` // 1
	Pipeline     string           `json:"pipeline"`
	BusinessDate string           `json:"businessDate"`
	Outcome      contract.Outcome `json:"outcome"`
	JobID        string           `json:"jobId"`
	// JobStopTime decides which of two jobs is the newer one.
	JobStopTime string `json:"jobStopTime,omitempty"`
	Manifest    string `json:"manifest"`
	Result      string `json:"result"`
}

// HandOver writes what makes a tie-out one that happened: the review that asked for another one, then result.json; and
// for a run's last one its record and, if nothing newer is there, latest.json.
func (a *Activities) HandOver(ctx context.Context, p contract.HandOverParams) error {
	r := a.run(p.Scope)
	jobKey := contract.JobKey(p.Result.Job.ID)
	if err := r.putResult(ctx, jobKey, p); err != nil {
		return failed(ctx, "Writing the result", err)
	}
	r.sweep(ctx, r.Keys.TieOut(jobKey, p.TieOut, "")+"/")
	if p.Superseded {
		return nil
	}
	key, err := r.Key(p.Result.Manifest)
	if err != nil {
		return invalid(err.Error())
	}
	manifest, err := evidence.ReadManifest(ctx, r.Store, key)
	if err != nil {
		return failed(ctx, "Reading the manifest", err)
	}
	record := r.record()
	record.At, record.Outcome, record.Attempts = p.At.UTC(), p.Result.Outcome, p.Attempts
	record.JobID, record.JobKey, record.JobStopTime = p.Result.Job.ID, jobKey, p.Result.Job.StopTime
	record.Manifest, record.Result, record.Report, record.TieOut = p.Result.Manifest, p.Result.ResultURI, p.Result.Reports.JSON, p.TieOut
	record.Rows, record.Findings, record.Recovered = p.Result.Control.Records, &p.Result.Findings, p.Result.Recovered
	for _, file := range manifest.Files {
		if file.Header != nil && file.Header.Batch != "" {
			record.Batches = append(record.Batches, file.Header.Batch)
		}
	}
	if err := r.WriteRecord(ctx, record); err != nil {
		return failed(ctx, "Writing the run's record", err)
	}
	return failed(ctx, "Writing latest.json", r.pointLatest(ctx, p.At, latest{
		Schema: 1, Pipeline: p.Result.Pipeline, BusinessDate: p.Result.BusinessDate, Outcome: p.Result.Outcome,
		JobID: p.Result.Job.ID, JobStopTime: p.Result.Job.StopTime, Manifest: p.Result.Manifest, Result: p.Result.ResultURI,
	}))
}

// pointLatest moves latest.json on, unless it points at something newer: two runs may end at the same time.
func (r *run) pointLatest(ctx context.Context, at time.Time, next latest) error {
	now := time.Now()
	if at.After(now) { // the run's clock is Temporal's; an attempt that was long delayed goes by today's
		now = at
	}
	for range 10 {
		var there latest
		body, version, err := r.Store.GetVersion(ctx, r.Keys.Latest())
		switch {
		case errors.Is(err, bucket.ErrNotFound):
		case err != nil:
			return err
		default:
			if err := json.Unmarshal(body, &there); err != nil {
				return fmt.Errorf("reading %s: %w", r.URI(r.Keys.Latest()), err)
			}
		}
		if there.newerThan(next, now) {
			return nil
		}
		text, err := bucket.EncodeJSON(next)
		if err != nil {
			return err
		}
		if _, err = r.Store.PutIfMatch(ctx, r.Keys.Latest(), "application/json", text, version); !errors.Is(err, bucket.ErrChanged) {
			return err
		}
	}
	return fmt.Errorf("%s is being changed by others all the time", r.URI(r.Keys.Latest()))
}

// newerThan reports whether l is of a newer job than other: by when the jobs stopped, whatever the dates of the runs
// that took them up. The business dates decide only where Concur told no time.
func (l latest) newerThan(other latest, now time.Time) bool {
	mine, theirs := l.stopped(now), other.stopped(now)
	if mine.IsZero() || theirs.IsZero() {
		mine, theirs = l.date(now), other.date(now)
	}
	return mine.After(theirs)
}

// stopped returns when the job stopped, or the zero time where that is not known or cannot be.
func (l latest) stopped(now time.Time) time.Time { return possible(time.RFC3339, l.JobStopTime, now) }

// date returns the business date, or the zero time where it has not begun anywhere on earth.
func (l latest) date(now time.Time) time.Time { return possible(time.DateOnly, l.BusinessDate, now) }

// possible reads a time that clocks somewhere on earth can show now: a wrong one such as 2062 would stay the newest.
func possible(layout, text string, now time.Time) time.Time {
	const easternmost = 14 * time.Hour
	t, err := time.Parse(layout, text)
	if err != nil || t.After(now.UTC().Add(easternmost)) {
		return time.Time{}
	}
	return t
}
