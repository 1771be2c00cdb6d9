package systemtest

import (
	"bytes"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// gate accepts connections and passes nothing on until it is opened, as a server that is too busy to answer.
type gate struct {
	net.Listener
	opened chan struct{}
	to     string
	mu     sync.Mutex
	held   []net.Conn
}

func newGate(t *testing.T, to string) *gate {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := &gate{Listener: listener, opened: make(chan struct{}), to: to}
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return // it was closed
			}
			g.hold(in)
			go g.forward(in)
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		g.mu.Lock()
		defer g.mu.Unlock()
		for _, c := range g.held {
			c.Close()
		}
	})
	return g
}

func (g *gate) hold(c net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = append(g.held, c)
}

func (g *gate) forward(in net.Conn) {
	<-g.opened
	out, err := net.Dial("tcp", g.to)
	if err != nil {
		in.Close()
		return
	}
	g.hold(out)
	go func() { _, _ = io.Copy(out, in); out.Close() }() // either end may close first
	_, _ = io.Copy(in, out)
	in.Close()
}

// TestTemporalThatAnswersLate starts a worker while Temporal does not answer, and sees that it works once Temporal does. If
// the worker ended instead, every run would stand still.
func TestTemporalThatAnswersLate(t *testing.T) {
	t.Parallel()
	gate := newGate(t, servers.Temporal.HostPort)
	p := &Pipeline{Name: "late", World: World(300)}
	ctx, s := newScenarioWith(t, ScenarioOptions{Temporal: gate.Addr().String()}, p)
	startProcess(ctx, t, s)
	require.Eventually(t, func() bool {
		log, err := os.ReadFile(filepath.Join(s.Dir, "worker-1.log"))
		return err == nil && bytes.Contains(log, []byte("Temporal does not answer"))
	}, patience(), 100*time.Millisecond)
	close(gate.opened)
	requireRun(ctx, t, p, findings)
	require.Equal(t, 1, s.workers)
}
