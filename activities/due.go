package activities

import (
	"context"
	"fmt"
	"time"

	"tieout/internal/landing"
	"tieout/workflows"
)

// PlanDue says by when the run that is scheduled at a time has to be done: at the first `due` after it, in the
// pipeline's zone. A run at 22:00 that is due at 07:00 is due the next morning, and keeps its own business date.
func (a *Activities) PlanDue(_ context.Context, p workflows.DueParams) (workflows.DuePlan, error) {
	settings, err := a.Config.Pipeline(p.Pipeline)
	if err != nil {
		return workflows.DuePlan{}, invalid(err.Error() + ". `starter schedule apply --prune` removes the check")
	}
	clock, err := time.Parse("15:04", settings.Due)
	if err != nil {
		return workflows.DuePlan{}, invalid(fmt.Sprintf("Pipeline %s has no due time any more. `starter schedule apply --prune` removes the check.", settings.Name))
	}
	zone, err := settings.Location()
	if err != nil {
		return workflows.DuePlan{}, invalid(fmt.Sprintf("Time zone of pipeline %s: %v", settings.Name, err))
	}
	at := p.At.In(zone)
	on := func(day int) time.Time {
		return time.Date(at.Year(), at.Month(), day, clock.Hour(), clock.Minute(), 0, 0, zone)
	}
	due := on(at.Day())
	if !due.After(at) {
		due = on(at.Day() + 1)
	}
	return workflows.DuePlan{
		BusinessDate: at.Format(time.DateOnly), Due: due.UTC(),
		Clock:     fmt.Sprintf("%s on %s, %s", due.Format("15:04"), due.Format(time.DateOnly), zone),
		Scheduled: workflows.ScheduledID(settings.Name, p.At), Targets: noticeTargets(settings),
	}, nil
}

// CheckDue tells whether a run of the business date reached a verdict in time: any outcome is one, findings and a
// rejection too, for people know then. A run that waits for its review has none yet, and the run of a job that an
// earlier night left over is not tonight's, nor is a tie-out that a person asked for again.
func (a *Activities) CheckDue(ctx context.Context, p workflows.CheckDueParams) (workflows.DueResult, error) {
	keys := landing.Keys{Prefix: a.Config.Storage.Prefix, Pipeline: p.Pipeline}
	records, err := a.runsOf(ctx, keys, p.BusinessDate)
	if err != nil {
		return workflows.DueResult{}, failed(ctx, "Looking for the runs of "+p.BusinessDate, err)
	}
	extractID := workflows.ExtractID(p.Pipeline, p.BusinessDate)
	var late, broken *runRecord
	for i, record := range records { // the newest first
		switch {
		case !record.ownJob():
		case record.Outcome != "" && !record.At.After(p.Due):
			return workflows.DueResult{BusinessDate: p.BusinessDate,
				Message: fmt.Sprintf("In time: %s of %s reached the verdict %s by %s.", p.Pipeline, p.BusinessDate, record.Outcome, p.Clock)}, nil
		case record.Outcome != "":
			late = &records[i]
		case broken == nil:
			broken = &records[i]
		}
	}
	why, err := a.whyLate(ctx, []string{extractID, p.Scheduled}, late, broken)
	if err != nil {
		return workflows.DueResult{}, failed(ctx, "Looking at the run of "+p.BusinessDate, err)
	}
	return workflows.DueResult{BusinessDate: p.BusinessDate, Late: true,
		Message: fmt.Sprintf("No run of %s for %s reached a verdict by %s. %s", p.Pipeline, p.BusinessDate, p.Clock, why)}, nil
}

// whyLate says what there is instead of a verdict in time, and what to do now. A run that is on has one of the ids:
// the one that people give, or the schedule's.
func (a *Activities) whyLate(ctx context.Context, ids []string, late, broken *runRecord) (string, error) {
	if late != nil {
		return fmt.Sprintf("One did at %s: %s.", late.At.UTC().Format(time.RFC3339), late.Outcome), nil
	}
	for _, id := range ids {
		if id == "" {
			continue
		}
		on, err := a.Runs.IsOn(ctx, id, "")
		if err != nil {
			return "", err
		}
		if on {
			return fmt.Sprintf("The run %s is still on: its details say what it waits for.", id), nil
		}
	}
	if broken != nil {
		return fmt.Sprintf("The last one failed at %s with %s: %s", broken.At.UTC().Format(time.RFC3339), broken.Code, broken.Message), nil
	}
	return "None was started, or none left a record: see whether the schedule is paused and a worker runs, then start it.", nil
}
