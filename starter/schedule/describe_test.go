package schedule

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
)

// What a schedule starts is a front; people look for the run behind it.
func TestTheRunBehindAFiring(t *testing.T) {
	at := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC) // 22:00 of the 20th in New York
	for cron, id := range map[string]string{
		"0 22 * * *":    "extract/nightly/2026-11-20",
		"0 4,22 * * *":  "extract/nightly/2026-11-20T2200",
		"0 4,20 * * *":  "extract/nightly/2026-11-20T2000", // it was triggered by hand
		"30 23 * * 1-5": "extract/nightly/2026-11-20",
	} {
		times, err := calendar(cron)
		require.NoError(t, err)
		spec := &client.ScheduleSpec{Calendars: []client.ScheduleCalendarSpec{times}, TimeZoneName: "America/New_York"}
		require.Equal(t, id, runOf(spec, "nightly", at).ID(), cron)
	}
	require.Equal(t, "extract/nightly/2026-11-21", runOf(nil, "nightly", at).ID())
}
