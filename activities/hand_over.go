package activities

import (
	"context"
	"time"

	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// HandOver completes a tie-out: it writes the review, if there is one, then result.json. For the last tie-out of a run it
// also writes the run's record and, unless something newer is there, latest.json.
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
	now := time.Now()
	if p.At.After(now) { // the run's clock is Temporal's; an attempt that was long delayed goes by today's
		now = p.At
	}
	return failed(ctx, "Writing latest.json", r.WriteLatest(ctx, now, evidence.Latest{
		Pipeline: p.Result.Pipeline, BusinessDate: p.Result.BusinessDate, Outcome: p.Result.Outcome,
		JobID: p.Result.Job.ID, JobStopTime: p.Result.Job.StopTime, Manifest: p.Result.Manifest, Result: p.Result.ResultURI,
	}))
}
