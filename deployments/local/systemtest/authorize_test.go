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

// refusedRun runs a pipeline whose tokens die while its job runs: the run has ended in ConcurAuth, and the job has
// completed. stop ends the worker.
func refusedRun(t *testing.T) (ctx context.Context, p *Pipeline, stop func()) {
	p = &Pipeline{Name: "refused", World: World(300)}
	p.World.Definitions[0].Timing.Running = time.Minute
	ctx, s := newScenario(t, p)
	stop, err := s.StartWorker(ctx)
	require.NoError(t, err)
	p.OnRequest(concurtest.OpStatus, concurtest.Answered, 1, func() {
		p.Concur.RevokeTokens()
		p.Concur.ExpireRefreshTokens()
	})
	requireRun(ctx, t, p, Expect{Code: contract.CodeConcurAuth, Says: "authorize the application again", Jobs: 1, Unlanded: true})
	_, _, ok := p.lostToken()
	require.False(t, ok, "the token was stored and used: no answer got lost")
	p.FinishJob()
	return ctx, p, stop
}

// TestAuthorizedAgain does what the runbook says about ConcurAuth: the command that it names lands the job.
func TestAuthorizedAgain(t *testing.T) {
	t.Parallel()
	ctx, p, stop := refusedRun(t)
	starter, err := servers.Build(ctx, "./starter")
	require.NoError(t, err)
	run := func(args ...string) (int, string) {
		c := exec.CommandContext(ctx, starter, args...)
		c.Dir, c.Env = p.scenario.Dir, p.scenario.environment()
		output, _ := c.CombinedOutput() // the exit code says more than the error
		return c.ProcessState.ExitCode(), string(output)
	}
	code, output := run("doctor", "--only", "concur")
	require.Equal(t, runs.ExitAuth, code, output)

	require.NoError(t, p.authorizeAgain(ctx))
	stop()
	work(ctx, t, p.scenario)
	code, output = run("doctor", "--only", "concur")
	require.Zero(t, code, output)
	code, output = run("run", p.Name, "--date", p.Date, "--job", p.jobs()[0].ID, "--watch")
	require.Equal(t, runs.ExitFindings, code, output)
	given, err := p.startOnJob(ctx, p.jobs()[0].ID)
	require.NoError(t, err)
	requireEnd(ctx, t, p, given, findings)
}

// TestNextRunAfterAuthorization sees that authorizing again is all that a person has to do: the run of the next night lands
// its own job and the one that was left over.
func TestNextRunAfterAuthorization(t *testing.T) {
	t.Parallel()
	ctx, p, stop := refusedRun(t)
	require.NoError(t, p.authorizeAgain(ctx))
	stop()
	work(ctx, t, p.scenario)
	leftOver := p.jobs()[0].ID
	p.OnRequest(concurtest.OpStart, concurtest.Answered, 1, p.FinishJob)
	p.Date = "2026-11-21"
	ended := requireRun(ctx, t, p, Expect{Outcome: contract.OutcomeFindings, Jobs: 2})
	require.Len(t, ended.Result.Recovered, 1)
	require.Equal(t, leftOver, ended.Result.Recovered[0].ID)
}
