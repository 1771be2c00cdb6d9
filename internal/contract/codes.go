package contract

// Codes of failed runs: the error type with which a run fails. They are stable, because people and programs look them up;
// docs/runbook.md says what to do about each.
const (
	CodeConcurJobFailed = "ConcurJobFailed" // Concur ended the job without an extract
	CodeConcurAuth      = "ConcurAuth"      // Concur refuses the token or the permission
	CodeConcurDeadline  = "ConcurDeadline"  // a job, a definition or an answer of Concur did not come in time
	CodeStartAmbiguous  = "StartAmbiguous"  // a person stopped a start whose outcome is unknown
	CodeControlTotals   = "ControlTotals"   // control_totals is require, and the totals do not agree
	CodeFileFormat      = "FileFormat"      // the file does not have the configured format
	CodeFileEncrypted   = "FileEncrypted"   // the file is encrypted
	CodeLandingConflict = "LandingConflict" // an object exists in S3 with other bytes
	CodeConfigInvalid   = "ConfigInvalid"   // tieout.yaml or the input is wrong
	CodeListUnavailable = "ListUnavailable" // Concur does not give a list that a check names
	CodeFindings        = "Findings"        // on_findings is fail, and there are findings
	// CodeTemporary is the type of an error of an activity that another attempt may not meet. A run fails with it only
	// after all attempts.
	CodeTemporary = "Temporary"
)

// Codes returns the error types of failed runs.
func Codes() []string {
	return []string{CodeConcurJobFailed, CodeConcurAuth, CodeConcurDeadline, CodeStartAmbiguous, CodeControlTotals,
		CodeFileFormat, CodeFileEncrypted, CodeLandingConflict, CodeConfigInvalid, CodeListUnavailable, CodeFindings, CodeTemporary}
}

// ObjectChanged is the detail of a LandingConflict about an object that was changed after it was written. A tie-out with
// another number would meet the same object, so it is not tried again.
const ObjectChanged = "changed"
