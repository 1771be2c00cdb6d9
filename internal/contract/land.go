package contract

// LandParams asks for the landing of a completed job.
type LandParams struct {
	Scope Scope `json:"scope"`
	Job   Job   `json:"job"`
	// Resolved is the decision of a person on the start of the job, where that was ambiguous.
	Resolved *ResolveStartInput `json:"resolved,omitempty"`
	// Again is set where a person asked for another landing because an earlier one was wrong.
	Again *AskedAgain `json:"again,omitempty"`
}

// Landed describes a landing that has its manifest.
type Landed struct {
	Manifest string `json:"manifest"` // the URI of manifest.json
	JobKey   string `json:"jobKey"`
	// Landing is the number of the landing: 1, or more where a person asked for another.
	Landing int   `json:"landing"`
	Bytes   int64 `json:"bytes"`
	Files   int   `json:"files"`
	// Job is the job as the manifest describes it, with the origin that it had in the first run that landed it.
	Job Job `json:"job"`
	// Already is true where an earlier run landed the job.
	Already bool `json:"already,omitempty"`
}
