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
	catchUp, timeZone, line := join(at, "catch_up"), join(at, "time_zone"), join(at, "cron")
	if time.Duration(s.CatchUp) < minCatchUp {
		v.wrong(catchUp, v.show(catchUp)+" is shorter than 10s", "write how late a run may still start, such as 6h")
	}
	if s.Jitter < 0 {
		v.wrong(join(at, "jitter"), "is below 0", "write a duration such as 5m, or remove the key")
	}
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil || s.TimeZone == "" || s.TimeZone == "Local" {
		v.wrong(timeZone, v.show(timeZone)+" is not a time zone", "write its name, such as UTC, Europe/Berlin or America/New_York")
		zone = time.UTC
	}
	cron, err := ParseCron(s.Cron)
	if err != nil && s.Cron != "" { // an empty one was reported as missing or empty
		v.wrong(line, fmt.Sprintf("%s is not a cron line: %s", v.show(line), err), `write five fields: minute hour day month weekday, such as "0 4 * * 1-5"`)
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
		v.warn(line, fmt.Sprintf("starts in the hour %s of %s, where clocks change: that hour is skipped or doubled on two days of the year", strings.Join(touched, ", "), s.TimeZone), "choose an hour from 04 on, or time_zone: UTC")
	}
}

// hoursThatChange returns the local hours that are skipped or doubled in the year after now, in order. It returns none
// for a zone whose clocks do not change.
func hoursThatChange(zone *time.Location, now time.Time) []int {
	var hours []int
	for t := now.In(zone); ; {
		_, change := t.ZoneBounds()
		if change.IsZero() || change.Sub(now) > 366*24*time.Hour {
			slices.Sort(hours)
			return slices.Compact(hours)
		}
		// The skipped or doubled time lies between what a clock of the old offset and one of the new offset show then.
		_, before := change.Add(-1).Zone()
		_, after := change.Zone()
		from := change.UTC().Add(time.Duration(min(before, after)) * time.Second)
		to := change.UTC().Add(time.Duration(max(before, after)) * time.Second)
		for ; from.Before(to); from = from.Add(30 * time.Minute) {
			hours = append(hours, from.Hour())
		}
		t = change
	}
}
