package activities

import (
	"context"
	"fmt"
	"path"
	"slices"

	"tieout/internal/evidence"
	"tieout/internal/report"
)

// rememberedDates bounds how far back earlier runs are looked for.
const rememberedDates = 90

// earlierRuns reads the records of the pipeline's last runs that reached a verdict, newest first, without those
// of one job: a tie-out is compared with the night before, not with itself.
func (r *run) earlierRuns(ctx context.Context, exceptJob string) ([]evidence.Record, error) {
	dates, err := r.Store.ListPrefixes(ctx, r.Keys.AllRuns())
	if err != nil {
		return nil, fmt.Errorf("listing the pipeline's runs: %w", err)
	}
	slices.Sort(dates)
	slices.Reverse(dates)
	var records []evidence.Record
	for i, date := range dates {
		if i == rememberedDates || len(records) >= report.TrendRuns {
			break
		}
		found, err := r.Records(ctx, path.Base(date))
		if err != nil {
			return nil, err
		}
		for _, record := range found {
			if record.Outcome != "" && record.JobKey != exceptJob {
				records = append(records, record)
			}
		}
	}
	return records[:min(len(records), report.TrendRuns)], nil
}

// previousRun returns the record of the last earlier job whose files had rows, or nil. A later run on an older job, by
// recovery or by a person, does not count. Records come newest first, and among equals the newest is returned.
func previousRun(records []evidence.Record, jobStopTime string) *evidence.Record {
	var previous *evidence.Record
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
