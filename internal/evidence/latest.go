package evidence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tieout/internal/bucket"
	"tieout/internal/contract"
)

// Latest is latest.json: it points at the newest result of the pipeline.
type Latest struct {
	Schema       int              `json:"schema"` // 1
	Pipeline     string           `json:"pipeline"`
	BusinessDate string           `json:"businessDate"`
	Outcome      contract.Outcome `json:"outcome"`
	JobID        string           `json:"jobId"`
	// JobStopTime decides which of two jobs is the newer one.
	JobStopTime string `json:"jobStopTime,omitempty"`
	Manifest    string `json:"manifest"`
	Result      string `json:"result"`
}

// Latest reads latest.json. It returns bucket.ErrNotFound where the pipeline has no result yet.
func (p Pipeline) Latest(ctx context.Context) (Latest, error) {
	var latest Latest
	err := p.Store.GetJSON(ctx, p.Keys.Latest(), &latest)
	return latest, err
}

// WriteLatest points latest.json at a result, unless it points at something newer: two runs may end at the same time.
// A job that stopped after now counts as one without a time.
func (p Pipeline) WriteLatest(ctx context.Context, now time.Time, next Latest) error {
	next.Schema = 1
	text, err := bucket.EncodeJSON(next)
	if err != nil {
		return err
	}
	key := p.Keys.Latest()
	for range 10 {
		var there Latest
		body, version, err := p.Store.GetVersion(ctx, key)
		switch {
		case missing(err):
		case err != nil:
			return err
		default:
			if err := json.Unmarshal(body, &there); err != nil {
				return fmt.Errorf("reading %s: %w", p.URI(key), err)
			}
		}
		if there.newerThan(next, now) {
			return nil
		}
		if _, err = p.Store.PutIfMatch(ctx, key, "application/json", text, version); !errors.Is(err, bucket.ErrChanged) {
			return err
		}
	}
	return fmt.Errorf("%s is being changed by others all the time", p.URI(key))
}

// newerThan reports whether l is of a newer job than other: by when the jobs stopped, whatever the dates of the runs
// that took them up. The business dates decide only where Concur gave no time.
func (l Latest) newerThan(other Latest, now time.Time) bool {
	mine, theirs := l.stopped(now), other.stopped(now)
	if mine.IsZero() || theirs.IsZero() {
		mine, theirs = l.date(now), other.date(now)
	}
	return mine.After(theirs)
}

// stopped returns when the job stopped, or the zero time where that is not known or cannot be.
func (l Latest) stopped(now time.Time) time.Time { return possible(time.RFC3339, l.JobStopTime, now) }

// date returns the business date, or the zero time where it has not begun anywhere on earth.
func (l Latest) date(now time.Time) time.Time { return possible(time.DateOnly, l.BusinessDate, now) }

// possible reads a time that clocks somewhere on earth can show now: a wrong one such as 2062 would stay the newest.
func possible(layout, text string, now time.Time) time.Time {
	const easternmost = 14 * time.Hour
	t, err := time.Parse(layout, text)
	if err != nil || t.After(now.UTC().Add(easternmost)) {
		return time.Time{}
	}
	return t
}
