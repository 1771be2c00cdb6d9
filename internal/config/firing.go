package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// Times returns the times of day at which the cron line starts runs, hhmm, in order.
func (c Cron) Times() []string {
	times := make([]string, 0, len(c.Hour)*len(c.Minute))
	for _, hour := range c.Hour {
		for _, minute := range c.Minute {
			times = append(times, fmt.Sprintf("%02d%02d", hour, minute))
		}
	}
	return times
}

// Firings returns the times of day at which a pipeline's schedule starts runs, hhmm, in order; none where it has at most
// one, for its runs are named by their date alone then.
func Firings(p pipeline.Pipeline) ([]string, error) {
	if p.Schedule == nil || p.Schedule.Cron == "" {
		return nil, nil
	}
	cron, err := ParseCron(p.Schedule.Cron)
	if err != nil {
		return nil, fmt.Errorf("the schedule of pipeline %s: %w", p.Name, err)
	}
	if times := cron.Times(); len(times) > 1 {
		return times, nil
	}
	return nil, nil
}

// SlotOf completes the slot that somebody names by the schedule of the pipeline: a date without a time means its last
// firing that is past. It refuses a time at which the schedule starts nothing; now is in the pipeline's zone.
func SlotOf(p pipeline.Pipeline, slot contract.Slot, now time.Time) (contract.Slot, error) {
	times, err := Firings(p)
	switch {
	case err != nil:
		return slot, err
	case slot.Time == "" && len(times) > 0:
		slot.Time = LastFiring(times, slot.Date, now)
	case slot.Time != "" && len(times) == 0:
		return slot, fmt.Errorf("pipeline %s has no firing at %s: its schedule starts one run a day, which is named by its date alone", p.Name, slot.Time)
	case slot.Time != "" && !slices.Contains(times, slot.Time):
		return slot, fmt.Errorf("pipeline %s has no firing at %s: its schedule starts runs at %s", p.Name, slot.Time, strings.Join(times, ", "))
	}
	return slot, nil
}

// LastFiring returns the firing of a date that is meant where no time is named: the last one that is past, or the first
// where none is. Times are hhmm in order; now is in the pipeline's zone.
func LastFiring(times []string, date string, now time.Time) string {
	switch today := now.Format(time.DateOnly); {
	case date < today:
		return times[len(times)-1]
	case date > today: // it has begun further east
		return times[0]
	}
	past, exactly := slices.BinarySearch(times, now.Format("1504"))
	if exactly {
		past++
	}
	return times[max(past-1, 0)]
}
