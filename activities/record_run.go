package activities

import (
	"context"
	"errors"

	"tieout/internal/landing"
	"tieout/workflows"
)

// RecordRun leaves the record of a run that failed: nobody has to search histories for it. One that failed after its
// verdict (on_findings: fail, a next workflow that it waited for) keeps the verdict in its record.
func (a *Activities) RecordRun(ctx context.Context, p workflows.RecordRunParams) error {
	a = a.on(p.Scope)
	keys := a.keys(p.Scope)
	record := runRecord{
		Schema: 1, Pipeline: p.Scope.Settings.Name, BusinessDate: p.Scope.BusinessDate, WorkflowID: p.Scope.WorkflowID,
		RunID: p.Scope.RunID, At: p.At.UTC(), Code: p.Code, Message: p.Message, JobID: p.JobID,
		Unsettled: p.Unsettled, Settled: p.Scope.Settled,
	}
	var verdict runRecord
	err := a.Store.GetJSON(ctx, keys.Run(p.Scope.BusinessDate, p.Scope.RunID), &verdict)
	if err != nil && !errors.Is(err, landing.ErrNotFound) {
		return failed(ctx, "Looking for the run's verdict", err)
	}
	if verdict.Outcome != "" {
		verdict.Code, verdict.Message = p.Code, p.Message
		return failed(ctx, "Writing the run's record", a.putRecord(ctx, keys, verdict))
	}
	if p.JobID != "" {
		record.JobKey = landing.JobKey(p.JobID)
		switch _, place, err := a.Store.Current(ctx, keys, record.JobKey); {
		case err == nil:
			record.Manifest = a.Store.URI(place.Manifest())
		case !errors.Is(err, landing.ErrNotFound):
			return failed(ctx, "Looking for the job's manifest", err)
		}
	}
	return failed(ctx, "Writing the run's record", a.putRecord(ctx, keys, record))
}
