package contract

// Codes are the error types of a run that failed: stable, for people and programs look them up.
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
)
