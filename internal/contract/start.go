package contract

// Origins of a job: how a run came to it.
const (
	OriginStarted = "started"
	OriginAdopted = "adopted"
	OriginGiven   = "given"
)

// Attempts is what a run knows of the attempts of its slot at starting the job.
type Attempts struct {
	// Settled is the number of the last attempt that needs no further look: Concur answered it, or its job was looked
	// for until the window had passed, or a person decided.
	Settled int `json:"settled"`
	// Unknown are the numbers of the settled attempts that may have made a job all the same.
	Unknown []int `json:"unknown,omitempty"`
}

// Stopped is a person's decision that a run starts nothing.
type Stopped struct {
	By     string `json:"by"`
	Reason string `json:"reason"`
}
