package systemtest

import (
	"testing"
	"tieout/internal/contract"

	"github.com/stretchr/testify/require"
)

// TestQuietNight is a night on which nothing goes wrong.
func TestQuietNight(t *testing.T) {
	t.Parallel()
	n := &Night{Name: "quiet", World: World(300)}
	ctx, s := newShift(t, ShiftOptions{}, n)
	work(ctx, t, s)
	ended, err := n.Run(ctx)
	require.NoError(t, err)
	require.NoError(t, n.Check(ctx, ended, Expect{Outcome: contract.OutcomeFindings, Jobs: 1}))
	require.Equal(t, 2, ended.Result.Findings.Count)
	require.EqualValues(t, 5, ended.Result.Findings.Rows)
}
