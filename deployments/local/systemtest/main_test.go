package systemtest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ground is the Temporal and the S3 server of all tests.
var ground *Ground

func TestMain(m *testing.M) {
	ServeIfAsked()
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	flag.Parse()
	// Nights mostly wait: for heartbeats that stay out, for retries. On two cores two at a time would take minutes.
	if err := flag.Set("test.parallel", "32"); err != nil {
		panic(err)
	}
	dir, err := os.MkdirTemp("", "tieout-night-")
	if err == nil {
		defer os.RemoveAll(dir)
		ground, err = Open(context.Background(), dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "opening the ground:", err)
		return 1
	}
	defer func() {
		if err := ground.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "closing the ground:", err)
		}
	}()
	return m.Run()
}

// newShift makes a shift that ends with the test.
func newShift(t *testing.T, o ShiftOptions, nights ...*Night) (context.Context, *Shift) {
	t.Helper()
	// Not the test's own context: that ends before its parallel subtests have cleaned up.
	ctx, cancel := context.WithTimeout(context.Background(), patience())
	t.Cleanup(cancel)
	s, err := ground.NewShift(ctx, namespaceOf(t.Name()), o, nights...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return ctx, s
}

// patience is how long a night may take. All tests run at once, on what may be two cores.
func patience() time.Duration {
	if wholeMatrix() {
		return 40 * time.Minute
	}
	return 10 * time.Minute
}

// work starts a worker in this process that ends with the test.
func work(ctx context.Context, t *testing.T, s *Shift) {
	t.Helper()
	stop, err := s.Work(ctx)
	require.NoError(t, err)
	t.Cleanup(stop)
}

// namespaceOf makes a namespace of a test's name.
func namespaceOf(name string) string {
	safe := []byte(name)
	for i, c := range safe {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9') {
			safe[i] = '-'
		}
	}
	return string(safe)
}
