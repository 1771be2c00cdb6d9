package evidence

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/internal/landing"
)

// Baseline is baseline.json: the jobs that had ended before the pipeline's first look at Concur's list, and when that was.
type Baseline struct {
	Schema   int       `json:"schema"` // 1
	Pipeline string    `json:"pipeline"`
	At       time.Time `json:"at"`
	JobIDs   []string  `json:"jobIds"`
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
func (p Pipeline) WriteBaseline(ctx context.Context, at time.Time, jobIDs []string) error {
	exists, err := p.Store.Exists(ctx, p.Keys.Baseline())
	if err != nil || exists {
		return err
	}
	err = p.Store.PutJSON(ctx, p.Keys.Baseline(), Baseline{Schema: 1, Pipeline: p.Keys.Pipeline, At: at.UTC(), JobIDs: append([]string{}, jobIDs...)})
	var conflict *landing.ConflictError
	if errors.As(err, &conflict) {
		return nil
	}
	return err
}
