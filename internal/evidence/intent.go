package evidence

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tieout/internal/bucket"
)

// Intent is runs/<date>/<slot>.intent-<n>.json, written before the POST of attempt n of a slot. It is never replaced, so
// each number belongs to one run for good, and whoever comes later knows that this attempt may have reached Concur.
type Intent struct {
	Schema       int    `json:"schema"` // 1
	Pipeline     string `json:"pipeline"`
	BusinessDate string `json:"businessDate"`
	Slot         string `json:"slot"`
	Attempt      int    `json:"attempt"`
	Namespace    string `json:"namespace"`
	WorkflowID   string `json:"workflowId"`
	RunID        string `json:"runId"`
	Definition   string `json:"definition"`
	// JobIDs are the jobs that Concur listed before the run's first attempt.
	JobIDs []string  `json:"jobIds"`
	At     time.Time `json:"at"`
	// Nonce tells one execution of the attempt from another, which must not take the note for its own.
	Nonce string `json:"nonce"`
	// Fenced is true for an attempt that its run gave up before it was made: no POST follows it.
	Fenced bool `json:"fenced,omitempty"`
}

// WriteIntent declares an attempt. It returns a *bucket.ConflictError where the number is taken.
func (p Pipeline) WriteIntent(ctx context.Context, intent Intent) error {
	intent.Schema, intent.Pipeline = 1, p.Keys.Pipeline
	return p.Store.PutJSON(ctx, p.Keys.Intent(intent.BusinessDate, intent.Slot, intent.Attempt), intent)
}

// Intent reads the note of one attempt.
func (p Pipeline) Intent(ctx context.Context, date, slot string, attempt int) (Intent, error) {
	var there Intent
	err := p.Store.GetJSON(ctx, p.Keys.Intent(date, slot, attempt), &there)
	return there, err
}

// Intents reads the attempts of a slot in the order of their numbers.
func (p Pipeline) Intents(ctx context.Context, date, slot string) ([]Intent, error) {
	prefix := p.Keys.Intents(date, slot)
	objects, err := p.Store.List(ctx, prefix)
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", p.Store.URI(prefix), err)
	}
	var intents []Intent
	for _, object := range objects {
		var found Intent
		if err := p.Store.GetJSON(ctx, object.Key, &found); err != nil {
			return nil, fmt.Errorf("reading the intent %s: %w", p.Store.URI(object.Key), err)
		}
		intents = append(intents, found)
	}
	slices.SortFunc(intents, func(a, b Intent) int { return cmp.Compare(a.Attempt, b.Attempt) })
	return intents, nil
}

// LastAttempt returns the highest number that an attempt of the slot has, from the names of the notes alone.
func (p Pipeline) LastAttempt(ctx context.Context, date, slot string) (int, error) {
	prefix := p.Keys.Intents(date, slot)
	objects, err := p.Store.List(ctx, prefix)
	if err != nil {
		return 0, fmt.Errorf("listing %s: %w", p.Store.URI(prefix), err)
	}
	last := 0
	for _, object := range objects {
		var number int
		if _, err := fmt.Sscanf(strings.TrimPrefix(object.Key, prefix), "%d.json", &number); err != nil {
			return 0, fmt.Errorf("%s is named like the note of an attempt and is none: remove it", p.Store.URI(object.Key))
		}
		last = max(last, number)
	}
	return last, nil
}

// isIntent reports whether a key below the runs of a date is the note of an attempt.
func isIntent(key string) bool { return strings.Contains(key, ".intent-") }

// missing reports whether an object is not there.
func missing(err error) bool { return errors.Is(err, bucket.ErrNotFound) }
