package contract

// Outcome is what a run that reached a verdict came to.
type Outcome string

// Outcomes of a run. A tie-out itself ends with one of the first three; a review turns findings into one of the others.
const (
	OutcomeClean    Outcome = "clean"
	OutcomeFindings Outcome = "findings"
	OutcomeEmpty    Outcome = "empty"
	OutcomeApproved Outcome = "approved"
	OutcomeRejected Outcome = "rejected"
)

// Outcomes returns every outcome.
func Outcomes() []Outcome {
	return []Outcome{OutcomeClean, OutcomeFindings, OutcomeEmpty, OutcomeApproved, OutcomeRejected}
}

// OutcomeAttribute is a value of the search attribute TieoutOutcome: an Outcome, or why the run waits for a person.
type OutcomeAttribute string

// Values of TieoutOutcome while a run waits for a person.
const (
	AttributeReview    OutcomeAttribute = "review"
	AttributeAmbiguous OutcomeAttribute = "ambiguous"
)

// Phase is what a run is doing, as the query progress names it.
type Phase string

// Phases of a run, in their usual order. A front is joined until the run that it follows has ended.
const (
	PhasePreparing   Phase = "preparing"
	PhaseStarting    Phase = "starting"
	PhaseJoined      Phase = "joined"
	PhaseAmbiguous   Phase = "ambiguous"
	PhaseWaiting     Phase = "waiting"
	PhaseLanding     Phase = "landing"
	PhaseTyingOut    Phase = "tying-out"
	PhaseReview      Phase = "review"
	PhaseHandingOver Phase = "handing-over"
	PhaseDone        Phase = "done"
	PhaseFailed      Phase = "failed"
)

// Origin is how a run came to its job.
type Origin string

// Origins of a job.
const (
	OriginStarted Origin = "started" // Concur answered the run's POST with the job
	OriginAdopted Origin = "adopted" // Concur listed the job, and the run did not start another
	OriginGiven   Origin = "given"   // a person or recovery named the job
)

// Decision is a person's word on a run that waits for it.
type Decision string

// Decisions on a held run, by the update review, and on an ambiguous start, by the update resolve-start.
const (
	DecisionApprove Decision = "approve"
	DecisionReject  Decision = "reject"
	DecisionRecheck Decision = "recheck"

	DecisionAdopt      Decision = "adopt"
	DecisionStartAgain Decision = "start-again"
	DecisionStop       Decision = "stop"
)

// PostOutcome is what became of the one POST that starts a job.
type PostOutcome string

// Outcomes of the POST. Only unknown leaves open whether Concur started a job.
const (
	PostCreated  PostOutcome = "created"
	PostNotSent  PostOutcome = "not-sent"
	PostRefused  PostOutcome = "refused"
	PostConflict PostOutcome = "conflict"
	PostUnknown  PostOutcome = "unknown"
)

// NoticeKind is what a notice is about.
type NoticeKind string

// Kinds of notices.
const (
	NoticeFindings NoticeKind = "findings"
	NoticeFailed   NoticeKind = "failed"
	NoticeReview   NoticeKind = "review"
	NoticeLate     NoticeKind = "late"
	// NoticeRecovery is about jobs of earlier nights and goes to whoever is told of failures.
	NoticeRecovery NoticeKind = "recovery"
)

// RunStatus is how a workflow ended, or that Temporal does not know it.
type RunStatus string

// Statuses of a workflow that no longer runs.
const (
	RunCompleted  RunStatus = "completed"
	RunFailed     RunStatus = "failed"
	RunCanceled   RunStatus = "cancelled"
	RunTerminated RunStatus = "terminated"
	RunTimedOut   RunStatus = "timed out"
	RunGone       RunStatus = "gone"
)
