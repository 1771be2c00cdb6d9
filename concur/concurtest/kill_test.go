package concurtest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tieout/concur/concurtest/extractgen"
)

// childDir is set in the process that TestKilledServer kills.
const childDir = "CONCURTEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		serveUntilKilled(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

func killWorld() World {
	world := oneDefinition(Definition{Files: []File{{Extract: &extractgen.Spec{Rows: 300}}}})
	world.Definitions[0].ID = "def$1!"
	return world
}

// serveUntilKilled ends with its parent at the latest.
func serveUntilKilled(dir string) {
	s := NewServer(killWorld(), WithStateDir(dir))
	defer s.Close()
	fmt.Println(s.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// What a server answered for is there after kill -9.
func TestKilledServer(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for round := 1; round <= 3; round++ {
		child := exec.Command(os.Args[0], "-test.run=^$")
		child.Env = append(os.Environ(), childDir+"="+dir)
		stdin, err := child.StdinPipe()
		require.NoError(t, err)
		stdout, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		url, err := bufio.NewReader(stdout).ReadString('\n')
		require.NoError(t, err)

		c := connect(t, &Server{URL: strings.TrimSpace(url), world: World{Auth: DefaultAuth()}})
		resp, _ := c.do("POST", definitionPath("def$1!")+"/job", nil)
		require.Equal(t, 201, resp.StatusCode)
		require.NoError(t, child.Process.Kill())
		_ = child.Wait()
		stdin.Close()

		state, err := ReadState(dir)
		require.NoError(t, err)
		require.Len(t, state.Jobs, round)
		require.Equal(t, int64(round), state.Jobs[round-1].Request)
	}
	for range 2 {
		s := NewServer(killWorld(), WithStateDir(dir))
		c := connect(t, s)
		for _, job := range s.Jobs("Extract") {
			status, text := c.get(jobPath(job) + "/file")
			require.Equal(t, 200, status)
			files = append(files, text)
		}
		s.Close()
	}
	require.Equal(t, files[:3], files[3:])
	require.NotEqual(t, files[0], files[1])
}
