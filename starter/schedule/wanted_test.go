package schedule

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

func TestWantedSchedulesAreThoseOfRunsAndOfDueTimes(t *testing.T) {
	wanted, err := Wanted(&config.Config{Pipelines: map[string]pipeline.Pipeline{
		"none": {Name: "none"},
		"due":  {Name: "due", Due: "07:00"},
		"both": {Name: "both", Due: "07:00", Schedule: &pipeline.Schedule{Cron: "0 4 * * 1-5", TimeZone: "Europe/Berlin"}},
	}})
	require.NoError(t, err)
	require.Equal(t, []string{"due/both", "due/due", "extract/both"}, slices.Sorted(maps.Keys(wanted)))
	require.Empty(t, wanted["due/both"].Spec.CronExpressions)
	require.Equal(t, "0 4 * * 1-5", timesOf(wanted["due/both"].Spec))
	require.Equal(t, `{"pipeline":"both"}`, inputOf(wanted["extract/both"].Action.(*client.ScheduleWorkflowAction).Args))
}

func TestDueSchedule(t *testing.T) {
	due, err := Due(pipeline.Pipeline{Name: "nightly-sae", Due: "07:00",
		Schedule: &pipeline.Schedule{Cron: "0 22 * * 1-5", TimeZone: "America/New_York", CatchUp: pipeline.Duration(time.Hour), Overlap: pipeline.OverlapSkip}})
	require.NoError(t, err)
	require.Equal(t, "due/nightly-sae", due.ID)
	require.Equal(t, "0 22 * * 1-5 in America/New_York", timesOf(due.Spec)+" in "+due.Spec.TimeZoneName)
	require.Equal(t, enums.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL, due.Overlap)
	require.Equal(t, 7*24*time.Hour, due.CatchupWindow)
	require.False(t, due.PauseOnFailure)
	action := due.Action.(*client.ScheduleWorkflowAction)
	require.Equal(t, contract.TypeDueCheck, action.Workflow)
	require.Equal(t, contract.TaskQueue, action.TaskQueue)
	require.Equal(t, []any{contract.DueInput{Pipeline: "nightly-sae"}}, action.Args)

	due, err = Due(pipeline.Pipeline{Name: "by-hand", Due: "07:00"})
	require.NoError(t, err)
	require.Equal(t, "0 0 * * * in UTC", timesOf(due.Spec)+" in "+due.Spec.TimeZoneName)
}
