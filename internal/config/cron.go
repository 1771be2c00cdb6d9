package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// cronField describes one of the five fields of a cron line.
type cronField struct {
	name     string
	min, max int
	// names are those that Temporal takes for values, from min upwards.
	names []string
	// shortest is how many letters of a name are enough.
	shortest int
}

func cronFields() []cronField {
	return []cronField{
		{name: "minute", max: 59},
		{name: "hour", max: 23},
		{name: "day", min: 1, max: 31},
		{name: "month", min: 1, max: 12, shortest: 3, names: []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}},
		{name: "weekday", max: 7, shortest: 2, names: []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}},
	}
}

// Cron holds the values that each field of a cron line matches, in order. Weekday 0 is Sunday.
type Cron struct{ Minute, Hour, Day, Month, Weekday []int }

// ParseCron reads a cron line by the rules of Temporal's schedules, with five fields and nothing else. A time zone has a
// key of its own in tieout.yaml, and the runs of an interval would have no business date.
func ParseCron(line string) (Cron, error) {
	switch line = strings.TrimSpace(line); {
	case strings.HasPrefix(line, "TZ="), strings.HasPrefix(line, "CRON_TZ="):
		return Cron{}, errors.New("it names a time zone, which has its own key time_zone")
	case strings.HasPrefix(line, "@every"):
		return Cron{}, errors.New("@every has no time of day")
	case strings.Contains(line, "#"):
		return Cron{}, errors.New("it holds a comment")
	}
	fields := strings.Fields(expandShorthand(line))
	if len(fields) != 5 {
		return Cron{}, fmt.Errorf("it has %d fields", len(fields))
	}
	var values [5][]int
	for i, field := range cronFields() {
		var err error
		if values[i], err = field.values(fields[i]); err != nil {
			return Cron{}, err
		}
	}
	if last := len(values[4]) - 1; values[4][last] == 7 { // Sunday again
		values[4] = slices.Compact(slices.Insert(values[4][:last], 0, 0))
	}
	return Cron{Minute: values[0], Hour: values[1], Day: values[2], Month: values[3], Weekday: values[4]}, nil
}

// expandShorthand returns the five fields that a line such as @daily stands for, and any other line as it is.
func expandShorthand(line string) string {
	return cmp.Or(map[string]string{
		"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
		"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
	}[line], line)
}

// values returns the values that a field matches, in order.
func (f cronField) values(text string) ([]int, error) {
	var values []int
	for part := range strings.SplitSeq(text, ",") {
		spread, stepText, hasStep := strings.Cut(part, "/")
		step := 1
		if hasStep {
			var err error
			if step, err = strconv.Atoi(stepText); err != nil || step < 1 {
				return nil, fmt.Errorf("the %s has a step that is no number", f.name)
			}
			step = min(step, f.max+1)
		}
		first, last := f.min, f.max
		if spread != "*" {
			low, high, isRange := strings.Cut(spread, "-")
			if !isRange {
				high = low
			}
			var okLow, okHigh bool
			first, okLow = f.value(low)
			last, okHigh = f.value(high)
			if !isRange && hasStep {
				last = f.max
			}
			if !okLow || !okHigh {
				return nil, fmt.Errorf("the %s is %d to %d", f.name, f.min, f.max)
			}
			if last < first {
				return nil, fmt.Errorf("the %s ends before it begins", f.name)
			}
		}
		for n := first; n <= last; n += step {
			values = append(values, n)
		}
	}
	slices.Sort(values)
	return slices.Compact(values), nil
}

// value returns the number that a text in the field stands for.
func (f cronField) value(text string) (int, bool) {
	isName := func(name string) bool { return strings.HasPrefix(name, strings.ToLower(text)) }
	if i := slices.IndexFunc(f.names, isName); i >= 0 && len(text) >= f.shortest {
		return f.min + i, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= f.min && n <= f.max
}
