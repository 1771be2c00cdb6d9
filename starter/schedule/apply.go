package schedule

import (
	"context"
	"fmt"
	"strings"

	"go.temporal.io/sdk/client"

	"tieout/internal/contract"
	"tieout/internal/runs"
)

// Existing asks Temporal for the schedules of tieout. Those that are wanted are described, the others are only named,
// with a zero value.
func Existing(ctx context.Context, c client.ScheduleClient, wanted map[string]client.ScheduleOptions) (map[string]client.Schedule, error) {
	existing := map[string]client.Schedule{}
	entries, err := c.List(ctx, client.ScheduleListOptions{PageSize: 200})
	if err != nil {
		return nil, fmt.Errorf("listing Temporal's schedules: %w", err)
	}
	for entries.HasNext() {
		entry, err := entries.Next()
		if err != nil {
			return nil, fmt.Errorf("listing Temporal's schedules: %w", err)
		}
		if isOurs(entry.ID, entry.WorkflowType.Name) {
			existing[entry.ID] = client.Schedule{}
		}
	}
	for id := range wanted { // the list lags behind, so that those wanted are asked for by their ids
		described, err := c.GetHandle(ctx, id).Describe(ctx)
		if runs.IsNotFound(err) {
			delete(existing, id)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("asking for the schedule %s: %w", id, err)
		}
		existing[id] = described.Schedule
	}
	return existing, nil
}

// isOurs reports whether a schedule is one that tieout makes.
func isOurs(id, workflowType string) bool {
	return strings.HasPrefix(id, ID("")) && workflowType == contract.TypeConcurExtract ||
		strings.HasPrefix(id, DueID("")) && workflowType == contract.TypeDueCheck
}

// Apply takes the step at Temporal. Want are the options of a schedule that is created or updated.
func (s Step) Apply(ctx context.Context, c client.ScheduleClient, want client.ScheduleOptions) error {
	var err error
	switch s.Do {
	case Create:
		_, err = c.Create(ctx, want)
	case Remove:
		if err = c.GetHandle(ctx, s.ID).Delete(ctx); runs.IsNotFound(err) {
			err = nil // the list lags behind
		}
	case Update:
		err = c.GetHandle(ctx, s.ID).Update(ctx, client.ScheduleUpdateOptions{
			DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
				schedule := in.Description.Schedule // with its state: people pause schedules and write notes
				schedule.Spec, schedule.Action = &want.Spec, want.Action
				schedule.Policy = &client.SchedulePolicies{Overlap: want.Overlap, CatchupWindow: want.CatchupWindow, PauseOnFailure: want.PauseOnFailure}
				return &client.ScheduleUpdate{Schedule: &schedule}, nil
			}})
	}
	if err != nil {
		return fmt.Errorf("%s of the schedule %s: %w", s.Do, s.ID, err)
	}
	return nil
}

// Delete removes the schedules of a pipeline, that of its runs and that of its due time, and returns their ids. Runs
// that they have started go on.
func Delete(ctx context.Context, c client.ScheduleClient, pipeline string) (removed []string, err error) {
	for _, id := range []string{ID(pipeline), DueID(pipeline)} {
		err := c.GetHandle(ctx, id).Delete(ctx)
		if runs.IsNotFound(err) {
			continue
		}
		if err != nil {
			return removed, fmt.Errorf("removing the schedule %s: %w", id, err)
		}
		removed = append(removed, id)
	}
	return removed, nil
}
