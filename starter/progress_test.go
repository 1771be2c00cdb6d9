package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/internal/contract"
	"tieout/internal/runs"
)

func status(phase contract.Phase, since time.Time, change func(*runs.Status)) runs.Status {
	s := runs.Status{Running: true, Progress: contract.Progress{Phase: phase, Since: since.Format(time.RFC3339), Message: "Busy with " + string(phase)}}
	if change != nil {
		change(&s)
	}
	return s
}

func TestProgressOnATerminal(t *testing.T) {
	b := newBench(t)
	b.live = true
	begun := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	now := begun
	b.now = func() time.Time { return now }
	p := newProgress(b.program, testID)
	at := func(seconds int) { now = begun.Add(time.Duration(seconds) * time.Second) }

	at(12)
	p.show(status(contract.PhaseWaiting, begun, func(s *runs.Status) { s.Message = "Running for 12s, poll 2, next in 15s" }))
	require.Equal(t, "waiting       12s  Running for 12s, poll 2, next in 15s", p.last)
	landing := begun.Add(20 * time.Second)
	at(21)
	p.show(status(contract.PhaseLanding, landing, func(s *runs.Status) { s.Bytes, s.Of = 1_000_000, 10_000_000 }))
	at(22)
	p.show(status(contract.PhaseLanding, landing, func(s *runs.Status) { s.Bytes, s.Of = 3_000_000, 10_000_000 }))
	require.Equal(t, "landing       2s  3.0 MB of 10.0 MB (30%)  2.0 MB/s", p.last)
	at(30)
	p.show(status(contract.PhaseTyingOut, now, func(s *runs.Status) { s.List, s.Requests = "Chart\x1b of Accounts", 7 }))
	require.Equal(t, `tying-out     0s  list "Chart\x1b of Accounts", 7 requests`, p.last)
	p.show(status(contract.PhaseReview, now, func(s *runs.Status) { s.Progress.Reports = &contract.Reports{Link: "https://r"} }))
	p.end()
	drawn := b.err.String()
	require.Contains(t, drawn, "tieout review "+testID+" approve|reject|recheck")
	require.Contains(t, drawn, "landing       10s\n") // left behind once the phase was over
	require.True(t, strings.HasSuffix(drawn, "\r\x1b[K"), "the redrawn line is cleared")
}

func TestProgressPiped(t *testing.T) {
	b := newBench(t)
	p := newProgress(b.program, testID)
	for range 3 {
		p.show(status(contract.PhaseWaiting, b.now(), nil))
	}
	p.show(runs.Status{Running: true})
	p.end()
	require.Equal(t, "09:30:00  waiting      Busy with waiting\n09:30:00  no worker answers; the run waits for one\n", b.err.String())
}

func TestFiguresForPeople(t *testing.T) {
	for n, text := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 15_253_427: "15.3 MB", 21_474_836_480: "21.5 GB"} {
		require.Equal(t, text, bytesText(n))
	}
	for d, text := range map[time.Duration]string{-time.Second: "0s", 59 * time.Second: "59s", 90 * time.Second: "1m30s", 3*time.Hour + 5*time.Minute: "3h05m", 72 * time.Hour: "3 days"} {
		require.Equal(t, text, took(d))
	}
}
