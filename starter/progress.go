package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"tieout/internal/contract"
	"tieout/internal/runs"
)

// progress draws where a run is: on a terminal one line that is redrawn, with a line left behind for each phase that
// is over; piped, a line whenever something changed.
type progress struct {
	a     *program
	id    string
	run   string // that a front stands before
	phase contract.Phase
	begun time.Time
	last  string
	drawn bool

	bytes int64 // at the last look, for the rate
	at    time.Time
	rate  float64 // bytes a second
}

func newProgress(a *program, id string) *progress { return &progress{a: a, id: id} }

func (p *progress) show(s runs.Status) {
	if run := s.Progress.Run; run != "" && run != p.run {
		p.run = run
		p.a.say("%s is a front: the run is %s", p.id, run)
	}
	if s.Progress.Phase != "" && s.Progress.Phase != p.phase {
		p.left()
		p.phase, p.begun, p.bytes, p.rate = s.Progress.Phase, p.a.now(), 0, 0
		if since, err := time.Parse(time.RFC3339, s.Progress.Since); err == nil {
			p.begun = since
		}
		p.ask(s)
	}
	p.measure(s)
	if !p.a.live {
		if line := runs.Line(s); line != p.last {
			p.last = line
			p.a.say("%s  %s", p.a.now().Format(time.TimeOnly), visible(line))
		}
		return
	}
	p.last = p.line(s)
	fmt.Fprintf(p.a.err, "\r\x1b[K%s", cutTo(p.last, p.a.width-1))
	p.drawn = true
}

// left leaves a line for the phase that is over.
func (p *progress) left() {
	if p.a.live && p.phase != "" {
		fmt.Fprintf(p.a.err, "\r\x1b[K%-13s %s\n", p.phase, took(p.a.now().Sub(p.begun)))
		p.drawn = false
	}
}

// end clears the line that was redrawn.
func (p *progress) end() {
	if p.drawn {
		fmt.Fprint(p.a.err, "\r\x1b[K")
	}
}

// ask tells a person that the run waits for them, by the id under which it takes the decision.
func (p *progress) ask(s runs.Status) {
	id := cmp.Or(s.Progress.Run, p.id)
	switch s.Progress.Phase {
	case contract.PhaseReview:
		p.a.say("%s %s. Decide with: %s review %s approve|reject|recheck --reason '…'", p.a.paint(yellow, "review:"), s.Progress.Message, p.a.name, id)
		if s.Progress.Reports != nil {
			p.a.say("        The report: %s", s.Progress.Reports.Link)
		}
	case contract.PhaseAmbiguous:
		p.a.say("%s %s. Decide with: %s resolve %s adopt 'JOB'|start-again|stop --reason '…'", p.a.paint(yellow, "start ambiguous:"), s.Progress.Message, p.a.name, id)
	}
}

// measure keeps the rate at which bytes arrive, smoothed.
func (p *progress) measure(s runs.Status) {
	now := p.a.now()
	if seconds := now.Sub(p.at).Seconds(); p.bytes > 0 && s.Bytes > p.bytes && seconds > 0 {
		rate := float64(s.Bytes-p.bytes) / seconds
		if p.rate > 0 {
			rate = 0.6*p.rate + 0.4*rate
		}
		p.rate = rate
	}
	if s.Bytes != p.bytes {
		p.bytes, p.at = s.Bytes, now
	}
}

// line is the present phase in one line: how long, what the job says, bytes with rate, rows, list requests.
func (p *progress) line(s runs.Status) string {
	if s.Progress.Phase == "" {
		return "no worker answers; the run waits for one"
	}
	parts := []string{fmt.Sprintf("%-13s %s", p.phase, took(p.a.now().Sub(p.begun)))}
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if s.Bytes > 0 {
		of := ""
		if s.Of > 0 {
			of = fmt.Sprintf(" of %s (%d%%)", bytesText(s.Of), 100*s.Bytes/s.Of)
		}
		add("%s%s", bytesText(s.Bytes), of)
		if p.rate > 0 {
			add("%s/s", bytesText(int64(p.rate)))
		}
	}
	if s.Rows > 0 {
		add("%d rows", s.Rows)
	}
	if s.Requests > 0 {
		add("list %q, %s", s.List, plural(s.Requests, "request"))
	}
	if s.Message != "" {
		add("%s", s.Message)
	}
	if len(parts) == 1 {
		add("%s", s.Progress.Message)
	}
	return visible(strings.Join(parts, "  "))
}

// cutTo shortens a text to n columns.
func cutTo(text string, n int) string {
	used := 0
	for i, r := range text {
		if used += columnsOf(string(r)); used > n {
			return text[:i]
		}
	}
	return text
}
