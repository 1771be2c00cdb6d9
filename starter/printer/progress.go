package printer

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"tieout/internal/contract"
	"tieout/internal/runs"
	"tieout/internal/wording"
)

// Progress shows where a run is. On a terminal it redraws one line, and leaves a line behind for each phase that has
// ended. Elsewhere it writes a line whenever something changed.
type Progress struct {
	printer *Printer
	program string // its name in the commands that Progress tells people
	now     func() time.Time
	id      string
	run     string // the run behind id, where id is a front
	phase   contract.Phase
	begun   time.Time
	last    string
	drawn   bool

	bytes int64 // received at the last change, which was at a time
	at    time.Time
	rate  float64 // bytes a second, smoothed
}

// NewProgress returns the progress of the run or front with the workflow id. Program is the name of the command line.
func NewProgress(p *Printer, program, id string, now func() time.Time) *Progress {
	return &Progress{printer: p, program: program, id: id, now: now}
}

// Show writes what has changed since the last status.
func (p *Progress) Show(s runs.Status) {
	if run := s.Progress.Run; run != "" && run != p.run {
		p.run = run
		p.printer.Say("%s is a front: the run is %s", p.id, run)
	}
	if s.Progress.Phase != "" && s.Progress.Phase != p.phase {
		p.leavePhase()
		p.phase, p.begun, p.bytes, p.rate = s.Progress.Phase, p.now(), 0, 0
		if since, err := time.Parse(time.RFC3339, s.Progress.Since); err == nil {
			p.begun = since
		}
		p.ask(s)
	}
	p.measure(s)
	if !p.printer.Live {
		if line := runs.Line(s); line != p.last {
			p.last = line
			p.printer.Say("%s  %s", p.now().Format(time.TimeOnly), Visible(line))
		}
		return
	}
	p.last = p.line(s)
	fmt.Fprintf(p.printer.Err, clearLine+"%s", cut(p.last, p.printer.Width-1))
	p.drawn = true
}

// leavePhase writes the line of a phase that has ended.
func (p *Progress) leavePhase() {
	if p.printer.Live && p.phase != "" {
		fmt.Fprintf(p.printer.Err, clearLine+"%-13s %s\n", p.phase, Duration(p.now().Sub(p.begun)))
		p.drawn = false
	}
}

// End clears the line that was redrawn.
func (p *Progress) End() {
	if p.drawn {
		fmt.Fprint(p.printer.Err, clearLine)
	}
}

// ask says that the run waits for a person, and with which command that person decides.
func (p *Progress) ask(s runs.Status) {
	id := cmp.Or(s.Progress.Run, p.id)
	switch s.Progress.Phase {
	case contract.PhaseReview:
		p.printer.Say("%s %s. Decide with: %s review %s approve|reject|recheck --reason '…'", p.printer.Paint(Yellow, "review:"), s.Progress.Message, p.program, id)
		if s.Progress.Reports != nil {
			p.printer.Say("        The report: %s", s.Progress.Reports.Link)
		}
	case contract.PhaseAmbiguous:
		p.printer.Say("%s %s. Decide with: %s resolve %s adopt 'JOB'|start-again|stop --reason '…'", p.printer.Paint(Yellow, "start ambiguous:"), s.Progress.Message, p.program, id)
	}
}

// measure updates the rate at which bytes arrive.
func (p *Progress) measure(s runs.Status) {
	now := p.now()
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

// line returns the present phase in one line: its duration, bytes with their rate, rows, list requests and message.
func (p *Progress) line(s runs.Status) string {
	if s.Progress.Phase == "" {
		return "no worker answers; the run waits for one"
	}
	parts := []string{fmt.Sprintf("%-13s %s", p.phase, Duration(p.now().Sub(p.begun)))}
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if s.Bytes > 0 {
		of := ""
		if s.Of > 0 {
			of = fmt.Sprintf(" of %s (%d%%)", wording.Size(s.Of), 100*s.Bytes/s.Of)
		}
		add("%s%s", wording.Size(s.Bytes), of)
		if p.rate > 0 {
			add("%s/s", wording.Size(int64(p.rate)))
		}
	}
	if s.Rows > 0 {
		add("%d rows", s.Rows)
	}
	if s.Requests > 0 {
		add("list %q, %s", s.List, wording.Counted(s.Requests, "request", "requests"))
	}
	if s.Message != "" {
		add("%s", s.Message)
	}
	if len(parts) == 1 {
		add("%s", s.Progress.Message)
	}
	return Visible(strings.Join(parts, "  "))
}
