package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tieout/internal/landing"
	"tieout/workflows"
)

// openIntent finds the starts for the run's business date whose outcome nobody knows, and gives the newest of them.
//
// An intent is open when its run is not on, and left no record (its history was lost, or it was terminated) or a record
// that says so, and no later run has settled it. The run's own intents are open too: it has not started anything yet,
// so they are from before a reset.
func (a *Activities) openIntent(ctx context.Context, scope workflows.Scope) (*workflows.OpenIntent, error) {
	starts, err := a.startsOf(ctx, scope)
	if err != nil || len(starts) == 0 {
		return nil, err
	}
	records, err := a.runsOf(ctx, a.keys(scope), scope.BusinessDate)
	if err != nil {
		return nil, err
	}
	var closed []string
	for _, record := range records {
		closed = append(closed, record.Settled...)
		if !record.Unsettled {
			closed = append(closed, record.RunID)
		}
	}
	var newest *workflows.OpenIntent
	var others []string
	for _, start := range starts {
		if own := start.RunID == scope.RunID; !own {
			if slices.Contains(closed, start.RunID) {
				continue
			}
			if on, err := a.Runs.IsOn(ctx, start.WorkflowID, start.RunID); err != nil || on {
				if err != nil {
					return nil, err
				}
				continue // it settles its start itself
			}
			others = append(others, start.RunID)
		}
		if newest == nil || start.At.After(newest.At) {
			newest = &workflows.OpenIntent{RunID: start.RunID, JobIDs: start.JobIDs, At: start.At, Attempts: start.Attempt}
		}
	}
	if newest != nil {
		newest.Runs = others
	}
	return newest, nil
}

// startsOf merges the intents of each run of the date into one: the jobs from before its first attempt, since all its
// starts came after them, and the number and time of its last. Runs that fenced every attempt sent nothing.
func (a *Activities) startsOf(ctx context.Context, scope workflows.Scope) ([]intent, error) {
	prefix := a.keys(scope).Runs(scope.BusinessDate)
	objects, err := a.Store.List(ctx, prefix)
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", a.Store.URI(prefix), err)
	}
	var intents []intent
	for _, object := range objects {
		if !strings.Contains(strings.TrimPrefix(object.Key, prefix), ".intent-") {
			continue
		}
		var found intent
		if err := a.Store.GetJSON(ctx, object.Key, &found); err != nil {
			if errors.Is(err, landing.ErrNotFound) {
				continue
			}
			return nil, fmt.Errorf("reading the intent %s: %w", a.Store.URI(object.Key), err)
		}
		if !found.Fenced {
			intents = append(intents, found)
		}
	}
	slices.SortFunc(intents, func(a, b intent) int { return a.At.Compare(b.At) })
	var starts []intent
	for _, found := range intents {
		i := slices.IndexFunc(starts, func(there intent) bool { return there.RunID == found.RunID })
		if i < 0 {
			starts = append(starts, found)
			continue
		}
		starts[i].At, starts[i].Attempt = found.At, max(starts[i].Attempt, found.Attempt)
	}
	return starts, nil
}
