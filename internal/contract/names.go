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

	// SignalWaiting tells the run that took up a job that the run of the job now waits for a person.
	SignalWaiting = "recovered-waits"

	NexusService   = "tieout"
	NexusOpExtract = "extract"
)

// Search attributes, by which the Web UI filters its list of runs.
const (
	AttributePipeline     = "TieoutPipeline"
	AttributeBusinessDate = "TieoutBusinessDate"
	AttributeOutcome      = "TieoutOutcome" // an OutcomeAttribute
	AttributeFindings     = "TieoutFindings"
)
