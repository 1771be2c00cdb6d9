package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

func TestDueSchedule(t *testing.T) {
	_, ok := DueSchedule(pipeline.Pipeline{Name: "nightly-sae"})
	require.False(t, ok, "no due time, no check")

	due, ok := DueSchedule(pipeline.Pipeline{Name: "nightly-sae", Due: "07:00",
		Schedule: &pipeline.Schedule{Cron: "0 22 * * 1-5", TimeZone: "America/New_York", CatchUp: pipeline.Duration(time.Hour), Overlap: pipeline.OverlapSkip}})
	require.True(t, ok)
	require.Equal(t, "due/nightly-sae", due.ID)
	require.Equal(t, client.ScheduleSpec{CronExpressions: []string{"0 22 * * 1-5"}, TimeZoneName: "America/New_York"}, due.Spec)
	require.Equal(t, enums.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL, due.Overlap)
	require.Equal(t, 7*24*time.Hour, due.CatchupWindow)
	require.False(t, due.PauseOnFailure)
	action := due.Action.(*client.ScheduleWorkflowAction)
	require.Equal(t, contract.TypeDueCheck, action.Workflow)
	require.Equal(t, contract.TaskQueue, action.TaskQueue)
	require.Equal(t, []any{contract.DueInput{Pipeline: "nightly-sae"}}, action.Args)

	due, ok = DueSchedule(pipeline.Pipeline{Name: "by-hand", Due: "07:00"})
	require.True(t, ok)
	require.Equal(t, client.ScheduleSpec{CronExpressions: []string{"0 0 * * *"}, TimeZoneName: "UTC"}, due.Spec)
}

func TestVersioning(t *testing.T) {
	for name, test := range map[string]struct {
		deployment, build string
		says              string
	}{
		"none":           {},
		"both":           {deployment: "tieout", build: "abc123"},
		"name alone":     {deployment: "tieout", says: "belong together"},
		"build id alone": {build: "abc123", says: "belong together"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TEMPORAL_DEPLOYMENT_NAME", test.deployment)
			t.Setenv("TEMPORAL_WORKER_BUILD_ID", test.build)
			options, err := Versioning()
			if test.says != "" {
				require.ErrorContains(t, err, test.says)
				return
			}
			require.NoError(t, err)
			if test.deployment == "" {
				require.Nil(t, options)
				return
			}
			require.True(t, options.UseVersioning)
			require.Equal(t, "tieout", options.Version.DeploymentName)
			require.Equal(t, "abc123", options.Version.BuildID)
			require.Equal(t, workflow.VersioningBehaviorPinned, options.DefaultVersioningBehavior)
		})
	}
}
