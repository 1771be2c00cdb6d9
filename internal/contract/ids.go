package contract

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// RunPrefix begins the workflow id of every run. People may leave it out when they name a run.
const RunPrefix = "extract/"

// Run is what the workflow id of a run says: the pipeline, and the slot or the job that the run is of.
type Run struct {
	Pipeline string
	// Slot is what the run extracts. It is zero for the run of a job.
	Slot Slot
	// JobKey names the job that the run takes up. It is empty for the run of a slot.
	JobKey string
}

// ID returns the workflow id of the run: extract/PIPELINE/SLOT or extract/PIPELINE/job/KEY. It is the same whoever starts
// the run, so Temporal admits one execution of it at a time.
func (r Run) ID() string {
	if r.JobKey != "" {
		return RunPrefix + r.Pipeline + "/job/" + r.JobKey
	}
	return RunPrefix + r.Pipeline + "/" + r.Slot.String()
}

// ParseRun reads what Run.ID returns, and reports whether the id has that form. A ConcurExtract with any other workflow id
// is a front.
func ParseRun(workflowID string) (Run, bool) {
	rest, ok := strings.CutPrefix(workflowID, RunPrefix)
	if !ok {
		return Run{}, false
	}
	pipeline, rest, ok := strings.Cut(rest, "/")
	if !ok || pipeline == "" {
		return Run{}, false
	}
	if key, isJob := strings.CutPrefix(rest, "job/"); isJob {
		return Run{Pipeline: pipeline, JobKey: key}, IsJobKey(key)
	}
	slot, ok := ParseSlot(rest)
	return Run{Pipeline: pipeline, Slot: slot}, ok
}

// jobKeyDigits is the length of a job's key, which makes it improbable that two jobs of a pipeline share one.
const jobKeyDigits = 16

// JobKey returns the name of a job in workflow ids and S3 keys: the first 16 hex digits of the SHA-256 of its id. Concur's
// own id holds characters that belong in neither, and the start time of a job may change.
func JobKey(jobID string) string {
	sum := sha256.Sum256([]byte(jobID))
	return hex.EncodeToString(sum[:])[:jobKeyDigits]
}

var jobKeyForm = regexp.MustCompile(fmt.Sprintf("^[0-9a-f]{%d}$", jobKeyDigits))

// IsJobKey reports whether a text has the form of what JobKey returns.
func IsJobKey(text string) bool { return jobKeyForm.MatchString(text) }

// TieOutID returns the workflow id of the tie-out of one job within a run: RUN/reconcile/KEY.
func TieOutID(runID, jobKey string) string { return runID + "/reconcile/" + jobKey }

// SeparateTieOutID returns the workflow id of a tie-out that belongs to no run: extract/PIPELINE/reconcile/KEY. A person
// starts it for a job that landed before.
func SeparateTieOutID(pipeline, jobKey string) string { return TieOutID(RunPrefix+pipeline, jobKey) }

// NextID returns the workflow id of a workflow that follows a job: extract/PIPELINE/job/KEY/next/QUEUE/WORKFLOW. It names
// the job and not the run, so that of two runs of one job the second starts nothing again.
func NextID(pipeline, jobKey, taskQueue, workflow string) string {
	return Run{Pipeline: pipeline, JobKey: jobKey}.ID() + "/next/" + taskQueue + "/" + workflow
}

// ScheduledID returns the workflow id of the front that a pipeline's schedule starts. Temporal appends the scheduled time:
// extract/PIPELINE-2026-11-21T03:00:00Z.
func ScheduledID(pipeline string, at time.Time) string {
	return RunPrefix + pipeline + "-" + at.UTC().Format(time.RFC3339)
}
