package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// firings returns the times of day at which a pipeline's schedule starts runs, as hhmm in order. It returns none for a
// schedule with at most one, because its runs are named by their date alone.
func firings(p pipeline.Pipeline) ([]string, error) {
	if p.Schedule == nil || p.Schedule.Cron == "" {
		return nil, nil
	}
	cron, err := ParseCron(p.Schedule.Cron)
	if err != nil {
		return nil, fmt.Errorf("the schedule of pipeline %s: %w", p.Name, err)
	}
	var times []string
	for _, hour := range cron.Hour {
		for _, minute := range cron.Minute {
			times = append(times, fmt.Sprintf("%02d%02d", hour, minute))
		}
	}
	if len(times) == 1 {
		return nil, nil
	}
	return times, nil
}

// SlotOf completes the slot that somebody names by the pipeline's schedule: a date without a time means its last firing
// that is past. It refuses a time at which the schedule starts nothing. The time now is in the pipeline's zone.
func SlotOf(p pipeline.Pipeline, slot contract.Slot, now time.Time) (contract.Slot, error) {
	times, err := firings(p)
	switch {
	case err != nil:
		return slot, err
	case slot.Time == "" && len(times) > 0:
		slot.Time = lastFiring(times, slot.Date, now)
	case slot.Time != "" && len(times) == 0:
		return slot, fmt.Errorf("pipeline %s has no firing at %s: its schedule starts one run a day, which is named by its date alone", p.Name, slot.Time)
	case slot.Time != "" && !slices.Contains(times, slot.Time):
		return slot, fmt.Errorf("pipeline %s has no firing at %s: its schedule starts runs at %s", p.Name, slot.Time, strings.Join(times, ", "))
	}
	return slot, nil
}

// lastFiring returns the last of a date's firings that is past at now, or the first where none is. The times are hhmm in
// order, and now is in the pipeline's zone.
func lastFiring(times []string, date string, now time.Time) string {
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
