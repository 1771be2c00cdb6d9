package evidence

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/internal/bucket"
)

// Baseline is baseline.json: the jobs that had ended before the pipeline's first look at Concur's list, and when that was.
type Baseline struct {
	Schema   int       `json:"schema"` // 1
	Pipeline string    `json:"pipeline"`
	At       time.Time `json:"at"`
	JobIDs   []string  `json:"jobIds"`
	// OpenIDs are the jobs that the first look saw and that are to be landed all the same: they had not ended, or the
	// first run was to take them.
	OpenIDs []string `json:"openIds"`
	// Newest is when the newest job started that the first look saw; zero where it saw none.
	Newest time.Time `json:"newest,omitzero"`
}

// Baseline reads the pipeline's baseline; false where the pipeline has not looked at Concur's list yet.
func (p Pipeline) Baseline(ctx context.Context) (Baseline, bool, error) {
	var there Baseline
	err := p.Store.GetJSON(ctx, p.Keys.Baseline(), &there)
	if missing(err) {
		return Baseline{}, false, nil
	}
	if err != nil {
		return Baseline{}, false, fmt.Errorf("reading the pipeline's baseline: %w", err)
	}
	return there, true, nil
}

// WriteBaseline writes the baseline of a pipeline that has none; the first one that was written stays.
func (p Pipeline) WriteBaseline(ctx context.Context, first Baseline) error {
	exists, err := p.Store.Exists(ctx, p.Keys.Baseline())
	if err != nil || exists {
		return err
	}
	first.Schema, first.Pipeline, first.At = 1, p.Keys.Pipeline, first.At.UTC()
	first.JobIDs, first.OpenIDs = append([]string{}, first.JobIDs...), append([]string{}, first.OpenIDs...)
	err = p.Store.PutJSON(ctx, p.Keys.Baseline(), first)
	if _, ok := errors.AsType[*bucket.ConflictError](err); ok {
		return nil
	}
	return err
}
