package systemtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
	"tieout/internal/runs"
)

// TestEachProcessKilled runs worker, starter, Temporal, S3 and Concur as five processes and kills each of them with
// kill -9 in the middle of one run. The servers come back on the same address with the state that they left.
func TestEachProcessKilled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), patience())
	t.Cleanup(cancel)
	p := startProcesses(ctx, t)

	// The file takes long enough to kill everybody meanwhile.
	p.control(t, "POST", "faults", concurtest.Fault{Operation: concurtest.OpFile, Times: 2, SlowBody: &concurtest.SlowBody{Bytes: 64 << 10, Pause: 5 * time.Millisecond}})
	const date = "2024-11-20" // has begun wherever the test runs
	first := p.command(ctx, "./starter", "run", "nightly-sae", "--date", date, "--watch", "--json")
	require.NoError(t, first.Start())
	worker := p.command(ctx, "./worker", "--listen", "")
	require.NoError(t, worker.Start())

	p.await(t, concurtest.OpStatus)
	p.concur.restart(t)
	p.await(t, concurtest.OpFile)
	p.s3.restart(t)
	p.temporal.restart(t)
	require.NoError(t, worker.Process.Kill())
	_ = worker.Wait()
	require.NoError(t, first.Process.Kill())
	_ = first.Wait()

	again := p.command(ctx, "./worker", "--listen", "")
	require.NoError(t, again.Start())
	t.Cleanup(func() { _ = again.Process.Kill(); _ = again.Wait() })
	var out bytes.Buffer
	second := p.command(ctx, "./starter", "run", "nightly-sae", "--date", date, "--watch", "--json")
	second.Stdout = &out
	err := second.Run()
	require.Equal(t, runs.ExitFindings, second.ProcessState.ExitCode(), "%v: %s", err, p.log(t))

	result := decoded(t, out.Bytes())
	require.Equal(t, contract.OutcomeFindings, result.Outcome)
	var jobs []concurtest.JobRecord
	require.NoError(t, json.Unmarshal(p.control(t, "GET", "jobs?definition="+strings.ReplaceAll(concurtest.SampleDefinition, " ", "+"), nil), &jobs))
	require.Len(t, jobs, 1)
	require.Equal(t, jobs[0].ID, result.Job.ID)
	kept, err := os.ReadFile(filepath.Join(p.s3.dir, "objects", strings.TrimPrefix(result.ResultURI, "s3://")))
	require.NoError(t, err)
	require.Equal(t, decoded(t, kept), result)
}

// processes are three servers and what commands of the project need to find them.
type processes struct {
	dir, config          string
	temporal, s3, concur *serverProcess
	binaries             map[string]string
}

func startProcesses(ctx context.Context, t *testing.T) *processes {
	dir := t.TempDir()
	p := &processes{dir: dir, config: filepath.Join(dir, "tieout.yaml"), binaries: map[string]string{},
		temporal: startServerProcess(t, "temporal", filepath.Join(dir, "temporal")),
		s3:       startServerProcess(t, "s3", filepath.Join(dir, "s3")),
		concur:   startServerProcess(t, "concur", filepath.Join(dir, "concur"))}
	for _, command := range []string{"./worker", "./starter"} {
		binary, err := servers.Build(ctx, command)
		require.NoError(t, err)
		p.binaries[command] = binary
	}
	sample := &Pipeline{Name: "nightly-sae", World: concurtest.SampleWorld(sampleRows), Settings: map[string]any{
		"poll": map[string]any{"first": "100ms", "max": "500ms", "deadline": "5m", "visibility": "5s"}}}
	require.NoError(t, writeConfig(p.config, Bucket, "concur",
		map[string]any{sample.Name: connectionSettings("http://"+p.concur.address, concurtest.DefaultAuth())},
		map[string]any{sample.Name: sample.pipelineSettings()}))
	return p
}

// command returns a command of the project that finds the servers by its environment.
func (p *processes) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, p.binaries[name], args...)
	c.Dir, c.Env = p.dir, environment(p.temporal.address, "default", p.config, "http://"+p.s3.address, servers.S3)
	log, err := os.OpenFile(filepath.Join(p.dir, "processes.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		c.Stderr = log
		context.AfterFunc(ctx, func() { log.Close() })
	}
	return c
}

// log returns the end of what the commands have logged.
func (p *processes) log(t *testing.T) string {
	text, err := os.ReadFile(filepath.Join(p.dir, "processes.log"))
	require.NoError(t, err)
	return string(text[max(0, len(text)-4000):])
}

// control asks the simulated Concur's own interface.
func (p *processes) control(t *testing.T, method, what string, body any) []byte {
	text, err := json.Marshal(body)
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+p.concur.address+"/concurtest/"+what, bytes.NewReader(text))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, string(answer))
	return answer
}

// await returns once Concur has been asked for an operation.
func (p *processes) await(t *testing.T, operation concurtest.Operation) {
	require.Eventually(t, func() bool {
		return bytes.Contains(p.control(t, "GET", "requests", nil), fmt.Appendf(nil, "%q", operation))
	}, 2*time.Minute, 20*time.Millisecond, "%s was never asked for: see the processes' log", operation)
}
