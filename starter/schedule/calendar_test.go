package schedule

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestCalendarMeansTheCronLine(t *testing.T) {
	for cron, text := range map[string]string{
		"0 4 * * *":          "0 4 * * *",
		"@daily":             "0 0 * * *",
		"*/15 2-4 * * *":     "0,15,30,45 2-4 * * *",
		"5 4 1,15 jan-mar *": "5 4 1,15 1-3 *",
		"0 22 * * mon-fri":   "0 22 * * 1-5",
		"0 22 * * 5-7":       "0 22 * * 0,5-6",
		"0 22 * * Sunday":    "0 22 * * 0",
		"30 2/6 * * *":       "30 2,8,14,20 * * *",
		"0 0 * * 0-7":        "0 0 * * *",
		"0 22 * * 1/2":       "0 22 * * 0-1,3,5",
	} {
		spec, err := calendar(cron)
		require.NoError(t, err, cron)
		require.Equal(t, text, cronOf(spec), cron)
	}
	for _, cron := range []string{"", "0 4 * *", "61 * * * *", "0 4 * * noday", "0 4-2 * * *", "0 */0 * * *"} {
		_, err := calendar(cron)
		require.Error(t, err, cron)
	}
}

// TestCalendarTextIsStable: what a calendar is written as is a cron line of the same calendar.
func TestCalendarTextIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		field := func(least, most int) string {
			low := rapid.IntRange(least, most).Draw(t, "low")
			high := rapid.IntRange(low, most).Draw(t, "high")
			return fmt.Sprintf("%d-%d/%d", low, high, rapid.IntRange(1, 7).Draw(t, "step"))
		}
		spec, err := calendar(fmt.Sprintf("%s %s %s %s %s", field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7)))
		require.NoError(t, err)
		again, err := calendar(cronOf(spec))
		require.NoError(t, err)
		require.Equal(t, cronOf(spec), cronOf(again))
	})
}
