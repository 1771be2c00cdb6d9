package activities

import (
	"context"

	"tieout/internal/landing"
	"tieout/workflows"
)

// RecordRun leaves the record of a run that ended without a verdict: nobody has to search histories for it.
func (a *Activities) RecordRun(ctx context.Context, p workflows.RecordRunParams) error {
	keys := a.keys(p.Scope)
	record := runRecord{
		Schema: 1, Pipeline: p.Scope.Settings.Name, BusinessDate: p.Scope.BusinessDate, WorkflowID: p.Scope.WorkflowID,
		RunID: p.Scope.RunID, At: p.At.UTC(), Code: p.Code, Message: p.Message, JobID: p.JobID,
		Unsettled: p.Unsettled, Settled: p.Scope.Settled,
	}
	if p.JobID != "" {
		record.JobKey = landing.JobKey(p.JobID)
		landed, err := a.Store.Exists(ctx, keys.Manifest(record.JobKey))
		if err != nil {
			return failed(ctx, "Looking for the job's manifest", err)
		}
		if landed {
			record.Manifest = a.Store.URI(keys.Manifest(record.JobKey))
		}
	}
	return failed(ctx, "Writing the run's record", a.putRecord(ctx, keys, record))
}
