package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"tieout/internal/landing"
	"tieout/internal/reconcile"
	"tieout/workflows"
)

// runRecord is runs/<business date>/<run>.json: what a run did, for people and pickers-up.
type runRecord struct {
	Schema       int       `json:"schema"` // 1
	Pipeline     string    `json:"pipeline"`
	BusinessDate string    `json:"businessDate"`
	WorkflowID   string    `json:"workflowId"`
	RunID        string    `json:"runId"`
	At           time.Time `json:"at"`
	// Outcome is set for a run that reached a verdict, Code and Message for one that failed; both for one that failed after it.
	Outcome string `json:"outcome,omitempty"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// Unsettled is true for a run that ended before it knew what became of its start, Settled names the earlier runs
	// of the date whose open starts this one has settled.
	Unsettled bool     `json:"unsettled,omitempty"`
	Settled   []string `json:"settled,omitempty"`

	JobID  string `json:"jobId,omitempty"`
	JobKey string `json:"jobKey,omitempty"`
	// JobStopTime puts the jobs in order, whenever they were tied out.
	JobStopTime string `json:"jobStopTime,omitempty"`
	Manifest    string `json:"manifest,omitempty"`
	Result      string `json:"result,omitempty"`
	Report      string `json:"report,omitempty"` // report.json
	TieOut      int    `json:"tieOut,omitempty"`
	// Rows counts those of the job's files: a run without any is no comparison for later ones.
	Rows     int64                      `json:"rows,omitempty"`
	Findings *reconcile.FindingsSummary `json:"findings,omitempty"`
	// Batches are the batch ids that the job's files declare.
	Batches   []string              `json:"batches,omitempty"`
	Recovered []workflows.Recovered `json:"recovered,omitempty"`
}

// rememberedDates bounds how far back earlier runs are looked for.
const rememberedDates = 90

// earlierRuns reads the records of the pipeline's last runs that reached a verdict, newest first, leaving out those
// on one job: a tie-out is compared with the night before, not with itself.
func (a *Activities) earlierRuns(ctx context.Context, keys landing.Keys, exceptJob string) ([]runRecord, error) {
	dates, err := a.Store.ListPrefixes(ctx, keys.AllRuns())
	if err != nil {
		return nil, fmt.Errorf("listing the pipeline's runs: %w", err)
	}
	slices.Sort(dates)
	slices.Reverse(dates)
	var records []runRecord
	for i, date := range dates {
		if i == rememberedDates || len(records) >= reconcile.TrendRuns {
			break
		}
		found, err := a.runsOf(ctx, keys, path.Base(date))
		if err != nil {
			return nil, err
		}
		for _, record := range found {
			if record.Outcome != "" && record.JobKey != exceptJob {
				records = append(records, record)
			}
		}
	}
	return records[:min(len(records), reconcile.TrendRuns)], nil
}

// previousRun is the one on the last job before whose files had rows: not on one that recovery took up, or a person tied
// out again, since. Records come newest first; where nothing tells the jobs apart, the newest record is it.
func previousRun(records []runRecord, jobStopTime string) *runRecord {
	var previous *runRecord
	for i := range records {
		record := &records[i]
		if record.Rows == 0 || jobStopTime != "" && record.JobStopTime > jobStopTime {
			continue
		}
		if previous == nil || record.JobStopTime > previous.JobStopTime {
			previous = record
		}
	}
	return previous
}

// runsOf reads the records of one business date, newest first.
func (a *Activities) runsOf(ctx context.Context, keys landing.Keys, date string) ([]runRecord, error) {
	objects, err := a.Store.List(ctx, keys.Runs(date))
	if err != nil {
		return nil, fmt.Errorf("listing the runs of %s: %w", date, err)
	}
	var records []runRecord
	for _, object := range objects {
		if strings.Contains(path.Base(object.Key), ".intent-") {
			continue
		}
		var record runRecord
		if err := a.Store.GetJSON(ctx, object.Key, &record); err != nil {
			if errors.Is(err, landing.ErrNotFound) {
				continue
			}
			return nil, fmt.Errorf("reading the run's record %s: %w", a.Store.URI(object.Key), err)
		}
		records = append(records, record)
	}
	slices.SortFunc(records, func(a, b runRecord) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.RunID, b.RunID)) })
	return records, nil
}
