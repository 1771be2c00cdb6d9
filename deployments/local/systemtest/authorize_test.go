package systemtest

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
	"tieout/internal/runs"
)

// refusedNight is a run whose tokens died while its job was on: it has ended in ConcurAuth, and the job has completed.
// stop ends its worker.
func refusedNight(t *testing.T) (ctx context.Context, n *Night, stop func()) {
	n = &Night{Name: "refused", World: World(300)}
	n.World.Definitions[0].Timing.Running = time.Minute
	ctx, s := newShift(t, ShiftOptions{}, n)
	stop, err := s.Work(ctx)
	require.NoError(t, err)
	n.On(concurtest.OpStatus, concurtest.Answered, 1, func() {
		n.Concur.RevokeTokens()
		n.Concur.ExpireRefreshTokens()
	})
	ended, err := n.Run(ctx)
	require.NoError(t, err)
	require.NoError(t, n.Check(ctx, ended, Expect{Code: contract.CodeConcurAuth, Says: "authorize the application again", Jobs: 1, Unlanded: true}))
	_, _, ok := n.spent()
	require.False(t, ok, "its token was kept and used: this was no answer that got lost")
	n.Hurry()
	return ctx, n, stop
}

// TestAuthorizedAgain does what the runbook says about ConcurAuth: the command that it names lands the job.
func TestAuthorizedAgain(t *testing.T) {
	t.Parallel()
	ctx, n, stop := refusedNight(t)
	starter, err := ground.Build(ctx, "./starter")
	require.NoError(t, err)
	run := func(args ...string) (int, string) {
		c := exec.CommandContext(ctx, starter, args...)
		c.Dir, c.Env = n.shift.Dir, n.shift.environment()
		said, _ := c.CombinedOutput() // its exit code is looked at
		return c.ProcessState.ExitCode(), string(said)
	}
	code, said := run("doctor", "--only", "concur")
	require.Equal(t, runs.ExitAuth, code, said)

	require.NoError(t, n.authorizeAgain(ctx))
	stop()
	work(ctx, t, n.shift)
	code, said = run("doctor", "--only", "concur")
	require.Zero(t, code, said)
	code, said = run("run", n.Name, "--date", n.Date, "--job", n.jobs()[0].ID, "--watch")
	require.Equal(t, runs.ExitFindings, code, said)
	given, err := n.startOn(ctx, n.jobs()[0].ID)
	require.NoError(t, err)
	ended, err := n.Await(ctx, given)
	require.NoError(t, err)
	require.NoError(t, n.Check(ctx, ended, Expect{Outcome: contract.OutcomeFindings, Jobs: 1}))
}

// TestNextRunAfterAuthorization: nobody but the person who authorized again has to do anything. The next night lands its
// own job and the one that was left.
func TestNextRunAfterAuthorization(t *testing.T) {
	t.Parallel()
	ctx, n, stop := refusedNight(t)
	require.NoError(t, n.authorizeAgain(ctx))
	stop()
	work(ctx, t, n.shift)
	left := n.jobs()[0].ID
	n.On(concurtest.OpStart, concurtest.Answered, 1, n.Hurry)
	n.Date = "2026-11-21"
	ended, err := n.Run(ctx)
	require.NoError(t, err)
	require.NoError(t, n.Check(ctx, ended, Expect{Outcome: contract.OutcomeFindings, Jobs: 2}))
	require.Len(t, ended.Result.Recovered, 1)
	require.Equal(t, left, ended.Result.Recovered[0].ID)
}
