package night

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestCampaign is the campaign in small: workers are killed at random moments over the whole run.
func TestCampaign(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	c := Campaign{Runs: 8, Seed: seed, AtOnce: 8, Kills: 2, Within: 4 * time.Second, Log: t.Output()}
	toll := c.Run(t.Context(), ground)
	t.Logf("seed %d: %d runs, %d kills", seed, toll.Runs, toll.Kills)
	require.Empty(t, toll.Problems)
	require.Zero(t, toll.Lost+toll.StartedTwice+toll.Stuck)
}
