package schedule

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"

	"tieout/internal/pipeline"
)

func testSchedule(change func(*pipeline.Schedule)) client.ScheduleOptions {
	s := &pipeline.Schedule{Cron: "0 4 * * *", TimeZone: "America/New_York", CatchUp: pipeline.Duration(6 * time.Hour), Overlap: pipeline.OverlapSkip}
	if change != nil {
		change(s)
	}
	options, err := runsOf(pipeline.Pipeline{Name: "nightly-sae", Schedule: s})
	if err != nil {
		panic(err)
	}
	return options
}

// asDescribed is a schedule as Temporal describes it: its input comes back encoded, its state is people's.
func asDescribed(o client.ScheduleOptions) client.Schedule {
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
		steps  []Step
	}{
		{name: "nothing", steps: []Step{}},
		{name: "new", wanted: map[string]client.ScheduleOptions{id: wanted}, steps: []Step{{ID: id, Do: Create}}},
		{name: "equal, paused with a note", wanted: map[string]client.ScheduleOptions{id: wanted},
			there: map[string]client.Schedule{id: asDescribed(wanted)}, steps: []Step{{ID: id, Do: Keep}}},
		{name: "another time", wanted: map[string]client.ScheduleOptions{id: wanted},
			there: map[string]client.Schedule{id: asDescribed(testSchedule(func(s *pipeline.Schedule) { s.Cron = "30 5 * * 1-5" }))},
			steps: []Step{{ID: id, Do: Update, Changes: []string{"times: 30 5 * * 1-5 -> 0 4 * * *",
				"summary: nightly-sae on schedule: 30 5 * * 1-5 America/New_York -> nightly-sae on schedule: 0 4 * * * America/New_York"}}}},
		{name: "other policies", wanted: map[string]client.ScheduleOptions{id: wanted},
			there: map[string]client.Schedule{id: asDescribed(testSchedule(func(s *pipeline.Schedule) {
				s.Overlap, s.Jitter, s.CatchUp = pipeline.OverlapBufferAll, pipeline.Duration(time.Minute), pipeline.Duration(time.Hour)
			}))},
			steps: []Step{{ID: id, Do: Update, Changes: []string{"jitter: 1m0s -> 0s", "overlap: buffer_all -> skip", "catch-up: 1h0m0s -> 6h0m0s"}}}},
		{name: "left over", there: map[string]client.Schedule{"extract/old": {}}, steps: []Step{{ID: "extract/old", Do: Extra}}},
		{name: "left over, pruned", there: map[string]client.Schedule{"extract/old": {}}, prune: true, steps: []Step{{ID: "extract/old", Do: Remove}}},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.steps, Plan(c.wanted, c.there, c.prune)) })
	}
}
