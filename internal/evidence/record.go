package evidence

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tieout/internal/contract"
)

// Record is runs/<business date>/<run>.json: what a run did, for people and for those who pick results up.
type Record struct {
	Schema       int    `json:"schema"` // 1
	Pipeline     string `json:"pipeline"`
	BusinessDate string `json:"businessDate"`
	// Slot is what the run extracted; empty for the run of a job that no slot claimed, and for a tie-out by itself.
	Slot       string    `json:"slot,omitempty"`
	Namespace  string    `json:"namespace,omitempty"`
	WorkflowID string    `json:"workflowId"`
	RunID      string    `json:"runId"`
	At         time.Time `json:"at"`
	// Outcome is set for a run that reached a verdict, Code and Message for one that failed; both for one that failed
	// after it.
	Outcome contract.Outcome `json:"outcome,omitempty"`
	Code    string           `json:"code,omitempty"`
	Message string           `json:"message,omitempty"`
	// Attempts says what the run knew of the slot's attempts when it ended.
	Attempts *contract.Attempts `json:"attempts,omitempty"`
	// Stopped names the person who ended the run rather than let it start the job.
	Stopped *contract.Stopped `json:"stopped,omitempty"`

	JobID  string `json:"jobId,omitempty"`
	JobKey string `json:"jobKey,omitempty"`
	// JobStopTime puts the jobs in order, whenever they were tied out.
	JobStopTime string `json:"jobStopTime,omitempty"`
	Manifest    string `json:"manifest,omitempty"`
	Result      string `json:"result,omitempty"`
	Report      string `json:"report,omitempty"` // report.json
	TieOut      int    `json:"tieOut,omitempty"`
	// Rows counts those of the job's files: later runs are not compared with a run without rows.
	Rows     int64                     `json:"rows,omitempty"`
	Findings *contract.FindingsSummary `json:"findings,omitempty"`
	// Batches are the batch ids that the job's files declare.
	Batches   []string             `json:"batches,omitempty"`
	Recovered []contract.Recovered `json:"recovered,omitempty"`
}

// Of returns the slot of the run; none for the run of a job that no slot claimed.
func (r Record) Of() contract.Slot {
	slot, _ := contract.SlotOf(r.BusinessDate, r.Slot)
	return slot
}

// Records reads what the runs of a business date left, newest first.
func (p Pipeline) Records(ctx context.Context, date string) ([]Record, error) {
	objects, err := p.Store.List(ctx, p.Keys.Runs(date))
	if err != nil {
		return nil, fmt.Errorf("listing the runs of %s: %w", date, err)
	}
	var records []Record
	for _, object := range objects {
		if isIntent(object.Key) {
			continue
		}
		var record Record
		if err := p.Store.GetJSON(ctx, object.Key, &record); err != nil {
			if missing(err) {
				continue
			}
			return nil, fmt.Errorf("reading the run's record %s: %w", p.Store.URI(object.Key), err)
		}
		records = append(records, record)
	}
	slices.SortFunc(records, func(a, b Record) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.RunID, b.RunID)) })
	return records, nil
}

// Record reads what one run left; false where it left nothing.
func (p Pipeline) Record(ctx context.Context, date, runID string) (Record, bool, error) {
	var record Record
	err := p.Store.GetJSON(ctx, p.Keys.Run(date, runID), &record)
	if missing(err) {
		return Record{}, false, nil
	}
	if err != nil {
		return Record{}, false, fmt.Errorf("reading the record of run %s: %w", runID, err)
	}
	return record, true, nil
}

// WriteRecord writes a run's record; a run has one, and an attempt that is made again writes it again.
func (p Pipeline) WriteRecord(ctx context.Context, record Record) error {
	record.Schema, record.Pipeline = 1, p.Keys.Pipeline
	return p.Store.ReplaceJSON(ctx, p.Keys.Run(record.BusinessDate, record.RunID), record)
}
