package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.temporal.io/sdk/client"

	"tieout/internal/config"
)

// calendar returns the calendar that Temporal would make of a cron line. It is made here so that the configured times
// can be compared with those of an existing schedule.
func calendar(line string) (client.ScheduleCalendarSpec, error) {
	cron, err := config.ParseCron(line)
	if err != nil {
		return client.ScheduleCalendarSpec{}, fmt.Errorf("cron line %q: %w", line, err)
	}
	return client.ScheduleCalendarSpec{
		Second: []client.ScheduleRange{{Step: 1}}, Minute: joined(cron.Minute), Hour: joined(cron.Hour),
		DayOfMonth: joined(cron.Day), Month: joined(cron.Month), DayOfWeek: joined(cron.Weekday), Comment: line,
	}, nil
}

// joined returns the fewest ranges that hold the values, which are in order.
func joined(values []int) []client.ScheduleRange {
	var ranges []client.ScheduleRange
	for _, n := range values {
		if last := len(ranges) - 1; last >= 0 && ranges[last].End == n-1 {
			ranges[last].End = n
			continue
		}
		ranges = append(ranges, client.ScheduleRange{Start: n, End: n, Step: 1})
	}
	return ranges
}

// cronOf returns a calendar as a cron line, which is the same for all calendars that mean the same.
func cronOf(spec client.ScheduleCalendarSpec) string {
	line := strings.Join([]string{cronField(spec.Minute, 0, 59, "0"), cronField(spec.Hour, 0, 23, "0"), cronField(spec.DayOfMonth, 1, 31, "*"),
		cronField(spec.Month, 1, 12, "*"), cronField(spec.DayOfWeek, 0, 6, "*")}, " ")
	if seconds := cronField(spec.Second, 0, 59, "0"); seconds != "0" {
		line += " second " + seconds
	}
	if len(spec.Year) > 0 {
		line += " year " + cronField(spec.Year, 2000, 2100, "*")
	}
	return line
}

// cronField returns the ranges of a field as text. Missing is the text for no ranges, by Temporal's default.
func cronField(ranges []client.ScheduleRange, least, most int, missing string) string {
	var values []int
	for _, r := range ranges {
		for n := r.Start; n <= max(r.Start, r.End); n += max(1, r.Step) {
			values = append(values, n)
		}
	}
	slices.Sort(values)
	var parts []string
	for _, r := range joined(slices.Compact(values)) {
		switch {
		case r.Start == least && r.End == most:
			return "*"
		case r.Start == r.End:
			parts = append(parts, strconv.Itoa(r.Start))
		default:
			parts = append(parts, fmt.Sprintf("%d-%d", r.Start, r.End))
		}
	}
	if len(parts) == 0 {
		return missing
	}
	return strings.Join(parts, ",")
}
