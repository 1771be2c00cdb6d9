package contract

// Progress is the answer of the query `progress`: what is going on, for people and for `tieout watch`.
type Progress struct {
	Pipeline     string `json:"pipeline"`
	BusinessDate string `json:"businessDate"`
	Phase        Phase  `json:"phase"`
	// Run is the workflow id of the run that a front stands before.
	Run     string  `json:"run,omitempty"`
	Since   string  `json:"since"` // RFC 3339
	Message string  `json:"message"`
	Next    string  `json:"next,omitempty"` // what comes next, or what a person has to do
	JobID   string  `json:"jobId,omitempty"`
	Job     Origin  `json:"job,omitempty"` // the job's origin
	Bytes   int64   `json:"bytes,omitempty"`
	Files   int     `json:"files,omitempty"`
	Records int64   `json:"records,omitempty"`
	Outcome Outcome `json:"outcome,omitempty"`
	TieOut  int     `json:"tieOut,omitempty"`
	// Findings counts those that are not waived.
	Findings  int         `json:"findings,omitempty"`
	Reports   *Reports    `json:"reports,omitempty"`
	Recovered []Recovered `json:"recovered,omitempty"`
	// LeftOver, Gap and RecoveryProblem are those of the result.
	LeftOver        []LeftOver `json:"leftOver,omitempty"`
	Gap             *Gap       `json:"gap,omitempty"`
	RecoveryProblem string     `json:"recoveryProblem,omitempty"`
}
