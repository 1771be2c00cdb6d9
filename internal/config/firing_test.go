package config

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/internal/pipeline"
)

func TestOnlySeveralTimesOfDayNameRuns(t *testing.T) {
	for cron, want := range map[string][]string{
		"0 4 * * *":        nil,
		"0 4 * * 1-5":      nil,
		"@daily":           nil,
		"0 4,16 * * *":     {"0400", "1600"},
		"*/30 22-23 * * *": {"2200", "2230", "2300", "2330"},
	} {
		times, err := firings(pipeline.Pipeline{Schedule: &pipeline.Schedule{Cron: cron}})
		require.NoError(t, err)
		require.Equal(t, want, times, cron)
	}
	times, err := firings(pipeline.Pipeline{})
	require.NoError(t, err)
	require.Empty(t, times)
}

func TestWhoeverNamesNoTimeMeansThelastFiring(t *testing.T) {
	times := []string{"0400", "1600", "2359"}
	at := func(clock string) time.Time {
		now, err := time.Parse("2006-01-02 15:04", "2026-11-20 "+clock)
		require.NoError(t, err)
		return now
	}
	for clock, want := range map[string]string{"00:00": "0400", "03:59": "0400", "04:00": "0400", "15:59": "0400", "16:00": "1600", "23:58": "1600", "23:59": "2359"} {
		require.Equal(t, want, lastFiring(times, "2026-11-20", at(clock)), clock)
	}
	require.Equal(t, "2359", lastFiring(times, "2026-11-19", at("03:00")))
	require.Equal(t, "0400", lastFiring(times, "2026-11-21", at("20:00"))) // tomorrow, already begun further east
}
