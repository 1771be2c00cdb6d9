package activities

import (
	"context"
	"errors"

	"tieout/internal/bucket"
	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// RecordRun writes the record of a run that failed, so that nobody has to search histories for it. A run that failed
// after its verdict (on_findings: fail, a next workflow that it waited for) keeps the verdict in its record.
func (a *Activities) RecordRun(ctx context.Context, p contract.RecordRunParams) error {
	r := a.run(p.Scope)
	verdict, _, err := r.Record(ctx, p.Scope.BusinessDate, p.Scope.RunID)
	if err != nil {
		return failed(ctx, "Looking for the run's verdict", err)
	}
	if verdict.Outcome != "" {
		verdict.Code, verdict.Message = p.Code, p.Message
		return failed(ctx, "Writing the run's record", r.WriteRecord(ctx, verdict))
	}
	record := r.record()
	record.At, record.Code, record.Message, record.JobID = p.At.UTC(), p.Code, p.Message, p.JobID
	record.Attempts, record.Stopped = p.Attempts, p.Stopped
	if p.JobID != "" {
		record.JobKey = contract.JobKey(p.JobID)
		switch _, landing, err := r.Current(ctx, record.JobKey); {
		case err == nil:
			record.Manifest = r.URI(landing.Manifest())
		case !errors.Is(err, bucket.ErrNotFound):
			return failed(ctx, "Looking for the job's manifest", err)
		}
	}
	return failed(ctx, "Writing the run's record", r.WriteRecord(ctx, record))
}

// record returns the record of a run before it says how the run ended.
func (r *run) record() evidence.Record {
	scope := r.scope
	return evidence.Record{BusinessDate: scope.BusinessDate, Slot: scope.Slot.Word(), Namespace: scope.Namespace,
		WorkflowID: scope.WorkflowID, RunID: scope.RunID}
}
