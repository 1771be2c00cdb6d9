// Package tieout_test ties the workspace together: `go test ./...` stops at the edge of a module, and the whole is not
// tested without the nested one.
package tieout_test

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestLocalStack tests deployments/local: the embedded Temporal, S3 and Concur, and the whole of tieout on them.
func TestLocalStack(t *testing.T) {
	workspace, err := exec.Command("go", "env", "GOWORK").Output()
	require.NoError(t, err)
	if path := strings.TrimSpace(string(workspace)); path == "" || path == "off" {
		t.Skip("GOWORK=off: the root module alone is tested; deployments/local is a module of its own")
	}
	lookAtEveryFile(t)
	ctx := t.Context()
	if deadline, ok := t.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-10*time.Second))
		defer cancel()
	}
	args := []string{"test", "./deployments/local/..."}
	if testing.Short() {
		args = append(args, "-short")
	}
	command := exec.CommandContext(ctx, "go", args...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	err = command.Run()
	if ctx.Err() != nil {
		t.Fatal("testing deployments/local ran out of time. On a cold cache the embedded Temporal server compiles for minutes: " +
			"run `go build ./deployments/local` first, or give `go test -timeout 30m ./...`")
	}
	require.NoError(t, err)
}

// lookAtEveryFile makes the result depend on all that the other `go test` reads: the go command keeps a result for as long
// as nothing changed that the test itself opened.
func lookAtEveryFile(t *testing.T) {
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() && path != "." && path != ".ci" && strings.HasPrefix(entry.Name(), ".") {
			return fs.SkipDir
		}
		return err
	}))
}
