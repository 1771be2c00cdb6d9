// Package workflows holds tieout's deterministic code: the workflows ConcurExtract and Reconcile, their names, the
// types that cross their edges, and every option literal (policies.go).
package workflows

import (
	"strings"
	"time"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// Names that others rely on (DESIGN §3).
const (
	TaskQueue = "tieout"

	TypeConcurExtract = "ConcurExtract"
	TypeReconcile     = "Reconcile"
	TypeNotice        = "Notice"
	TypeDueCheck      = "DueCheck"

	QueryProgress      = "progress"
	UpdateReview       = "review"
	UpdateResolveStart = "resolve-start"

	// signalWaiting tells the run that took a job up that the job's run waits for a person now.
	signalWaiting = "recovered-waits"

	NexusService   = "tieout"
	NexusOpExtract = "extract"
)

// ScheduledID returns the workflow id of the front that a pipeline's schedule starts: Temporal appends the scheduled time.
func ScheduledID(pipeline string, at time.Time) string {
	return "extract/" + pipeline + "-" + at.UTC().Format(time.RFC3339)
}

// ReconcileID is the workflow id of the tie-out of one job, below the run it belongs to.
func ReconcileID(extractID, jobKey string) string { return extractID + reconcileInfix + jobKey }

const reconcileInfix = "/reconcile/"

// isReconcile reports whether an id is one of a tie-out.
func isReconcile(id string) bool { return strings.Contains(id, reconcileInfix) }

// NextID is the workflow id of what follows a job. It names the job and not the run: of two runs on one job the second
// starts nothing again.
func NextID(pipeline, jobKey, taskQueue, workflow string) string {
	return "extract/" + pipeline + "/job/" + jobKey + "/next/" + taskQueue + "/" + workflow
}

// Outcomes of a run that reached a verdict.
const (
	OutcomeClean    = pipeline.OutcomeClean
	OutcomeFindings = pipeline.OutcomeFindings
	OutcomeEmpty    = pipeline.OutcomeEmpty
	OutcomeApproved = pipeline.OutcomeApproved
	OutcomeRejected = pipeline.OutcomeRejected
)

// Error types of a run that failed: stable codes (DESIGN §3).
const (
	CodeConcurJobFailed = contract.CodeConcurJobFailed
	CodeConcurAuth      = contract.CodeConcurAuth
	CodeConcurDeadline  = contract.CodeConcurDeadline
	CodeStartAmbiguous  = contract.CodeStartAmbiguous
	CodeControlTotals   = contract.CodeControlTotals
	CodeFileFormat      = contract.CodeFileFormat
	CodeFileEncrypted   = contract.CodeFileEncrypted
	CodeLandingConflict = contract.CodeLandingConflict
	CodeConfigInvalid   = contract.CodeConfigInvalid
	CodeListUnavailable = contract.CodeListUnavailable
)

// TypeTemporary is the error type of an activity that time may mend; a run fails with it only when time did not.
const TypeTemporary = "Temporary"

// Codes returns every error type that a failed run can have (DESIGN §3).
func Codes() []string {
	return []string{CodeConcurJobFailed, CodeConcurAuth, CodeConcurDeadline, CodeStartAmbiguous, CodeControlTotals,
		CodeFileFormat, CodeFileEncrypted, CodeLandingConflict, CodeConfigInvalid, CodeListUnavailable, CodeFindings, TypeTemporary}
}
