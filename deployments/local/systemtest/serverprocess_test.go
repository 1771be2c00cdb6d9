package systemtest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/deployments/local/stack"
)

// A server process is the test binary again, with these variables in its environment.
const (
	serverKind    = "TIEOUT_SYSTEMTEST_SERVER" // temporal, s3 or concur
	serverDir     = "TIEOUT_SYSTEMTEST_DIR"
	serverAddress = "TIEOUT_SYSTEMTEST_ADDRESS"
)

// sampleRows make a file of two parts.
const sampleRows = 20_000

// serveIfAsked makes this process a server, and then does not return, if startServerProcess started it.
func serveIfAsked() {
	kind := os.Getenv(serverKind)
	if kind == "" {
		return
	}
	address, err := serve(context.Background(), kind, os.Getenv(serverDir), os.Getenv(serverAddress))
	if err != nil {
		fmt.Fprintln(os.Stderr, kind, err)
		os.Exit(1)
	}
	fmt.Println(strings.TrimPrefix(address, "http://"))
	select {} // until it is killed
}

func serve(ctx context.Context, kind, dir, address string) (string, error) {
	switch kind {
	case "temporal":
		s, err := startTemporal(ctx, dir, address)
		if err != nil {
			return "", err
		}
		return s.HostPort, nil
	case "s3":
		s, err := startS3(ctx, dir, address)
		if err != nil {
			return "", err
		}
		return s.Endpoint, nil
	}
	s, err := stack.StartConcur(ctx, stack.ConcurOptions{Address: address, DataDir: dir, Rows: sampleRows})
	if err != nil {
		return "", err
	}
	return s.URL, nil
}

// serverProcess is a server as a process of its own, with its state on disk.
type serverProcess struct {
	kind, dir string
	// address is the same after a restart.
	address string
	command *exec.Cmd
}

// startServerProcess starts a server ("temporal", "s3" or "concur") on a free port, for as long as the test runs.
func startServerProcess(t *testing.T, kind, dir string) *serverProcess {
	t.Helper()
	s := &serverProcess{kind: kind, dir: dir, address: freeAddress}
	s.start(t)
	t.Cleanup(s.kill)
	return s
}

func (s *serverProcess) start(t *testing.T) {
	t.Helper()
	s.command = exec.Command(os.Args[0])
	s.command.Env = append(os.Environ(), serverKind+"="+s.kind, serverDir+"="+s.dir, serverAddress+"="+s.address)
	s.command.Stderr = os.Stderr
	stdout, err := s.command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, s.command.Start())
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		s.kill()
		t.Fatalf("%s on %s ended while it started", s.kind, s.address)
	}
	s.address = lines.Text()
}

func (s *serverProcess) kill() {
	_ = s.command.Process.Kill() // it may be gone already
	_ = s.command.Wait()
}

// restart kills the server with kill -9 and starts it again, on the same address and with the state that it left.
func (s *serverProcess) restart(t *testing.T) {
	t.Helper()
	s.kill()
	s.start(t)
}
