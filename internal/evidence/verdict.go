package evidence

import (
	"context"
	"fmt"

	"tieout/internal/contract"
)

// Verdict is how a slot ended: the record that holds it, and whether its evidence is still there.
type Verdict struct {
	Record Record
	// Removed is true where the record names a result.json that is gone.
	Removed bool
}

// Verdict returns the verdict of a slot: that of the newest run of the slot or of its job, on the job's current landing.
// False means that the slot has none: nothing ran for it, every run failed, or the landing was made again since.
func (p Pipeline) Verdict(ctx context.Context, slot contract.Slot) (Verdict, bool, error) {
	records, err := p.Records(ctx, slot.Date)
	if err != nil {
		return Verdict{}, false, err
	}
	return p.VerdictOf(ctx, slot, records)
}

// VerdictOf is Verdict for a caller that has read the records of the slot's date, newest first.
func (p Pipeline) VerdictOf(ctx context.Context, slot contract.Slot, records []Record) (Verdict, bool, error) {
	for _, record := range records {
		if record.Slot != slot.Word() || record.Outcome == "" || record.Code != "" {
			continue
		}
		current, err := p.isCurrent(ctx, record)
		if err != nil {
			return Verdict{}, false, err
		}
		if !current {
			continue // the job was landed again
		}
		there, err := p.Store.Exists(ctx, p.Keys.Result(record.JobKey, record.TieOut))
		if err != nil {
			return Verdict{}, false, fmt.Errorf("looking for the result %s: %w", record.Result, err)
		}
		return Verdict{Record: record, Removed: !there}, true, nil
	}
	return Verdict{}, false, nil
}

// isCurrent reports whether a record is of the job's current landing. It is also true where the landing was removed with
// its evidence, because no newer landing exists.
func (p Pipeline) isCurrent(ctx context.Context, record Record) (bool, error) {
	_, current, err := p.Current(ctx, record.JobKey)
	if missing(err) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for the current landing of job %s: %w", record.JobKey, err)
	}
	return record.Manifest == p.Store.URI(current.Manifest()), nil
}
