package printer

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/internal/contract"
	"tieout/internal/runs"
)

const testID = "extract/nightly-sae/2026-11-20"

func status(phase contract.Phase, since time.Time, change func(*runs.Status)) runs.Status {
	s := runs.Status{Running: true, Progress: contract.Progress{Phase: phase, Since: since.Format(time.RFC3339), Message: "Busy with " + string(phase)}}
	if change != nil {
		change(&s)
	}
	return s
}

func TestProgressOnATerminal(t *testing.T) {
	var drawn strings.Builder
	begun := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	now := begun
	p := NewProgress(&Printer{Err: &drawn, Live: true, Width: 100}, "tieout", testID, func() time.Time { return now })
	at := func(seconds int) { now = begun.Add(time.Duration(seconds) * time.Second) }

	at(12)
	p.Show(status(contract.PhaseWaiting, begun, func(s *runs.Status) { s.Message = "Running for 12s, poll 2, next in 15s" }))
	require.Equal(t, "waiting       12s  Running for 12s, poll 2, next in 15s", p.last)
	landing := begun.Add(20 * time.Second)
	at(21)
	p.Show(status(contract.PhaseLanding, landing, func(s *runs.Status) { s.Bytes, s.Of = 1_000_000, 10_000_000 }))
	at(22)
	p.Show(status(contract.PhaseLanding, landing, func(s *runs.Status) { s.Bytes, s.Of = 3_000_000, 10_000_000 }))
	require.Equal(t, "landing       2s  3.0 MB of 10.0 MB (30%)  2.0 MB/s", p.last)
	at(30)
	p.Show(status(contract.PhaseTyingOut, now, func(s *runs.Status) { s.List, s.Requests = "Chart\x1b of Accounts", 7 }))
	require.Equal(t, `tying-out     0s  list "Chart\x1b of Accounts", 7 requests`, p.last)
	p.Show(status(contract.PhaseReview, now, func(s *runs.Status) { s.Progress.Reports = &contract.Reports{Link: "https://r"} }))
	p.End()
	require.Contains(t, drawn.String(), "tieout review "+testID+" approve|reject|recheck")
	require.Contains(t, drawn.String(), "landing       10s\n") // left behind once the phase was over
	require.True(t, strings.HasSuffix(drawn.String(), "\r\x1b[K"), "the redrawn line is cleared")
}

func TestProgressPiped(t *testing.T) {
	var written strings.Builder
	now := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	p := NewProgress(&Printer{Err: &written, Width: 100}, "tieout", testID, func() time.Time { return now })
	for range 3 {
		p.Show(status(contract.PhaseWaiting, now, nil))
	}
	p.Show(runs.Status{Running: true})
	p.End()
	require.Equal(t, "09:30:00  waiting      Busy with waiting\n09:30:00  no worker answers; the run waits for one\n", written.String())
}
