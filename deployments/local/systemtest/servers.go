package systemtest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"tieout/deployments/local/stack"
	"tieout/internal/app"
)

// A server process is this program again, with these in its environment.
const (
	serverKind    = "TIEOUT_SYSTEMTEST_SERVER" // temporal, s3 or concur
	serverDir     = "TIEOUT_SYSTEMTEST_DIR"
	serverAddress = "TIEOUT_SYSTEMTEST_ADDRESS"
)

// ServeIfAsked makes this process a server when Server started it, and then does not return. Call it first in main.
func ServeIfAsked() {
	kind := os.Getenv(serverKind)
	if kind == "" {
		return
	}
	address, err := serve(context.Background(), kind, os.Getenv(serverDir), os.Getenv(serverAddress))
	if err != nil {
		fmt.Fprintln(os.Stderr, kind, err)
		os.Exit(1)
	}
	fmt.Println(address)
	select {} // until it is killed
}

func serve(ctx context.Context, kind, dir, address string) (string, error) {
	switch kind {
	case "temporal":
		s, err := stack.StartTemporal(ctx, stack.TemporalOptions{Address: address, DataDir: dir, SearchAttributes: app.SearchAttributes()})
		if err != nil {
			return "", err
		}
		return s.HostPort, nil
	case "s3":
		s, err := stack.StartS3(ctx, stack.S3Options{Address: address, DataDir: dir, Bucket: Bucket})
		if err != nil {
			return "", err
		}
		return strings.TrimPrefix(s.Endpoint, "http://"), nil
	case "concur":
		s, err := stack.StartConcur(ctx, stack.ConcurOptions{Address: address, DataDir: dir, Rows: sampleRows})
		if err != nil {
			return "", err
		}
		return strings.TrimPrefix(s.URL, "http://"), nil
	}
	return "", fmt.Errorf("there is no server %q", kind)
}

// sampleRows make a file of two parts.
const sampleRows = 20_000

// Server is one of the servers as a process of its own, with its state on disk.
type Server struct {
	Kind, Dir string
	// Address is the same after a restart.
	Address string

	process *exec.Cmd
}

// StartServer starts a server ("temporal", "s3" or "concur") on a free port.
func StartServer(kind, dir string) (*Server, error) {
	s := &Server{Kind: kind, Dir: dir, Address: "127.0.0.1:0"}
	return s, s.start()
}

func (s *Server) start() error {
	s.process = exec.Command(os.Args[0])
	s.process.Env = append(os.Environ(), serverKind+"="+s.Kind, serverDir+"="+s.Dir, serverAddress+"="+s.Address)
	s.process.Stderr = os.Stderr
	out, err := s.process.StdoutPipe()
	if err == nil {
		err = s.process.Start()
	}
	if err != nil {
		return fmt.Errorf("starting %s: %w", s.Kind, err)
	}
	said := bufio.NewScanner(out)
	if !said.Scan() {
		s.Kill()
		return fmt.Errorf("starting %s on %s: it ended", s.Kind, s.Address)
	}
	s.Address = said.Text()
	return nil
}

// Kill is kill -9.
func (s *Server) Kill() {
	_ = s.process.Process.Kill() // gone already is as good
	_ = s.process.Wait()
}

// Restart kills the server and starts it again, on the same address and with the state that it left.
func (s *Server) Restart() error {
	s.Kill()
	return s.start()
}
