package activities

import (
	"context"
	"fmt"
	"time"

	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// PlanDue returns by when a scheduled run has to be done: at the first `due` after its schedule's time, in the pipeline's
// zone. A run at 22:00 that is due at 07:00 is due the next morning, and keeps its own business date.
func (a *Activities) PlanDue(_ context.Context, p contract.DueParams) (contract.DuePlan, error) {
	settings, err := a.Config.Pipeline(p.Pipeline)
	if err != nil {
		return contract.DuePlan{}, invalid(err.Error() + ". `tieout schedule apply --prune` removes the check")
	}
	clock, err := time.Parse("15:04", settings.Due)
	if err != nil {
		return contract.DuePlan{}, invalid(fmt.Sprintf("Pipeline %s has no due time any more. `tieout schedule apply --prune` removes the check.", settings.Name))
	}
	zone, err := settings.Location()
	if err != nil {
		return contract.DuePlan{}, invalid(fmt.Sprintf("Time zone of pipeline %s: %v", settings.Name, err))
	}
	at := p.At.In(zone)
	slot, err := slotOf(settings, "", contract.Slot{}, at)
	if err != nil {
		return contract.DuePlan{}, err
	}
	on := func(day int) time.Time {
		return time.Date(at.Year(), at.Month(), day, clock.Hour(), clock.Minute(), 0, 0, zone)
	}
	due := on(at.Day())
	if !due.After(at) {
		due = on(at.Day() + 1)
	}
	return contract.DuePlan{
		BusinessDate: slot.Date, Slot: slot, Due: due.UTC(), At: p.At.UTC(),
		Clock:   fmt.Sprintf("%s on %s, %s", due.Format("15:04"), due.Format(time.DateOnly), zone),
		Targets: noticeTargets(settings),
	}, nil
}

// CheckDue reports whether the run of a slot reached a verdict in time. Any outcome is a verdict, findings and a
// rejection too; a run that waits for its review has none yet. A verdict from before the schedule's time is reported as
// well, because what was approved since then is in no extract of the date.
func (a *Activities) CheckDue(ctx context.Context, p contract.CheckDueParams) (contract.DueResult, error) {
	records, err := a.Evidence.Of(a.storage(), p.Pipeline).Records(ctx, p.Slot.Date)
	if err != nil {
		return contract.DueResult{}, failed(ctx, "Looking for the runs of "+p.Slot.String(), err)
	}
	result := contract.DueResult{BusinessDate: p.Slot.Date}
	var late, broken *evidence.Record
	for i, record := range records { // the newest first
		switch {
		case record.Slot != p.Slot.Word():
		case record.Outcome != "" && record.At.Before(p.At):
			result.Late = true
			result.Message = fmt.Sprintf("%s of %s reached the verdict %s at %s, before its schedule's time, which was answered with it. What was approved since then is in no extract of the date: `tieout run %s --date %s --again` makes a further one.",
				p.Pipeline, p.Slot, record.Outcome, record.At.UTC().Format(time.RFC3339), p.Pipeline, p.Slot)
			return result, nil
		case record.Outcome != "" && !record.At.After(p.Due):
			result.Message = fmt.Sprintf("In time: %s of %s reached the verdict %s by %s.", p.Pipeline, p.Slot, record.Outcome, p.Clock)
			return result, nil
		case record.Outcome != "":
			late = &records[i]
		case broken == nil:
			broken = &records[i]
		}
	}
	why, err := a.whyLate(ctx, contract.Run{Pipeline: p.Pipeline, Slot: p.Slot}.ID(), late, broken)
	if err != nil {
		return contract.DueResult{}, failed(ctx, "Looking at the run of "+p.Slot.String(), err)
	}
	result.Late = true
	result.Message = fmt.Sprintf("No run of %s for %s reached a verdict by %s. %s", p.Pipeline, p.Slot, p.Clock, why)
	return result, nil
}

// whyLate says what there is instead of a verdict in time, and what to do now.
func (a *Activities) whyLate(ctx context.Context, run string, late, broken *evidence.Record) (string, error) {
	if late != nil {
		return fmt.Sprintf("One did at %s: %s.", late.At.UTC().Format(time.RFC3339), late.Outcome), nil
	}
	running, err := a.Runs.IsRunning(ctx, run, "")
	switch {
	case err != nil:
		return "", err
	case running:
		return fmt.Sprintf("The run %s is still running: its details say what it waits for.", run), nil
	case broken != nil:
		return fmt.Sprintf("The last one failed at %s with %s: %s", broken.At.UTC().Format(time.RFC3339), broken.Code, broken.Message), nil
	}
	return "None was started, or none left a record: see whether the schedule is paused and a worker runs, then start it.", nil
}
