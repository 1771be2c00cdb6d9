package systemtest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNothingGoesWrong runs a pipeline without any fault.
func TestNothingGoesWrong(t *testing.T) {
	t.Parallel()
	p := &Pipeline{Name: "quiet", World: World(300)}
	ctx, s := newScenario(t, p)
	work(ctx, t, s)
	ended := requireRun(ctx, t, p, findings)
	require.Equal(t, 2, ended.Result.Findings.Count)
	require.EqualValues(t, 5, ended.Result.Findings.Rows)
}
