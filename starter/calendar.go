package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.temporal.io/sdk/client"
)

// calendar turns a cron line that internal/config has accepted into Temporal's calendar. Temporal would do so itself;
// done here, what is configured can be compared with what a schedule has.
func calendar(cron string) (client.ScheduleCalendarSpec, error) {
	fields := strings.Fields(cron)
	if len(fields) == 1 {
		fields = strings.Fields(shorthand(fields[0]))
	}
	if len(fields) != 5 {
		return client.ScheduleCalendarSpec{}, fmt.Errorf("cron line %q has %d fields, not 5", cron, len(fields))
	}
	spec := client.ScheduleCalendarSpec{Second: []client.ScheduleRange{{Step: 1}}, Comment: cron}
	for i, to := range []*[]client.ScheduleRange{&spec.Minute, &spec.Hour, &spec.DayOfMonth, &spec.Month, &spec.DayOfWeek} {
		ranges, err := cronFields[i].ranges(fields[i])
		if err != nil {
			return spec, fmt.Errorf("cron line %q: %w", cron, err)
		}
		*to = ranges
	}
	return spec, nil
}

func shorthand(word string) string {
	switch word {
	case "@yearly", "@annually":
		return "0 0 1 1 *"
	case "@monthly":
		return "0 0 1 * *"
	case "@weekly":
		return "0 0 * * 0"
	case "@daily", "@midnight":
		return "0 0 * * *"
	case "@hourly":
		return "0 * * * *"
	}
	return word
}

type cronField struct {
	name     string
	min, max int
	names    string // three letters each, the first stands for min
}

var cronFields = [5]cronField{
	{name: "minute", max: 59},
	{name: "hour", max: 23},
	{name: "day", min: 1, max: 31},
	{name: "month", min: 1, max: 12, names: "janfebmaraprmayjunjulaugsepoctnovdec"},
	{name: "weekday", max: 6, names: "sunmontuewedthufrisat"},
}

// ranges reads a field such as "*", "1-5", "*/15" or "mon,wed".
func (f cronField) ranges(text string) ([]client.ScheduleRange, error) {
	var values []int
	for part := range strings.SplitSeq(text, ",") {
		spread, stepText, stepped := strings.Cut(part, "/")
		step := 1
		if stepped {
			var err error
			if step, err = strconv.Atoi(stepText); err != nil || step < 1 {
				return nil, fmt.Errorf("the step of the %s is no number", f.name)
			}
		}
		first, last := f.min, f.max
		if spread != "*" {
			low, high, isRange := strings.Cut(spread, "-")
			var ok, okHigh bool
			first, ok = f.value(low)
			last, okHigh = first, true
			if isRange {
				last, okHigh = f.value(high)
			} else if stepped {
				last = f.max
			}
			if !ok || !okHigh || last < first {
				return nil, fmt.Errorf("the %s is not between %d and %d", f.name, f.min, f.max)
			}
		}
		for n := first; n <= last; n += step {
			if f.name == "weekday" {
				values = append(values, n%7) // 7 is Sunday as well
			} else {
				values = append(values, n)
			}
		}
	}
	return joined(values), nil
}

func (f cronField) value(text string) (int, bool) {
	if len(text) >= 2 && f.names != "" {
		if prefix := strings.ToLower(text)[:min(3, len(text))]; prefix[0] > '9' {
			for i := 0; i+3 <= len(f.names); i += 3 {
				if strings.HasPrefix(f.names[i:i+3], prefix) {
					return f.min + i/3, true
				}
			}
		}
	}
	n, err := strconv.Atoi(text)
	most := f.max
	if f.name == "weekday" {
		most = 7
	}
	return n, err == nil && n >= f.min && n <= most
}

// joined makes the fewest ranges of values.
func joined(values []int) []client.ScheduleRange {
	slices.Sort(values)
	values = slices.Compact(values)
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

// cronOf writes a calendar as a cron line, in one form for all that mean the same.
func cronOf(spec client.ScheduleCalendarSpec) string {
	fields := []string{}
	for i, ranges := range [][]client.ScheduleRange{spec.Minute, spec.Hour, spec.DayOfMonth, spec.Month, spec.DayOfWeek} {
		fields = append(fields, cronFields[i].text(ranges))
	}
	line := strings.Join(fields, " ")
	if seconds := (cronField{max: 59}).text(spec.Second); seconds != "0" {
		line += " second " + seconds
	}
	if len(spec.Year) > 0 {
		line += " year " + (cronField{min: 2000, max: 2100}).text(spec.Year)
	}
	return line
}

func (f cronField) text(ranges []client.ScheduleRange) string {
	if len(ranges) == 0 {
		if f.name == "minute" || f.name == "hour" || f.name == "" {
			return "0" // what Temporal takes a missing time of day for
		}
		return "*"
	}
	var values []int
	for _, r := range ranges {
		for n := r.Start; n <= max(r.Start, r.End); n += max(1, r.Step) {
			values = append(values, n)
		}
	}
	var parts []string
	for _, r := range joined(values) {
		switch {
		case r.Start == f.min && r.End == f.max:
			return "*"
		case r.Start == r.End:
			parts = append(parts, strconv.Itoa(r.Start))
		default:
			parts = append(parts, fmt.Sprintf("%d-%d", r.Start, r.End))
		}
	}
	return strings.Join(parts, ",")
}
