package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// cronField is one of the five fields of a cron line, with the names that Temporal takes for its values.
type cronField struct {
	name     string
	min, max int
	names    []string // the first of them stands for min
	shortest int      // letters that a name needs
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

// Cron is when a cron line starts runs: the values of each of its fields, in order. Weekday 0 is Sunday.
type Cron struct{ Minute, Hour, Day, Month, Weekday []int }

// ParseCron reads a cron line by the rules of Temporal's schedules, narrowed to five fields: time zones have their own
// key, and intervals have no business date.
func ParseCron(line string) (Cron, error) {
	switch line = strings.TrimSpace(line); {
	case strings.HasPrefix(line, "TZ="), strings.HasPrefix(line, "CRON_TZ="):
		return Cron{}, fmt.Errorf("it names a time zone, which has its own key time_zone")
	case strings.HasPrefix(line, "@every"):
		return Cron{}, fmt.Errorf("@every has no time of day")
	case strings.Contains(line, "#"):
		return Cron{}, fmt.Errorf("it holds a comment")
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
	c := Cron{Minute: values[0], Hour: values[1], Day: values[2], Month: values[3], Weekday: values[4]}
	if last := len(c.Weekday) - 1; c.Weekday[last] == 7 { // Sunday as well
		c.Weekday = c.Weekday[:last]
		if last == 0 || c.Weekday[0] != 0 {
			c.Weekday = slices.Insert(c.Weekday, 0, 0)
		}
	}
	return c, nil
}

func expandShorthand(line string) string {
	switch line {
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
	return line
}

// values returns what a field matches, in order.
func (f cronField) values(text string) ([]int, error) {
	matched := make([]bool, f.max+1)
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
			var ok, okHigh bool
			first, ok = f.value(low)
			last, okHigh = first, true
			switch {
			case isRange:
				last, okHigh = f.value(high)
			case hasStep:
				last = f.max
			}
			if !ok || !okHigh {
				return nil, fmt.Errorf("the %s is %d to %d", f.name, f.min, f.max)
			}
			if last < first {
				return nil, fmt.Errorf("the %s ends before it begins", f.name)
			}
		}
		for n := first; n <= last; n += step {
			matched[n] = true
		}
	}
	var values []int
	for n, yes := range matched {
		if yes {
			values = append(values, n)
		}
	}
	return values, nil
}

func (f cronField) value(text string) (int, bool) {
	if len(f.names) > 0 && len(text) >= f.shortest {
		for i, name := range f.names {
			if strings.HasPrefix(name, strings.ToLower(text)) {
				return f.min + i, true
			}
		}
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= f.min && n <= f.max
}
