package evidence

import (
	"fmt"
	"slices"
	"time"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// CompletedJob is a completed job of the definition as Concur names it.
type CompletedJob struct {
	ID          string
	Start, Stop time.Time // zero where Concur names none
}

// ended returns the stop time, else the start time.
func (j CompletedJob) ended() time.Time {
	if j.Stop.IsZero() {
		return j.Start
	}
	return j.Stop
}

// Standing is what is to become of a completed job.
type Standing string

const (
	// History is a job that ended before the pipeline's first look: nobody is to land it.
	History Standing = "history"
	// Done is a job that has its result.
	Done Standing = "done"
	// Ended is a job whose last run failed with what another run would only come to again.
	Ended Standing = "ended"
	// Claimed is a job that a run has: it is running, or nobody was asked and it has left no record.
	Claimed Standing = "claimed"
	// LeftOver is a job that recovery takes up.
	LeftOver Standing = "left over"
)

// Trace is what is known of a job besides what Concur says.
type Trace struct {
	// Landed is true where the job has a manifest, TiedOut where its current landing has a result.
	Landed, TiedOut bool
	// Claim is the newest; the zero claim where no run has claimed the job.
	Claim Claim
	// Record is what the run that claimed the job left; nil where it left nothing.
	Record *Record
	// Asked reports whether Temporal was asked if that run is running. Running is the answer.
	Asked, Running bool
}

// touched reports whether a run has claimed or landed the job.
func (t Trace) touched() bool { return !t.Claim.IsZero() || t.Landed }

// finalCodes lists the failures that another run for the same job would only repeat.
var finalCodes = []string{contract.CodeControlTotals, contract.CodeFileFormat, contract.CodeFileEncrypted,
	contract.CodeLandingConflict, contract.CodeConcurJobFailed}

// FinalCode returns the code with which the job's last run failed if another run would only fail in the same way. Such a
// job has no result and needs none. Else FinalCode returns "".
func (t Trace) FinalCode() string {
	if t.TiedOut || t.Record == nil || !slices.Contains(finalCodes, t.Record.Code) {
		return ""
	}
	if t.Record.Code == contract.CodeFileFormat && !t.Landed {
		return "" // Concur served something else than the file, so nothing is known of the file itself
	}
	return t.Record.Code
}

// Horizon separates a pipeline's own jobs from history.
type Horizon struct {
	// Baseline is that of the pipeline's first look; zero where nobody has looked yet.
	Baseline Baseline
	// Since is the day from which on older jobs are asked for; zero where they are not.
	Since time.Time
}

// clocksApart is how far Concur's clock may be behind the worker's. A job that ended this shortly before the first look
// and is in no list of the baseline may have ended after it, so it is landed.
const clocksApart = 10 * time.Minute

// Since returns the first moment of recover.since in the pipeline's zone, or zero.
func Since(settings pipeline.Pipeline) (time.Time, error) {
	if settings.Recover == nil {
		return time.Time{}, nil
	}
	zone, err := settings.Location()
	if err != nil {
		return time.Time{}, fmt.Errorf("reading the time zone of pipeline %s: %w", settings.Name, err)
	}
	since, err := time.ParseInLocation(time.DateOnly, settings.Recover.Since, zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("reading recover.since: %w", err)
	}
	return since, nil
}

// lists reports whether the first look saw the job.
func (h Horizon) lists(job CompletedJob) bool {
	return slices.Contains(h.Baseline.JobIDs, job.ID) || slices.Contains(h.Baseline.OpenIDs, job.ID)
}

// before reports whether the job had ended before the pipeline's first look. For a job that is in no list of the baseline
// its time decides: one empty answer of Concur must not make all of history left over. One that started after every job
// that the look saw is newer than the look, whatever a wrong clock says.
func (h Horizon) before(job CompletedJob) bool {
	if h.lists(job) {
		return slices.Contains(h.Baseline.JobIDs, job.ID)
	}
	if newest := h.Baseline.Newest; !newest.IsZero() && job.Start.After(newest) {
		return false
	}
	ended := job.ended()
	return !ended.IsZero() && ended.Before(h.Baseline.At.Add(-clocksApart))
}

// asked reports whether recover.since asks for the job.
func (h Horizon) asked(job CompletedJob) bool { return !h.Since.IsZero() && !job.Start.Before(h.Since) }

// Standing judges a completed job. Recovery, pickup and verify all use this one rule for what is left over.
func (h Horizon) Standing(job CompletedJob, t Trace) Standing {
	switch {
	case t.TiedOut:
		return Done
	case !t.touched() && h.before(job) && !h.asked(job):
		return History
	case t.Claim.IsZero():
		return LeftOver
	case t.Running:
		return Claimed
	case t.FinalCode() != "":
		return Ended
	case !t.Asked && t.Record == nil:
		return Claimed
	}
	return LeftOver
}

// Knows reports whether the pipeline has met the job: a run has claimed or landed it, or the first look saw it.
func (h Horizon) Knows(job CompletedJob, t Trace) bool {
	return t.TiedOut || t.touched() || h.lists(job) || h.before(job)
}
