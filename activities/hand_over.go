package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"tieout/internal/landing"
	"tieout/workflows"
)

// latest is latest.json: where the newest result of the pipeline lies.
type latest struct {
	Schema       int    `json:"schema"` // 1
	Pipeline     string `json:"pipeline"`
	BusinessDate string `json:"businessDate"`
	Outcome      string `json:"outcome"`
	JobID        string `json:"jobId"`
	// JobStopTime tells a newer job from one that was recovered.
	JobStopTime string `json:"jobStopTime,omitempty"`
	Manifest    string `json:"manifest"`
	Result      string `json:"result"`
}

// HandOver writes what makes a tie-out one that happened: the review that asked for another one, then result.json; and
// for a run's last one its record and, if nothing newer is there, latest.json.
func (a *Activities) HandOver(ctx context.Context, p workflows.HandOverParams) error {
	a = a.on(p.Scope)
	keys, jobKey := a.keys(p.Scope), landing.JobKey(p.Result.Job.ID)
	if err := a.putResult(ctx, keys, jobKey, p); err != nil {
		return failed(ctx, "Writing the result", err)
	}
	a.sweep(ctx, keys.TieOut(jobKey, p.TieOut, "")+"/")
	if p.Superseded {
		return nil
	}
	manifest, err := a.Store.ReadManifest(ctx, keys.Manifest(jobKey))
	if err != nil {
		return failed(ctx, "Reading the manifest", err)
	}
	record := runRecord{
		Schema: 1, Pipeline: p.Result.Pipeline, BusinessDate: p.Result.BusinessDate, WorkflowID: p.Scope.WorkflowID,
		RunID: p.Scope.RunID, At: p.At.UTC(), Outcome: p.Result.Outcome, JobID: p.Result.Job.ID, JobKey: jobKey, JobStopTime: p.Result.Job.StopTime,
		Manifest: p.Result.Manifest, Result: p.Result.ResultURI, Report: p.Result.Reports.JSON, TieOut: p.TieOut,
		Findings: &p.Result.Findings, Recovered: p.Result.Recovered, Settled: p.Scope.Settled,
	}
	for _, file := range manifest.Files {
		if file.Header != nil && file.Header.Batch != "" {
			record.Batches = append(record.Batches, file.Header.Batch)
		}
	}
	if err := a.putRecord(ctx, keys, record); err != nil {
		return failed(ctx, "Writing the run's record", err)
	}
	return failed(ctx, "Writing latest.json", a.pointLatest(ctx, keys, latest{
		Schema: 1, Pipeline: p.Result.Pipeline, BusinessDate: p.Result.BusinessDate, Outcome: p.Result.Outcome,
		JobID: p.Result.Job.ID, JobStopTime: p.Result.Job.StopTime, Manifest: p.Result.Manifest, Result: p.Result.ResultURI,
	}))
}

// putRecord writes a run's record; a run has one, and an attempt that is made again writes it again.
func (a *Activities) putRecord(ctx context.Context, keys landing.Keys, record runRecord) error {
	return a.Store.ReplaceJSON(ctx, keys.Run(record.BusinessDate, record.RunID), record)
}

// pointLatest moves latest.json on, unless it points at something newer: two runs may end at the same time.
func (a *Activities) pointLatest(ctx context.Context, keys landing.Keys, next latest) error {
	for range 10 {
		var there latest
		body, version, err := a.Store.GetVersion(ctx, keys.Latest())
		switch {
		case errors.Is(err, landing.ErrNotFound):
		case err != nil:
			return err
		default:
			if err := json.Unmarshal(body, &there); err != nil {
				return fmt.Errorf("reading %s: %w", a.Store.URI(keys.Latest()), err)
			}
		}
		// A job that recovery took up late is older than the last one, whatever the date of the run that took it up.
		older := next.JobStopTime != "" && there.JobStopTime > next.JobStopTime
		if there.BusinessDate > next.BusinessDate || older {
			return nil
		}
		text, err := landing.EncodeJSON(next)
		if err != nil {
			return err
		}
		if _, err = a.Store.PutIfMatch(ctx, keys.Latest(), "application/json", text, version); !errors.Is(err, landing.ErrChanged) {
			return err
		}
	}
	return fmt.Errorf("%s is being changed by others all the time", a.Store.URI(keys.Latest()))
}
