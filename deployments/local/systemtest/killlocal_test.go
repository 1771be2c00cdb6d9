package systemtest

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
)

// TestKilledLocal kills the one process that everything runs in, Temporal, S3 and Concur included, at random moments,
// and runs the same command again: the same run, the same result, one job.
func TestKilledLocal(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(cancel)
	local, err := servers.Build(ctx, "./deployments/local")
	require.NoError(t, err)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := filepath.Join(t.TempDir(), "state")

	var said bytes.Buffer
	command := func() *exec.Cmd {
		c := exec.CommandContext(ctx, local, "--once", "--json", "--rows", "600", "--data", dir, "--temporal", "127.0.0.1:0",
			"--ui", "127.0.0.1:0", "--s3", "127.0.0.1:0", "--concur", "127.0.0.1:0")
		c.Dir, c.Stderr = filepath.Dir(dir), &said
		return c
	}
	for range 6 {
		// From before anything listens to somewhere in the run, which takes a few seconds after the start.
		after := 100*time.Millisecond + time.Duration(random.Int64N(int64(4*time.Second)))
		c := command()
		require.NoError(t, c.Start())
		ended := make(chan struct{})
		go func() { _ = c.Wait(); close(ended) }()
		select {
		case <-time.After(after):
			require.NoError(t, c.Process.Kill())
			<-ended
			t.Logf("killed after %s", after)
		case <-ended: // it had its verdict before; what follows must find the same
			t.Logf("done before %s", after)
		}
	}
	result := verdict(t, command(), &said)
	again := verdict(t, command(), &said)
	require.NotEmpty(t, again.Answered)
	result.Answered, again.Answered = "", "" // the first may have found a verdict of before
	require.Equal(t, result, again, "asked again, it is the same result")

	require.Equal(t, contract.OutcomeFindings, result.Outcome)
	state, err := concurtest.ReadState(filepath.Join(dir, "concur"))
	require.NoError(t, err)
	require.Len(t, state.Jobs, 1)
	require.Equal(t, state.Jobs[0].ID, result.Job.ID)
	results, err := filepath.Glob(filepath.Join(dir, "objects", "*", "concur", "nightly-sae", "jobs", "*", "tieout", "*", "result.json"))
	require.NoError(t, err)
	require.Len(t, results, 1)
	kept, err := os.ReadFile(results[0])
	require.NoError(t, err)
	require.Equal(t, result, decoded(t, kept))
}

func verdict(t *testing.T, c *exec.Cmd, said *bytes.Buffer) contract.ExtractResult {
	t.Helper()
	said.Reset()
	out, err := c.Output()
	require.NoError(t, err, said.String())
	return decoded(t, out)
}

func decoded(t *testing.T, text []byte) contract.ExtractResult {
	t.Helper()
	var result contract.ExtractResult
	require.NoError(t, json.Unmarshal(text, &result))
	return result
}
