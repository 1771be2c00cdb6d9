package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tieout/internal/landing"
	"tieout/workflows"
)

// Zone is the time zone of a pipeline, nil for one that is not configured.
func (a *Activities) Zone(pipeline string) *time.Location {
	settings, err := a.Config.Pipeline(pipeline)
	if err != nil {
		return nil
	}
	zone, err := settings.Location()
	if err != nil {
		return nil // a run under it says what is wrong
	}
	return zone
}

// Verdict is the result of the date's last run that reached a verdict and did not fail for it; nil where there is
// none. The records in S3 know it for longer than Temporal knows the run, and under whatever id it ran.
func (a *Activities) Verdict(ctx context.Context, pipeline, businessDate string) (*workflows.ExtractResult, error) {
	keys := landing.Keys{Prefix: a.Config.Storage.Prefix, Pipeline: pipeline}
	records, err := a.runsOf(ctx, keys, businessDate)
	if err != nil {
		return nil, err
	}
	for _, record := range records {
		if record.Outcome == "" || record.Code != "" || !record.ownJob() {
			continue
		}
		var result workflows.ExtractResult
		err := a.Store.GetJSON(ctx, keys.Result(record.JobKey, record.TieOut), &result)
		if errors.Is(err, landing.ErrNotFound) {
			continue // the bucket's rules have removed it
		}
		if err != nil {
			return nil, fmt.Errorf("reading the result %s: %w", record.Result, err)
		}
		return &result, nil
	}
	return nil, nil
}

// ownJob tells a run on the date's own job from one that took up a left-over job, and from a tie-out by itself.
func (r runRecord) ownJob() bool {
	return !strings.Contains(r.WorkflowID, "/job/") && !strings.Contains(r.WorkflowID, "/reconcile/")
}
