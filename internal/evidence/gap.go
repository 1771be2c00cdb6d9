package evidence

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"time"

	"tieout/internal/bucket"
	"tieout/internal/contract"
)

// Gap is gaps/<job key>.json: jobs may have completed between two times that nobody can name any more. It stays, so that
// each later look finds the gap although the job that it lies before has been landed meanwhile.
type Gap struct {
	Schema   int    `json:"schema"` // 1
	Pipeline string `json:"pipeline"`
	contract.Gap
	// JobID is the oldest job that Concur listed, which nobody had met.
	JobID string `json:"jobId"`
	// RunID is the run that found the gap and tells people.
	RunID string    `json:"runId"`
	At    time.Time `json:"at"`
}

// rememberedDates bounds how far back the newest job before a gap is looked for.
const rememberedDates = 90

// Gaps returns the gaps that lie before the completed jobs of a full list, which come oldest first: those that were found
// before, the newest first, and ahead of them the one before the oldest job if the pipeline has never met that one.
// Else no job was pushed out of the list unseen.
func (p Pipeline) Gaps(ctx context.Context, horizon Horizon, listed []Seen) ([]Gap, error) {
	gaps, err := p.gapsThere(ctx, listed)
	if err != nil {
		return nil, err
	}
	oldest := listed[0]
	told := func(gap Gap) bool { return gap.JobID == oldest.ID }
	if horizon.Knows(oldest.CompletedJob, oldest.Trace) || slices.ContainsFunc(gaps, told) {
		return gaps, nil
	}
	after, err := p.lastKnown(ctx, oldest.Start)
	if err != nil {
		return nil, err
	}
	if at := horizon.Baseline.At; after.Before(at) && at.Before(oldest.Start) {
		after = at
	}
	found := Gap{Schema: 1, Pipeline: p.Keys.Pipeline, JobID: oldest.ID, Gap: contract.Gap{Before: stamp(oldest.Start)}}
	if !after.IsZero() {
		found.After = stamp(after)
	}
	return append([]Gap{found}, gaps...), nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// lastKnown returns when the newest job ended that a run has brought to a verdict and that ended before a time.
func (p Pipeline) lastKnown(ctx context.Context, before time.Time) (newest time.Time, err error) {
	dates, err := p.Store.ListPrefixes(ctx, p.Keys.AllRuns())
	if err != nil {
		return newest, fmt.Errorf("listing the pipeline's runs: %w", err)
	}
	slices.Sort(dates)
	slices.Reverse(dates)
	for _, date := range dates[:min(len(dates), rememberedDates)] {
		records, err := p.Records(ctx, path.Base(date))
		if err != nil {
			return newest, err
		}
		for _, record := range records {
			stop, err := time.Parse(time.RFC3339, record.JobStopTime)
			if err == nil && stop.Before(before) && stop.After(newest) {
				newest = stop
			}
		}
		if !newest.IsZero() {
			break
		}
	}
	return newest, nil
}

// WriteGap keeps a gap and returns the one that is kept: the run that found it first is the one that tells people.
func (p Pipeline) WriteGap(ctx context.Context, gap Gap) (Gap, error) {
	key := p.Keys.Gap(contract.JobKey(gap.JobID))
	err := p.Store.PutJSON(ctx, key, gap)
	if _, ok := errors.AsType[*bucket.ConflictError](err); ok {
		err = p.Store.GetJSON(ctx, key, &gap)
	}
	if err != nil {
		return gap, fmt.Errorf("keeping the gap %s: %w", p.Store.URI(key), err)
	}
	return gap, nil
}

// gapsThere reads the gaps that were found before.
func (p Pipeline) gapsThere(ctx context.Context, listed []Seen) ([]Gap, error) {
	objects, err := p.Store.List(ctx, p.Keys.Gaps())
	if err != nil {
		return nil, fmt.Errorf("listing the pipeline's gaps: %w", err)
	}
	var gaps []Gap
	for _, object := range objects {
		before := func(job Seen) bool { return p.Keys.Gap(contract.JobKey(job.ID)) == object.Key }
		if !slices.ContainsFunc(listed, before) {
			continue
		}
		var gap Gap
		if err := p.Store.GetJSON(ctx, object.Key, &gap); err != nil {
			return nil, fmt.Errorf("reading the gap %s: %w", p.Store.URI(object.Key), err)
		}
		gaps = append(gaps, gap)
	}
	slices.SortFunc(gaps, func(a, b Gap) int { return b.At.Compare(a.At) })
	return gaps, nil
}
