package contract

// Codes are the error types of a failed run. They are stable, because people and programs look them up.
const (
	CodeConcurJobFailed = "ConcurJobFailed"
	CodeConcurAuth      = "ConcurAuth"
	CodeConcurDeadline  = "ConcurDeadline"
	CodeStartAmbiguous  = "StartAmbiguous"
	CodeControlTotals   = "ControlTotals"
	CodeFileFormat      = "FileFormat"
	CodeFileEncrypted   = "FileEncrypted"
	CodeLandingConflict = "LandingConflict"
	CodeConfigInvalid   = "ConfigInvalid"
	CodeListUnavailable = "ListUnavailable"
	// CodeFindings ends a run with findings whose pipeline has on_findings: fail.
	CodeFindings = "Findings"
	// CodeTemporary is the type of an activity's error that time may mend. A run fails with it only when time did not.
	CodeTemporary = "Temporary"
)

// Codes returns the error type of every failed run.
func Codes() []string {
	return []string{CodeConcurJobFailed, CodeConcurAuth, CodeConcurDeadline, CodeStartAmbiguous, CodeControlTotals,
		CodeFileFormat, CodeFileEncrypted, CodeLandingConflict, CodeConfigInvalid, CodeListUnavailable, CodeFindings, CodeTemporary}
}

// ObjectChanged is the detail of a LandingConflict over an object that was changed after it was written. A tie-out under
// another number would meet the same object, so it is not tried.
const ObjectChanged = "changed"

const (
	// MaxPosts bounds the POSTs of a slot whose outcome is unknown, over all its runs. A further one is for a person to decide.
	MaxPosts = 2
	// PollGrowth is the factor by which the time between polls grows.
	PollGrowth = 1.5
)
