package activities_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"tieout/activities"
	"tieout/internal/bucket"
	"tieout/internal/landing"
)

// An attempt that dies before it has noted anything leaves the checkpoint of the one before it as it was.
func TestKeepAliveKeepsACheckpointToTheLastDigit(t *testing.T) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&activities.KeepAlive{}}})
	left := landing.Checkpoint{Schema: 1, Key: "raw", Mark: bucket.Mark{Parts: 3, CRC64: math.MaxUint64 - 1, Bytes: 1<<53 + 1}}
	env.SetHeartbeatDetails(left)
	beats := make(chan landing.Checkpoint, 10)
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		var kept landing.Checkpoint
		if details.Get(&kept) == nil {
			beats <- kept
		}
	})
	env.RegisterActivityWithOptions(func(ctx context.Context) error {
		select {
		case kept := <-beats:
			require.Equal(t, left, kept)
		case <-time.After(time.Minute):
			t.Error("no heartbeat with a checkpoint")
		}
		return nil
	}, activity.RegisterOptions{Name: "die"})
	_, err := env.ExecuteActivity("die")
	require.NoError(t, err)
}
