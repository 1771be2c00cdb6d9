package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"tieout/internal/runs"
)

const good = `connections: {acme: {base_url: "http://127.0.0.1:1", client_id: id, client_secret: s, refresh_token: r, token_store: s3}}
storage: {bucket: evidence}
pipelines: {nightly-sae: {definition: Standard Accounting Extract, format: sae}}
`

func written(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "tieout.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// quietEnvironment keeps the machine's own settings out.
func quietEnvironment(t *testing.T) {
	for _, name := range []string{"TIEOUT_CONFIG", "TEMPORAL_DEPLOYMENT_NAME", "TEMPORAL_WORKER_BUILD_ID", "OTEL_TRACES_EXPORTER",
		"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "x")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "x")
	t.Setenv("TEMPORAL_CONFIG_FILE", filepath.Join(t.TempDir(), "none.toml"))
}

func TestWhatAPersonHasToCorrectEndsWith2(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		env  map[string]string
		says string
	}{
		"unknown flag":         {args: []string{"--port", "1"}, says: "unknown flag: --port (--help lists the flags)"},
		"an argument":          {args: []string{"nightly"}, says: "nightly"},
		"log format":           {args: []string{"--log-format", "xml"}, says: "want json or console"},
		"log level":            {args: []string{"--log-level", "loud"}, says: "want debug, info, warn or error"},
		"no configuration":     {args: []string{"--config", "/nowhere/tieout.yaml"}, says: "there is no configuration at /nowhere/tieout.yaml"},
		"bad configuration":    {args: []string{"--config", "BAD"}, says: "tieout.yaml"},
		"listen":               {args: []string{"--listen", "9464"}, says: "--listen 9464: want host:port"},
		"half a version":       {env: map[string]string{"TEMPORAL_DEPLOYMENT_NAME": "tieout"}, says: "TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID belong together"},
		"exporter not built":   {env: map[string]string{"OTEL_TRACES_EXPORTER": "zipkin"}, says: "OTEL_TRACES_EXPORTER=zipkin: want otlp or none"},
		"protocol not built":   {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}, says: "want grpc"},
		"configuration by env": {env: map[string]string{"TIEOUT_CONFIG": "/nowhere/else.yaml"}, says: "/nowhere/else.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			quietEnvironment(t)
			args := append([]string{"--listen", "127.0.0.1:0"}, test.args...)
			if test.env["TIEOUT_CONFIG"] == "" && !strings.Contains(strings.Join(test.args, " "), "--config") {
				args = append(args, "--config", written(t, good))
			}
			for i, arg := range args {
				if arg == "BAD" {
					args[i] = written(t, "pipelines: {p: {formt: sae}}\n")
				}
			}
			for key, value := range test.env {
				t.Setenv(key, value)
			}
			var stderr bytes.Buffer
			require.Equal(t, runs.ExitUsage, run(t.Context(), args, io.Discard, &stderr), stderr.String())
			require.Contains(t, stderr.String(), test.says)
		})
	}
}

// A worker asks for a Temporal that does not answer until it is told to stop.
func TestTemporalThatIsNotThereIsSaid(t *testing.T) {
	quietEnvironment(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Setenv("TEMPORAL_ADDRESS", listener.Addr().String())
	require.NoError(t, listener.Close())
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	t.Cleanup(cancel)
	var stderr bytes.Buffer
	require.Equal(t, runs.ExitError, run(ctx, []string{"--listen", "", "--config", written(t, good)}, io.Discard, &stderr))
	require.Contains(t, stderr.String(), "Temporal does not answer at "+listener.Addr().String())
	require.Contains(t, stderr.String(), "TEMPORAL_ADDRESS")
}

// What somebody has to correct is not waited for.
func TestWhatIsNoTemporalEndsTheWorker(t *testing.T) {
	quietEnvironment(t)
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	t.Setenv("TEMPORAL_ADDRESS", web.Listener.Addr().String())
	var stderr bytes.Buffer
	require.Equal(t, runs.ExitError, run(t.Context(), []string{"--listen", "", "--config", written(t, good)}, io.Discard, &stderr))
	require.Contains(t, stderr.String(), "it speaks HTTP, not gRPC")
}

func TestTakenPortIsSaid(t *testing.T) {
	quietEnvironment(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	var stderr bytes.Buffer
	require.Equal(t, runs.ExitError, run(t.Context(), []string{"--listen", listener.Addr().String(), "--config", written(t, good)}, io.Discard, &stderr))
	require.Contains(t, stderr.String(), "(--listen)")
}

func TestHelpSaysWhatAnOperatorAsks(t *testing.T) {
	var stdout bytes.Buffer
	require.Equal(t, runs.ExitOK, run(t.Context(), []string{"--help"}, &stdout, io.Discard))
	for _, said := range []string{"--config", "--listen", "TEMPORAL_DEPLOYMENT_NAME", "OTEL_EXPORTER_OTLP_ENDPOINT", "Exit codes"} {
		require.Contains(t, stdout.String(), said)
	}
}

// answering is a Temporal that answers with an error, or without.
type answering struct{ err error }

func (a *answering) CheckHealth(context.Context, *client.CheckHealthRequest) (*client.CheckHealthResponse, error) {
	return &client.CheckHealthResponse{}, a.err
}

func TestHealthAndReadiness(t *testing.T) {
	measured, err := newMetrics(zap.NewNop())
	require.NoError(t, err)
	state := newHealth()
	server := httptest.NewServer(routes(state, measured))
	t.Cleanup(server.Close)
	ask := func(path string) (int, string) {
		answer, err := http.Get(server.URL + path)
		require.NoError(t, err)
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		return answer.StatusCode, string(body)
	}
	ready := func(status int, says string) {
		t.Helper()
		got, body := ask("/readyz")
		require.Equal(t, status, got)
		require.Contains(t, body, says)
		got, _ = ask("/healthz")
		require.Equal(t, http.StatusOK, got, "the process lives all the while")
	}
	ready(http.StatusServiceUnavailable, "the worker is starting")
	temporal := &answering{}
	state.ready(temporal)
	ready(http.StatusOK, "ready")
	temporal.err = errors.New("connection refused")
	ready(http.StatusServiceUnavailable, "asking Temporal: connection refused")
	temporal.err = nil
	ready(http.StatusOK, "ready")
	state.notReady("the worker stops")
	ready(http.StatusServiceUnavailable, "the worker stops")
}

// aged is a refresh token of an age.
type aged struct {
	age   time.Duration
	known bool
	err   error
}

func (a aged) RefreshTokenAge(context.Context) (time.Duration, bool, error) {
	return a.age, a.known, a.err
}

func TestMetrics(t *testing.T) {
	measured, err := newMetrics(zap.NewNop())
	require.NoError(t, err)
	scrape := func() string {
		recorder := httptest.NewRecorder()
		measured.handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		require.Equal(t, http.StatusOK, recorder.Code)
		return recorder.Body.String()
	}
	tags := measured.temporal.WithTags(map[string]string{"namespace": "default"})
	tags.Counter("temporal_request").Inc(2)
	tags.Gauge("temporal_num_pollers").Update(4)
	tags.Timer("temporal_workflow_endtoend_latency").Record(45 * time.Minute)
	measured.lookAtToken(t.Context(), "acme", aged{age: 36 * time.Hour, known: true})
	body := scrape()
	for _, line := range []string{
		`temporal_request_total{namespace="default"} 2`,
		`temporal_num_pollers{namespace="default"} 4`,
		`temporal_workflow_endtoend_latency_seconds_bucket{namespace="default",le="900"} 0`,
		`temporal_workflow_endtoend_latency_seconds_bucket{namespace="default",le="3600"} 1`,
		`tieout_refresh_token_age_seconds{connection="acme"} 129600`,
		`tieout_build_info{version="tieout`,
		"go_goroutines ",
		"process_resident_memory_bytes ",
	} {
		require.Contains(t, body, line)
	}
	for _, unknown := range []aged{{}, {err: errors.New("no such bucket"), age: time.Hour, known: true}} {
		measured.lookAtToken(t.Context(), "acme", aged{age: time.Hour, known: true})
		measured.lookAtToken(t.Context(), "acme", unknown)
		require.NotContains(t, scrape(), `connection="acme"`, "an old figure would say that all is well")
	}
}

func TestWhoWantsTraces(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		want bool
	}{
		"nobody":               {nil, false},
		"an endpoint":          {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4317"}, true},
		"an endpoint for them": {map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4317"}, true},
		"an exporter":          {map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, true},
		"none":                 {map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4317"}, false},
		"disabled":             {map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "otlp"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			wants, err := wantsTraces(func(name string) string { return test.env[name] })
			require.NoError(t, err)
			require.Equal(t, test.want, wants)
		})
	}
}

func TestTracesAreSetUpWithoutACollector(t *testing.T) {
	quietEnvironment(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	sent, err := newTraces(t.Context(), zap.NewNop())
	require.NoError(t, err)
	require.Len(t, sent.interceptors, 1)
	sent.stop(zap.NewNop())
}
