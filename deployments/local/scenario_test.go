package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/deployments/local/systemtest"
)

// startServers starts a Temporal and an S3 server that end with the test.
func startServers(t *testing.T, timeout time.Duration) (context.Context, *systemtest.Servers) {
	t.Helper()
	t.Chdir(".") // the S3 server changes the working directory
	// The test's own context would end before its parallel subtests have cleaned up.
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	t.Cleanup(cancel)
	servers, err := systemtest.StartServers(ctx, t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, servers.Close()) })
	return ctx, servers
}

// startScenario makes a scenario with a worker in this process. Both end with the test.
func startScenario(ctx context.Context, t *testing.T, servers *systemtest.Servers, name string, pipelines ...*systemtest.Pipeline) *systemtest.Scenario {
	t.Helper()
	scenario, err := servers.NewScenario(ctx, name, systemtest.ScenarioOptions{}, pipelines...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, scenario.Close()) })
	stop, err := scenario.StartWorker(ctx)
	require.NoError(t, err)
	t.Cleanup(stop)
	return scenario
}
