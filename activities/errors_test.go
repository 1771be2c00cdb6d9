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
			require.InDelta(t, test.want, failure.NextRetryDelay(), float64(5*time.Second))
			if test.want < time.Second {
				require.Equal(t, test.want, failure.NextRetryDelay())
			}
		})
	}
}
