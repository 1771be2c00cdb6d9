package contract

// Names under which Temporal knows tieout.
const (
	TaskQueue = "tieout"

	TypeConcurExtract = "ConcurExtract"
	TypeReconcile     = "Reconcile"
	TypeNotice        = "Notice"
	TypeDueCheck      = "DueCheck"

	QueryProgress      = "progress"
	UpdateReview       = "review"
	UpdateResolveStart = "resolve-start"
	UpdateLandAgain    = "land-again"

	// SignalWaiting tells the run that took up a job that the run of that job now waits for a person. It carries the
	// key of the job.
	SignalWaiting = "recovered-waits"

	NexusService   = "tieout"
	NexusOpExtract = "extract"
)

// Search attributes, by which the Web UI filters its list of runs.
const (
	AttributePipeline     = "TieoutPipeline"     // keyword
	AttributeBusinessDate = "TieoutBusinessDate" // keyword, yyyy-mm-dd
	AttributeOutcome      = "TieoutOutcome"      // keyword, an OutcomeAttribute
	AttributeFindings     = "TieoutFindings"     // integer
)

// OutcomeAttribute is a value of the search attribute TieoutOutcome: an Outcome, or the reason why a run waits for a
// person.
type OutcomeAttribute string

// Values of TieoutOutcome while a run waits for a person.
const (
	AttributeReview    OutcomeAttribute = "review"
	AttributeAmbiguous OutcomeAttribute = "ambiguous"
)
