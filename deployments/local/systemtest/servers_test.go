package systemtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/runs"
	"tieout/workflows"
)

// TestEachKilledOnItsOwn runs worker, starter, Temporal, S3 and Concur as five processes and kills each of them with
// kill -9 in the middle of one run. All come back on the same address with the state that they left.
func TestEachKilledOnItsOwn(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), patience())
	t.Cleanup(cancel)
	h := openHouse(ctx, t)

	// The file takes long enough to kill everybody meanwhile.
	h.control(t, "POST", "faults", concurtest.Fault{Operation: concurtest.OpFile, Times: 2, SlowBody: &concurtest.SlowBody{Bytes: 64 << 10, Pause: 5 * time.Millisecond}})
	const date = "2024-11-20" // has begun wherever the test runs
	first := h.process(ctx, "./starter", "run", "nightly-sae", "--date", date, "--watch", "--json")
	require.NoError(t, first.Start())
	worker := h.process(ctx, "./worker", "--listen", "")
	require.NoError(t, worker.Start())

	h.await(t, concurtest.OpStatus)
	require.NoError(t, h.concur.Restart())
	h.await(t, concurtest.OpFile)
	require.NoError(t, h.s3.Restart())
	require.NoError(t, h.temporal.Restart())
	require.NoError(t, worker.Process.Kill())
	_ = worker.Wait()
	require.NoError(t, first.Process.Kill())
	_ = first.Wait()

	again := h.process(ctx, "./worker", "--listen", "")
	require.NoError(t, again.Start())
	t.Cleanup(func() { _ = again.Process.Kill(); _ = again.Wait() })
	var out bytes.Buffer
	second := h.process(ctx, "./starter", "run", "nightly-sae", "--date", date, "--watch", "--json")
	second.Stdout = &out
	err := second.Run()
	require.Equal(t, runs.ExitFindings, second.ProcessState.ExitCode(), "%v: %s", err, h.said(t))

	var result workflows.ExtractResult
	require.NoError(t, json.Unmarshal(out.Bytes(), &result), out.String())
	require.Equal(t, workflows.OutcomeFindings, result.Outcome)
	var jobs []concurtest.JobRecord
	require.NoError(t, json.Unmarshal(h.control(t, "GET", "jobs?definition="+strings.ReplaceAll(concurtest.SampleDefinition, " ", "+"), nil), &jobs))
	require.Len(t, jobs, 1)
	require.Equal(t, jobs[0].ID, result.Job.ID)
	kept, err := os.ReadFile(filepath.Join(h.s3.Dir, "objects", strings.TrimPrefix(result.ResultURI, "s3://")))
	require.NoError(t, err)
	var should workflows.ExtractResult
	require.NoError(t, json.Unmarshal(kept, &should))
	require.Equal(t, should, result)
}

// house is three servers and what processes need to find them.
type house struct {
	dir                  string
	temporal, s3, concur *Server
	binaries             map[string]string
}

func openHouse(ctx context.Context, t *testing.T) *house {
	h := &house{dir: t.TempDir(), binaries: map[string]string{}}
	for kind, server := range map[string]**Server{"temporal": &h.temporal, "s3": &h.s3, "concur": &h.concur} {
		var err error
		*server, err = StartServer(kind, filepath.Join(h.dir, kind))
		require.NoError(t, err)
		t.Cleanup((*server).Kill)
	}
	for _, command := range []string{"./worker", "./starter"} {
		binary, err := ground.Build(ctx, command)
		require.NoError(t, err)
		h.binaries[command] = binary
	}
	world := concurtest.SampleWorld(sampleRows)
	auth := concurtest.DefaultAuth()
	text, err := json.Marshal(map[string]any{
		"connections": map[string]any{"simulated": map[string]any{
			"base_url": "http://" + h.concur.Address, "client_id": auth.ClientID, "client_secret": auth.ClientSecret,
			"refresh_token": auth.RefreshToken, "token_store": "s3", "requests_per_second": 1000}},
		"storage": map[string]any{"bucket": Bucket, "prefix": "concur"},
		"pipelines": map[string]any{"nightly-sae": map[string]any{
			"connection": "simulated", "definition": concurtest.SampleDefinition, "format": "sae", "checks": checks(world),
			"poll": map[string]any{"first": "100ms", "max": "500ms", "deadline": "5m", "visibility": "5s"}}},
	})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(h.dir, "tieout.yaml"), text, 0o600))
	return h
}

// process is a command of the project that finds the house's servers by its environment.
func (h *house) process(ctx context.Context, command string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, h.binaries[command], args...)
	c.Dir = h.dir
	c.Env = append(os.Environ(), "TEMPORAL_ADDRESS="+h.temporal.Address, "TIEOUT_CONFIG="+filepath.Join(h.dir, "tieout.yaml"),
		"AWS_ENDPOINT_URL_S3=http://"+h.s3.Address, "AWS_REGION="+ground.S3.Region,
		"AWS_ACCESS_KEY_ID="+ground.S3.AccessKey, "AWS_SECRET_ACCESS_KEY="+ground.S3.SecretKey)
	log, err := os.OpenFile(filepath.Join(h.dir, "processes.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		c.Stderr = log
		context.AfterFunc(ctx, func() { log.Close() })
	}
	return c
}

func (h *house) said(t *testing.T) string {
	text, err := os.ReadFile(filepath.Join(h.dir, "processes.log"))
	require.NoError(t, err)
	return string(text[max(0, len(text)-4000):])
}

// control asks the simulated Concur's own interface.
func (h *house) control(t *testing.T, method, what string, body any) []byte {
	text, err := json.Marshal(body)
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+h.concur.Address+"/concurtest/"+what, bytes.NewReader(text))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	var answer bytes.Buffer
	_, err = answer.ReadFrom(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, answer.String())
	return answer.Bytes()
}

// await returns once Concur has been asked for an operation.
func (h *house) await(t *testing.T, operation concurtest.Operation) {
	require.Eventually(t, func() bool {
		return bytes.Contains(h.control(t, "GET", "requests", nil), fmt.Appendf(nil, "%q", operation))
	}, 2*time.Minute, 20*time.Millisecond, "%s was never asked for: %s", operation, "see the processes' log")
}
