package pipeline

// Outcomes of a run that reached a verdict (DESIGN §3). Those of a tie-out before any review are the first three.
const (
	OutcomeClean    = "clean"
	OutcomeFindings = "findings"
	OutcomeEmpty    = "empty"
	OutcomeApproved = "approved"
	OutcomeRejected = "rejected"
)

// ReservedNames returns the names that no pipeline can have, because workflow ids and S3 keys use them as words.
func ReservedNames() []string { return []string{"job", "reconcile", "again", "next"} }
