package systemtest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"tieout/internal/contract"
)

// servers are the Temporal and the S3 server of all tests.
var servers *Servers

func TestMain(m *testing.M) {
	serveIfAsked()
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	flag.Parse()
	// The tests mostly wait: for heartbeats that stay out, for retries. On two cores two at a time would take minutes.
	if err := flag.Set("test.parallel", "32"); err != nil {
		panic(err)
	}
	dir, err := os.MkdirTemp("", "tieout-systemtest-")
	if err == nil {
		defer os.RemoveAll(dir)
		servers, err = StartServers(context.Background(), dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "starting the servers:", err)
		return 1
	}
	defer func() {
		if err := servers.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "stopping the servers:", err)
		}
	}()
	return m.Run()
}

// newScenario makes a scenario that ends with the test.
func newScenario(t *testing.T, pipelines ...*Pipeline) (context.Context, *Scenario) {
	t.Helper()
	return newScenarioWith(t, ScenarioOptions{}, pipelines...)
}

func newScenarioWith(t *testing.T, o ScenarioOptions, pipelines ...*Pipeline) (context.Context, *Scenario) {
	t.Helper()
	// The test's own context would end before its parallel subtests have cleaned up.
	ctx, cancel := context.WithTimeout(context.Background(), patience())
	t.Cleanup(cancel)
	s, err := servers.NewScenario(ctx, namespaceOf(t.Name()), o, pipelines...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return ctx, s
}

// patience is how long a run may take. All tests run at the same time, perhaps on two cores.
func patience() time.Duration {
	if wholeMatrix() {
		return 40 * time.Minute
	}
	return 10 * time.Minute
}

// work starts a worker in this process that ends with the test.
func work(ctx context.Context, t *testing.T, s *Scenario) {
	t.Helper()
	stop, err := s.StartWorker(ctx)
	require.NoError(t, err)
	t.Cleanup(stop)
}

// startProcess starts a worker process that ends with the test.
func startProcess(ctx context.Context, t *testing.T, s *Scenario) *WorkerProcess {
	t.Helper()
	w, err := s.StartWorkerProcess(ctx)
	require.NoError(t, err)
	t.Cleanup(w.Kill)
	return w
}

// findings is how a run of a World ends where nothing is lost.
var findings = Expect{Outcome: contract.OutcomeFindings, Jobs: 1}

// requireEnd waits for a run's end and checks what it has left.
func requireEnd(ctx context.Context, t *testing.T, p *Pipeline, run client.WorkflowRun, want Expect) Ended {
	t.Helper()
	ended, err := p.Await(ctx, run)
	require.NoError(t, err)
	require.NoError(t, p.Check(ctx, ended, want))
	return ended
}

// requireRun runs the pipeline's date and checks what the run has left.
func requireRun(ctx context.Context, t *testing.T, p *Pipeline, want Expect) Ended {
	t.Helper()
	run, err := p.Start(ctx)
	require.NoError(t, err)
	return requireEnd(ctx, t, p, run, want)
}

// namespaceOf makes a namespace of a test's name.
func namespaceOf(name string) string {
	return regexp.MustCompile(`[^a-zA-Z0-9]`).ReplaceAllString(name, "-")
}
