package systemtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
)

// TestKilledWhileATokenIsGiven kills the worker after Concur has given a token and before it is stored. The next worker
// waits 100 s until the lease of the dead one ends. Where a refresh token can be used more than once, the run goes on. Where
// it was spent for the answer that got lost, only a person can get a new one.
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
		{"a refresh token of many uses", true, findings},
		{"a refresh token of one use", false, Expect{Code: contract.CodeConcurAuth, Says: "authorize the application again"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := &Pipeline{Name: "killed", World: World(300)}
			p.World.Auth.KeepRefreshToken = c.keep
			ctx, s := newScenario(t, p)
			first := startProcess(ctx, t, s)
			killed := make(chan struct{})
			p.OnRequest(concurtest.OpToken, concurtest.Acted, 1, func() { first.Kill(); close(killed) })
			run, err := p.Start(ctx)
			require.NoError(t, err)
			<-killed
			startProcess(ctx, t, s)
			requireEnd(ctx, t, p, run, c.want)
		})
	}
}
