package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"pgregory.net/rapid"

	"tieout/internal/config"
	"tieout/internal/pipeline"
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

func testSchedule(change func(*pipeline.Schedule)) client.ScheduleOptions {
	s := &pipeline.Schedule{Cron: "0 4 * * *", TimeZone: "America/New_York", CatchUp: pipeline.Duration(6 * time.Hour), Overlap: pipeline.OverlapSkip}
	if change != nil {
		change(s)
	}
	options, err := scheduleOptions(pipeline.Pipeline{Name: "nightly-sae", Schedule: s})
	if err != nil {
		panic(err)
	}
	return options
}

// asThere is a schedule as Temporal describes it: its input comes back encoded, its state is people's.
func asThere(o client.ScheduleOptions) client.Schedule {
	action := *o.Action.(*client.ScheduleWorkflowAction)
	action.Args = []any{&common.Payload{Data: []byte(`{"pipeline":"nightly-sae"}`)}}
	return client.Schedule{Spec: &o.Spec, Action: &action,
		Policy: &client.SchedulePolicies{Overlap: o.Overlap, CatchupWindow: o.CatchupWindow},
		State:  &client.ScheduleState{Paused: true, Note: "month end"}}
}

func TestPlan(t *testing.T) {
	wanted := testSchedule(nil)
	id := wanted.ID
	for _, c := range []struct {
		name   string
		wanted map[string]client.ScheduleOptions
		there  map[string]client.Schedule
		prune  bool
		steps  []step
	}{
		{name: "nothing", steps: []step{}},
		{name: "new", wanted: map[string]client.ScheduleOptions{id: wanted}, steps: []step{{ID: id, Do: stepCreate}}},
		{name: "equal, paused with a note", wanted: map[string]client.ScheduleOptions{id: wanted},
			there: map[string]client.Schedule{id: asThere(wanted)}, steps: []step{{ID: id, Do: stepKeep}}},
		{name: "another time", wanted: map[string]client.ScheduleOptions{id: wanted},
			there: map[string]client.Schedule{id: asThere(testSchedule(func(s *pipeline.Schedule) { s.Cron = "30 5 * * 1-5" }))},
			steps: []step{{ID: id, Do: stepUpdate, Changes: []string{"times: 30 5 * * 1-5 -> 0 4 * * *",
				"summary: nightly-sae on schedule: 30 5 * * 1-5 America/New_York -> nightly-sae on schedule: 0 4 * * * America/New_York"}}}},
		{name: "other policies", wanted: map[string]client.ScheduleOptions{id: wanted},
			there: map[string]client.Schedule{id: asThere(testSchedule(func(s *pipeline.Schedule) {
				s.Overlap, s.Jitter, s.CatchUp = pipeline.OverlapBufferAll, pipeline.Duration(time.Minute), pipeline.Duration(time.Hour)
			}))},
			steps: []step{{ID: id, Do: stepUpdate, Changes: []string{"jitter: 1m0s -> 0s", "overlap: buffer_all -> skip", "catch-up: 1h0m0s -> 6h0m0s"}}}},
		{name: "left over", there: map[string]client.Schedule{"extract/old": {}}, steps: []step{{ID: "extract/old", Do: stepExtra}}},
		{name: "left over, pruned", there: map[string]client.Schedule{"extract/old": {}}, prune: true, steps: []step{{ID: "extract/old", Do: stepRemove}}},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.steps, plan(c.wanted, c.there, c.prune)) })
	}
}

func TestWantedSchedulesAreThoseOfRunsAndOfDueTimes(t *testing.T) {
	wanted, err := wantedSchedules(&config.Config{Pipelines: map[string]pipeline.Pipeline{
		"none": {Name: "none"},
		"due":  {Name: "due", Due: "07:00"},
		"both": {Name: "both", Due: "07:00", Schedule: &pipeline.Schedule{Cron: "0 4 * * 1-5", TimeZone: "Europe/Berlin"}},
	}})
	require.NoError(t, err)
	require.Equal(t, []string{"due/both", "due/due", "extract/both"}, sortedKeys(wanted))
	require.Empty(t, wanted["due/both"].Spec.CronExpressions)
	require.Equal(t, "0 4 * * 1-5", timesOf(wanted["due/both"].Spec))
	require.Equal(t, `{"pipeline":"both"}`, inputOf(wanted["extract/both"].Action.(*client.ScheduleWorkflowAction).Args))
}

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
