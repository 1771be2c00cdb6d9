package systemtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
)

// TestKilledWhileATokenIsGiven kills the worker after Concur has given a token and before it is kept. The next worker
// waits for the lease of the dead one to end, 100 s. Where the refresh token is good for more than one use the run goes
// on; where it was spent with the answer that nobody got, only a person can get a new one.
func TestKilledWhileATokenIsGiven(t *testing.T) {
	t.Parallel()
	if !wholeMatrix() {
		t.Skip("takes two minutes; TIEOUT_SYSTEMTEST=whole runs it")
	}
	for _, c := range []struct {
		name string
		keep bool
		want Expect
	}{
		{"a refresh token of many uses", true, Expect{Outcome: contract.OutcomeFindings, Jobs: 1}},
		{"a refresh token of one use", false, Expect{Code: contract.CodeConcurAuth, Says: "authorize the application again"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := &Night{Name: "killed", World: World(300)}
			n.World.Auth.KeepRefreshToken = c.keep
			ctx, s := newShift(t, ShiftOptions{}, n)
			first, err := s.Hire(ctx)
			require.NoError(t, err)
			killed := make(chan struct{})
			n.On(concurtest.OpToken, concurtest.Acted, 1, func() { first.Kill(); close(killed) })
			run, err := n.Start(ctx)
			require.NoError(t, err)
			<-killed
			second, err := s.Hire(ctx)
			require.NoError(t, err)
			t.Cleanup(second.Kill)
			ended, err := n.Await(ctx, run)
			require.NoError(t, err)
			require.NoError(t, n.Check(ctx, ended, c.want))
		})
	}
}
