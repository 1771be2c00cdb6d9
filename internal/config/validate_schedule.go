package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tieout/internal/pipeline"
)

// minCatchUp is the shortest catch-up window that Temporal takes.
const minCatchUp = 10 * time.Second

func (v *validator) schedule(at string, s pipeline.Schedule) {
	v.oneOf(join(at, "overlap"), s.Overlap, pipeline.OverlapSkip, pipeline.OverlapBufferOne, pipeline.OverlapBufferAll, pipeline.OverlapAllowAll)
	if time.Duration(s.CatchUp) < minCatchUp {
		v.wrong(join(at, "catch_up"), v.show(join(at, "catch_up"))+" is shorter than 10s", "write how late a run may still start, such as 6h")
	}
	if s.Jitter < 0 {
		v.wrong(join(at, "jitter"), "is below 0", "write a duration such as 5m, or remove the key")
	}
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil || s.TimeZone == "" || s.TimeZone == "Local" {
		v.wrong(join(at, "time_zone"), v.show(join(at, "time_zone"))+" is not a time zone", "write its name, such as UTC, Europe/Berlin or America/New_York")
		zone = nil
	}
	if !v.required(join(at, "cron"), s.Cron, `write when it starts, such as "0 4 * * *"`) {
		return
	}
	cron, err := ParseCron(s.Cron)
	if err != nil {
		v.wrong(join(at, "cron"), fmt.Sprintf("%s is not a cron line: %s", v.show(join(at, "cron")), err), `write five fields: minute hour day month weekday, such as "0 4 * * 1-5"`)
		return
	}
	if zone == nil {
		return
	}
	changing := hoursThatChange(zone, v.now)
	if len(changing) == 0 {
		return
	}
	var touched []string
	for _, hour := range cron.Hour {
		if hour == 1 || hour == 2 || slices.Contains(changing, hour) {
			touched = append(touched, fmt.Sprintf("%02d", hour))
		}
	}
	if len(touched) > 0 {
		v.warn(join(at, "cron"), fmt.Sprintf("starts in the hour %s of %s, where clocks change: that hour is skipped or doubled on two days of the year", strings.Join(touched, ", "), s.TimeZone), "choose an hour from 04 on, or time_zone: UTC")
	}
}

// hoursThatChange returns the local hours that are skipped or doubled in the year after now, none in a zone
// whose clocks stay.
func hoursThatChange(zone *time.Location, now time.Time) []int {
	var hours []int
	add := func(from, to time.Time) {
		for t := from; t.Before(to); t = t.Add(30 * time.Minute) {
			if !slices.Contains(hours, t.Hour()) {
				hours = append(hours, t.Hour())
			}
		}
	}
	t := now.UTC().Truncate(time.Hour)
	_, before := t.In(zone).Zone()
	for range 366 * 24 {
		next := t.Add(time.Hour)
		_, after := next.In(zone).Zone()
		if after != before {
			// On a clock that runs on without a change, the skipped or doubled time lies between these two.
			a := next.Add(time.Duration(before) * time.Second)
			b := next.Add(time.Duration(after) * time.Second)
			if b.Before(a) {
				a, b = b, a
			}
			add(a, b)
		}
		t, before = next, after
	}
	slices.Sort(hours)
	return hours
}
