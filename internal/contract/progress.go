package contract

// Phase is what a run is doing.
type Phase string

// Phases of a run, in their usual order.
const (
	PhasePreparing   Phase = "preparing"
	PhaseStarting    Phase = "starting"
	PhaseJoined      Phase = "joined"    // a front waits for the end of its run
	PhaseAmbiguous   Phase = "ambiguous" // a person must resolve the start
	PhaseWaiting     Phase = "waiting"
	PhaseLanding     Phase = "landing"
	PhaseTyingOut    Phase = "tying-out"
	PhaseReview      Phase = "review" // a person must review the findings
	PhaseHandingOver Phase = "handing-over"
	PhaseDone        Phase = "done"
	PhaseFailed      Phase = "failed"
)

// Progress is the answer to the query progress. It says what a run is doing and what comes next.
type Progress struct {
	Pipeline     string `json:"pipeline"`
	BusinessDate string `json:"businessDate"` // yyyy-mm-dd
	Phase        Phase  `json:"phase"`
	// Run is the workflow id of the run that a front stands for.
	Run     string `json:"run,omitempty"`
	Since   string `json:"since"` // RFC 3339, UTC
	Message string `json:"message"`
	// Next is what comes next, or what a person has to do.
	Next    string  `json:"next,omitempty"`
	JobID   string  `json:"jobId,omitempty"`
	Job     Origin  `json:"job,omitempty"`
	Bytes   int64   `json:"bytes,omitempty"` // landed
	Files   int     `json:"files,omitempty"` // landed
	Records int64   `json:"records,omitempty"`
	Outcome Outcome `json:"outcome,omitempty"`
	TieOut  int     `json:"tieOut,omitempty"` // its number
	// Findings counts the findings that are not waived.
	Findings  int         `json:"findings,omitempty"`
	Reports   *Reports    `json:"reports,omitempty"`
	Recovered []Recovered `json:"recovered,omitempty"`
	// LeftOver, Gap and RecoveryProblem are those of ExtractResult.
	LeftOver        []LeftOver `json:"leftOver,omitempty"`
	Gap             *Gap       `json:"gap,omitempty"`
	RecoveryProblem string     `json:"recoveryProblem,omitempty"`
}
