package activities

import (
	"context"
	"fmt"
	"time"

	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// Slot returns the slot that a business date names, by the schedule of the pipeline.
func (a *Activities) Slot(pipeline, businessDate string) (contract.Slot, error) {
	settings, err := a.Config.Pipeline(pipeline)
	if err != nil {
		return contract.Slot{}, err
	}
	zone, err := settings.Location()
	if err != nil {
		return contract.Slot{}, err
	}
	slot, err := slotOf(settings, businessDate, contract.Slot{}, a.now().In(zone))
	if err == nil {
		err = a.begun(slot)
	}
	return slot, err
}

// Verdict returns the result that a slot has come to, with its time as Answered, or nil. It reads the configured
// storage, which keeps the verdict for longer than Temporal keeps the run, and whatever namespace the run was in.
func (a *Activities) Verdict(ctx context.Context, pipeline string, slot contract.Slot) (*contract.ExtractResult, error) {
	return verdict(ctx, a.Evidence.Of(a.storage(), pipeline), slot)
}

// verdict is Verdict for the documents of a pipeline.
func verdict(ctx context.Context, documents evidence.Pipeline, slot contract.Slot) (*contract.ExtractResult, error) {
	records, err := documents.Records(ctx, slot.Date)
	if err != nil {
		return nil, err
	}
	return verdictOf(ctx, documents, slot, records)
}

// verdictOf is verdict for a caller that has read the records of the slot's date. An outcome whose evidence is gone is an
// error, because no new job may replace it unless somebody asks.
func verdictOf(ctx context.Context, documents evidence.Pipeline, slot contract.Slot, records []evidence.Record) (*contract.ExtractResult, error) {
	verdict, ok, err := documents.VerdictOf(ctx, slot, records)
	if err != nil || !ok {
		return nil, err
	}
	if verdict.Removed {
		return nil, invalid(fmt.Sprintf("%s of %s was extracted already (%s at %s), and its evidence %s has been removed. For a further extract use `tieout run %s --date %s --again`.",
			documents.Keys.Pipeline, slot, verdict.Record.Outcome, verdict.Record.At.UTC().Format(time.RFC3339), verdict.Record.Result, documents.Keys.Pipeline, slot.First()))
	}
	result, err := documents.Result(ctx, documents.Keys.Result(verdict.Record.JobKey, verdict.Record.TieOut))
	if err != nil {
		return nil, fmt.Errorf("reading the result %s: %w", verdict.Record.Result, err)
	}
	result.Answered = verdict.Record.At.UTC().Format(time.RFC3339)
	return &result.ExtractResult, nil
}
