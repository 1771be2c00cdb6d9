package activities

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tieout/concur"
	"tieout/workflows"
)

// TestPauses: a pause that Concur or the configuration asks for is kept, however short, but for one that would reach
// beyond the activity's end.
func TestPauses(t *testing.T) {
	for name, test := range map[string]struct{ asked, want time.Duration }{
		"none":           {0, 0},
		"short":          {20 * time.Millisecond, 20 * time.Millisecond},
		"long":           {time.Minute, time.Minute},
		"beyond the end": {time.Hour, 10*time.Minute - time.Second}, // the test environment bounds activities by 10 minutes
	} {
		t.Run(name, func(t *testing.T) {
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestActivityEnvironment()
			env.RegisterActivityWithOptions(func(ctx context.Context) error {
				return notYet(ctx, "not yet", test.asked)
			}, activity.RegisterOptions{Name: "poll"})
			_, err := env.ExecuteActivity("poll")
			var failure *temporal.ApplicationError
			require.True(t, errors.As(err, &failure))
			require.InDelta(t, test.want, failure.NextRetryDelay(), float64(30*time.Second))
			if test.want < time.Second {
				require.Equal(t, test.want, failure.NextRetryDelay())
			}
		})
	}
}

// One stray 404 does not end a night whose job is started; one that stays does.
func TestPatienceWithNotFound(t *testing.T) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(time.Minute)
	env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	tries := 0
	env.RegisterActivityWithOptions(func(ctx context.Context) error {
		tries++
		return failed(ctx, "Landing the job's file", &concur.Error{Operation: "fetch extract file", Status: 404, Kind: concur.KindNotFound})
	}, activity.RegisterOptions{Name: "land"})
	env.ExecuteWorkflow(func(ctx workflow.Context) error {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		return workflow.ExecuteActivity(ctx, "land").Get(ctx, nil)
	})
	var failure *temporal.ApplicationError
	require.True(t, errors.As(env.GetWorkflowError(), &failure))
	require.Equal(t, workflows.CodeConfigInvalid, failure.Type())
	require.Equal(t, patience, tries)
}
