package systemtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"tieout/deployments/local/stack"
	"tieout/internal/app"
)

// Bucket is the bucket of all scenarios, which each have a prefix of their own.
const Bucket = "systemtest"

// Servers are a Temporal and an S3 server in this process. A process can have one of each at a time.
type Servers struct {
	Temporal *stack.Temporal
	S3       *stack.S3
	// Dir holds the servers' state and, below scenarios/, the configurations and logs of the workers.
	Dir string
	// Root is the directory of go.work.
	Root string

	registering, building sync.Mutex
}

// StartServers starts the servers on free loopback ports, with their state in dir.
func StartServers(ctx context.Context, dir string) (_ *Servers, err error) {
	s := &Servers{}
	if s.Dir, err = filepath.Abs(dir); err != nil {
		return nil, fmt.Errorf("finding the directory of the servers: %w", err)
	}
	workspace, err := exec.CommandContext(ctx, "go", "env", "GOWORK").Output()
	if err != nil {
		return nil, fmt.Errorf("finding the workspace: %w", err)
	}
	if s.Root = filepath.Dir(strings.TrimSpace(string(workspace))); s.Root == "." {
		return nil, errors.New("finding the workspace: GOWORK is off, or there is no go.work above the working directory")
	}
	if s.S3, err = startS3(ctx, s.Dir, freeAddress); err != nil {
		return nil, err
	}
	if s.Temporal, err = startTemporal(ctx, s.Dir, freeAddress); err != nil {
		return nil, errors.Join(err, s.S3.Stop())
	}
	return s, nil
}

const freeAddress = "127.0.0.1:0"

func startS3(ctx context.Context, dir, address string) (*stack.S3, error) {
	return stack.StartS3(ctx, stack.S3Options{Address: address, DataDir: dir, Bucket: Bucket})
}

func startTemporal(ctx context.Context, dir, address string) (*stack.Temporal, error) {
	return stack.StartTemporal(ctx, stack.TemporalOptions{Address: address, DataDir: dir, SearchAttributes: app.SearchAttributes()})
}

// Close stops the servers.
func (s *Servers) Close() error { return errors.Join(s.Temporal.Stop(), s.S3.Stop()) }

// Build builds a command of the workspace, such as "./worker", unless it has been built before, and returns the path of
// the binary.
func (s *Servers) Build(ctx context.Context, command string) (string, error) {
	s.building.Lock()
	defer s.building.Unlock()
	path := filepath.Join(s.Dir, "bin", filepath.Base(command))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", path, command)
	build.Dir = s.Root
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", command, err, output)
	}
	return path, nil
}
