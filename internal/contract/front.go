package contract

// StartRunParams asks a front's activity to start the run that the front stands for, or to find it running.
type StartRunParams struct {
	Scope Scope `json:"scope"`
	// Run is the workflow id of the run, and Input is what it is started with.
	Run   string       `json:"run"`
	Input ExtractInput `json:"input"`
}

// StartRunResult is the answer to StartRun.
type StartRunResult struct {
	// Verdict is the result that the slot already has. Nothing was started then.
	Verdict *ExtractResult `json:"verdict,omitempty"`
}

// WaitForRunParams names a workflow whose end is waited for, by the newest execution under its id.
type WaitForRunParams struct {
	WorkflowID string `json:"workflowId"`
	// Result is true where the workflow returns an ExtractResult that the caller needs.
	Result bool `json:"result,omitempty"`
}

// WaitForRunResult says how a workflow ended.
type WaitForRunResult struct {
	Status RunStatus `json:"status"`
	// Result is what the workflow returned, or the result in the details of its failure.
	Result *ExtractResult `json:"result,omitempty"`
	// Code and Message are the type and the text of its failure.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

// RunStatus says how a workflow ended.
type RunStatus string

// Statuses of a workflow that no longer runs.
const (
	RunCompleted  RunStatus = "completed"
	RunFailed     RunStatus = "failed"
	RunCanceled   RunStatus = "cancelled"
	RunTerminated RunStatus = "terminated"
	RunTimedOut   RunStatus = "timed out"
	RunGone       RunStatus = "gone" // Temporal does not know the workflow id
)
