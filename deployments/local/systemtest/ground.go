package systemtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"tieout/deployments/local/stack"
	"tieout/internal/app"
)

// Bucket is where all nights of a ground land, each under a prefix of its own.
const Bucket = "night"

// Ground is what nights stand on: one Temporal and one S3 server in this process. There can be one per process.
type Ground struct {
	// Dir holds the servers' state, and below shifts/ the workers' configurations and logs.
	Dir      string
	Temporal *stack.Temporal
	S3       *stack.S3
	// Root is the directory of go.work.
	Root string

	registering sync.Mutex

	mu    sync.Mutex
	built map[string]func() (string, error)
}

// Open starts the servers on free loopback ports, with their state in dir.
func Open(ctx context.Context, dir string) (*Ground, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the directory of the ground: %w", err)
	}
	g := &Ground{Dir: dir, built: map[string]func() (string, error){}}
	if g.Root, err = root(); err != nil {
		return nil, err
	}
	const free = "127.0.0.1:0"
	if g.S3, err = stack.StartS3(ctx, stack.S3Options{Address: free, DataDir: dir, Bucket: Bucket}); err != nil {
		return nil, err
	}
	g.Temporal, err = stack.StartTemporal(ctx, stack.TemporalOptions{Address: free, DataDir: dir, SearchAttributes: app.SearchAttributes()})
	if err != nil {
		return nil, errors.Join(err, g.S3.Stop())
	}
	return g, nil
}

// Close stops the servers.
func (g *Ground) Close() error { return errors.Join(g.Temporal.Stop(), g.S3.Stop()) }

// Build builds a command of the workspace ("./worker") once and returns the path of the binary.
func (g *Ground) Build(ctx context.Context, command string) (string, error) {
	g.mu.Lock()
	build := g.built[command]
	if build == nil {
		build = sync.OnceValues(func() (string, error) {
			path := filepath.Join(g.Dir, "bin", filepath.Base(command))
			c := exec.CommandContext(ctx, "go", "build", "-o", path, command)
			c.Dir = g.Root
			if said, err := c.CombinedOutput(); err != nil {
				return "", fmt.Errorf("building %s: %w\n%s", command, err, said)
			}
			return path, nil
		})
		g.built[command] = build
	}
	g.mu.Unlock()
	return build()
}

// root finds the workspace that the working directory lies in.
func root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the workspace: %w", err)
	}
	for {
		_, err := os.Stat(filepath.Join(dir, "go.work"))
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return "", fmt.Errorf("finding the workspace: no go.work above the working directory: %w", err)
		}
		dir = filepath.Dir(dir)
	}
}
