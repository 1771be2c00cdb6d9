package systemtest

import (
	"bytes"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"tieout/internal/contract"
	"time"

	"github.com/stretchr/testify/require"
)

// gate takes connections and lets nothing through until it is opened: a server that is too busy to answer.
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
				return // closed
			}
			g.hold(in)
			go g.pass(in)
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

func (g *gate) pass(in net.Conn) {
	<-g.opened
	out, err := net.Dial("tcp", g.to)
	if err != nil {
		in.Close()
		return
	}
	g.hold(out)
	go func() { _, _ = io.Copy(out, in); out.Close() }() // either end may go first
	_, _ = io.Copy(in, out)
	in.Close()
}

// TestTemporalThatAnswersLate: a worker that comes up while Temporal does not answer is there once it does. One that
// ended instead would leave every run where it was.
func TestTemporalThatAnswersLate(t *testing.T) {
	t.Parallel()
	gate := newGate(t, ground.Temporal.HostPort)
	n := &Night{Name: "late", World: World(300)}
	ctx, s := newShift(t, ShiftOptions{Temporal: gate.Addr().String()}, n)
	w, err := s.Hire(ctx)
	require.NoError(t, err)
	t.Cleanup(w.Kill)
	require.Eventually(t, func() bool {
		said, err := os.ReadFile(filepath.Join(s.Dir, "worker-1.log"))
		return err == nil && bytes.Contains(said, []byte("Temporal does not answer"))
	}, patience(), 100*time.Millisecond)
	close(gate.opened)
	ended, err := n.Run(ctx)
	require.NoError(t, err)
	require.NoError(t, n.Check(ctx, ended, Expect{Outcome: contract.OutcomeFindings, Jobs: 1}))
	require.Equal(t, 1, s.hired)
}
