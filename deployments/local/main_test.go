package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"

	"tieout/concur/concurtest"
	"tieout/internal/config"
	"tieout/internal/runs"
)

// started is the command, running in this process.
type started struct {
	// said holds the lines that the command writes at its start, by their first word.
	said   map[string]string
	stop   context.CancelFunc
	code   chan int
	stderr *bytes.Buffer
}

// start runs the command on free ports and returns once it has written where everything is.
func start(t *testing.T, args ...string) *started {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	read, write := io.Pipe()
	s := &started{said: map[string]string{}, stop: cancel, code: make(chan int, 1), stderr: &bytes.Buffer{}}
	args = append(args, "--temporal", "127.0.0.1:0", "--ui", "127.0.0.1:0", "--s3", "127.0.0.1:0", "--concur", "127.0.0.1:0")
	go func() {
		s.code <- run(ctx, args, write, s.stderr)
		write.Close()
	}()
	lines := bufio.NewScanner(read)
	for lines.Scan() {
		key, text, _ := strings.Cut(lines.Text(), "  ")
		s.said[key] = strings.TrimSpace(text)
		if strings.HasPrefix(key, "Ctrl-C") {
			return s
		}
	}
	t.Fatalf("it ended with %d: %s", <-s.code, s.stderr)
	return nil
}

// end stops the command as a signal does.
func (s *started) end(t *testing.T) {
	t.Helper()
	s.stop()
	// The worker may not have been up yet.
	require.Contains(t, []int{runs.ExitOK, runs.ExitDetached}, <-s.code, s.stderr.String())
	require.Empty(t, s.stderr.String())
}

func TestServerOnlyThenEverything(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(t.TempDir())

	alone := start(t, "--server-only", "--data", dir)
	require.Equal(t, dir, alone.said["State"])
	require.NotContains(t, alone.said, "S3")
	response, err := http.Get(alone.said["Web UI"])
	require.NoError(t, err)
	response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
	requireSearchAttributes(t, alone.said["Temporal"])

	var second bytes.Buffer
	require.Equal(t, runs.ExitError, run(t.Context(), []string{"--server-only", "--data", dir}, io.Discard, &second))
	require.Contains(t, second.String(), dir+" is in use by another process (pid ")
	require.Contains(t, second.String(), "--data")
	requireNoErrors(t, dir, 0)
	alone.end(t)
	stopped, err := os.Stat(filepath.Join(dir, "temporal.log"))
	require.NoError(t, err)

	everything := start(t, "--data", dir)
	require.Contains(t, everything.said, "S3")
	require.Contains(t, everything.said, "Concur")
	require.Equal(t, filepath.Join(dir, "tieout.yaml"), everything.said["Settings"])
	require.FileExists(t, everything.said["Settings"])
	env, err := os.ReadFile(filepath.Join(dir, "env"))
	require.NoError(t, err)
	temporal, _, _ := strings.Cut(everything.said["Temporal"], ",")
	require.Contains(t, string(env), "export TEMPORAL_ADDRESS="+temporal+"\n")
	require.Contains(t, string(env), "export CONCUR_REFRESH_TOKEN="+concurtest.DefaultAuth().RefreshToken+"\n")
	requireNoErrors(t, dir, stopped.Size())
	everything.end(t)
}

// requireNoErrors reads what the Temporal server has logged from a byte on, before it is stopped: then running polls end
// with errors.
func requireNoErrors(t *testing.T, dir string, from int64) {
	log, err := os.ReadFile(filepath.Join(dir, "temporal.log"))
	require.NoError(t, err)
	require.NotContains(t, string(log[from:]), `"level":"error"`)
}

func requireSearchAttributes(t *testing.T, said string) {
	hostPort, _, _ := strings.Cut(said, ",")
	c, err := client.Dial(client.Options{HostPort: hostPort})
	require.NoError(t, err)
	defer c.Close()
	known, err := c.OperatorService().ListSearchAttributes(t.Context(), &operatorservice.ListSearchAttributesRequest{Namespace: "default"})
	require.NoError(t, err)
	require.Equal(t, map[string]enums.IndexedValueType{
		"TieoutPipeline":     enums.INDEXED_VALUE_TYPE_KEYWORD,
		"TieoutBusinessDate": enums.INDEXED_VALUE_TYPE_KEYWORD,
		"TieoutOutcome":      enums.INDEXED_VALUE_TYPE_KEYWORD,
		"TieoutFindings":     enums.INDEXED_VALUE_TYPE_INT,
	}, known.CustomAttributes)
}

func TestBadUsageIsSaidAndNothingStarts(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"beyond loopback":   {[]string{"--server-only", "--temporal", "0.0.0.0:7233"}, "--temporal 0.0.0.0:7233: this would listen beyond this machine"},
		"not an address":    {[]string{"--server-only", "--temporal", "7233"}, "--temporal 7233: want a loopback address"},
		"unknown flag":      {[]string{"--port", "1"}, "-port"},
		"an argument":       {[]string{"nightly-sae"}, `"nightly-sae" is not a flag`},
		"nothing to run":    {[]string{"--once", "--server-only"}, "leave one of them out"},
		"rows below zero":   {[]string{"--rows", "-1"}, "--rows -1"},
		"rows not a number": {[]string{"--rows", "many"}, "rows"},
		"no directory":      {[]string{"--data", ""}, "--data wants a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"--data", t.TempDir()}, test.args...)
			var stdout, stderr bytes.Buffer
			require.Equal(t, runs.ExitUsage, run(t.Context(), args, &stdout, &stderr))
			require.Contains(t, stderr.String(), test.says)
			require.Empty(t, stdout.String())
		})
	}
}

func TestHelpNamesEveryFlag(t *testing.T) {
	var stdout, stderr bytes.Buffer
	require.Equal(t, runs.ExitOK, run(t.Context(), []string{"--help"}, &stdout, &stderr))
	for _, flag := range []string{"--once", "--rows", "--data", "--server-only", "--temporal", "--ui", "--s3", "--concur", "--json", "--exit-code"} {
		require.Contains(t, stderr.String(), flag)
	}
}

func TestLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "by lock")
	first, err := lock(dir)
	require.NoError(t, err)
	_, err = lock(dir)
	require.ErrorContains(t, err, "is in use by another process (pid ")
	require.NoError(t, first.Close())
	again, err := lock(dir)
	require.NoError(t, err)
	require.NoError(t, again.Close())
}

func TestQuotedIsOneWordOfAShell(t *testing.T) {
	for text, want := range map[string]string{
		"/tmp/.tieout/env":   "/tmp/.tieout/env",
		"/tmp/my data/env":   "'/tmp/my data/env'",
		"/tmp/$it's `x`/env": `'/tmp/$it'\''s ` + "`x`/env'",
	} {
		require.Equal(t, want, quoted(text))
	}
}

func TestDemoIsWrittenOnce(t *testing.T) {
	dir := t.TempDir()
	path, err := writeDemo(dir, demo{ConcurURL: "http://127.0.0.1:8089", Auth: concurtest.DefaultAuth(), Bucket: "demo-bucket"})
	require.NoError(t, err)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(text), "${TIEOUT_LOCAL_CONCUR:-http://127.0.0.1:8089}\n")
	require.Contains(t, string(text), "bucket: demo-bucket\n")
	settings, err := config.Load(path)
	require.NoError(t, err)
	require.Empty(t, settings.Warnings)
	require.Equal(t, "http://127.0.0.1:8089", settings.Connections["concur"].BaseURL)
	pipeline, err := settings.Pipeline("")
	require.NoError(t, err)
	require.Equal(t, "nightly-sae", pipeline.Name)
	require.Equal(t, concurtest.SampleDefinition, pipeline.Definition)

	require.NoError(t, os.WriteFile(path, []byte("edited"), 0o644))
	_, err = writeDemo(dir, demo{})
	require.NoError(t, err)
	text, err = os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "edited", string(text))
}
