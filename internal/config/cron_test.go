package config

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseCron(t *testing.T) {
	for line, want := range map[string][]int{
		"0 4 * * *":            {4},
		"*/15 4,6 1-15 * *":    {4, 6},
		"0 20/2 * * Mon-FRI":   {20, 22},
		"0 0-6/3 * jan-Mar su": {0, 3, 6},
		"0 4/9999999999 * * 7": {4},
		"@weekly":              {0},
		" 5 23 1 12 0 ":        {23},
	} {
		cron, err := ParseCron(line)
		require.NoError(t, err, line)
		require.Equal(t, want, cron.Hour, line)
	}
	for field, want := range map[string][]int{
		"7": {0}, "0,7": {0}, "5-7": {0, 5, 6}, "1/2": {0, 1, 3, 5}, "*/3": {0, 3, 6}, "sat": {6}, "*": {0, 1, 2, 3, 4, 5, 6},
	} {
		cron, err := ParseCron("0 4 * * " + field)
		require.NoError(t, err, field)
		require.Equal(t, want, cron.Weekday, field)
	}
	rapid.Check(t, func(t *rapid.T) {
		cron, err := ParseCron(rapid.StringMatching(`[0-9*/,@a-f# -]{0,24}`).Draw(t, "line"))
		if err == nil && (len(cron.Hour) == 0 || len(cron.Weekday) == 0) {
			t.Fatal("a cron line that never starts")
		}
	})
}

func TestHoursThatChange(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for zone, want := range map[string][]int{
		"UTC":                 nil,
		"Asia/Tokyo":          nil,
		"America/New_York":    {1, 2},
		"Europe/Berlin":       {2},
		"Europe/London":       {1},
		"Australia/Lord_Howe": {1, 2},
		"Africa/Cairo":        {0, 23},
	} {
		location, err := time.LoadLocation(zone)
		require.NoError(t, err)
		require.Equal(t, want, hoursThatChange(location, now), zone)
	}
}
