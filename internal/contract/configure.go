package contract

import (
	"tieout/internal/pipeline"
	"time"
)

// ConfigureParams asks which run a workflow is, or is the front of, and for the settings of that run.
type ConfigureParams struct {
	Input ExtractInput `json:"input"`
	// WorkflowID says which run the workflow is; any id that is none of a run's is that of a front.
	WorkflowID string `json:"workflowId"`
	RunID      string `json:"runId"`
	// TakenUpBy is the workflow id of the run that takes up the job of this one: recovery, and no person, wants it.
	TakenUpBy string `json:"takenUpBy,omitempty"`
	// At is the scheduled time, else the start time: where no date is named, it is this time's in the pipeline's zone.
	At time.Time `json:"at"`
	// Manifest is of the landed job that is tied out again: its run's business date counts, where it is known.
	Manifest string `json:"manifest,omitempty"`
}

// Configured is what a run began with: a later edit of the configuration does not change it.
type Configured struct {
	Settings     pipeline.Pipeline `json:"settings"`
	ConfigHash   string            `json:"configHash"`
	BusinessDate string            `json:"businessDate"`
	// Slot is what the run extracts; none for the run of a job that no slot has claimed.
	Slot Slot `json:"slot,omitzero"`
	// Run is the workflow id of the run. Another id than the workflow's own makes that one its front.
	Run string `json:"run,omitempty"`
	// JobID is the job of the run of a job.
	JobID string `json:"jobId,omitempty"`
	// Claimed is the workflow id of the running run that has claimed that job: it is waited for.
	Claimed string `json:"claimed,omitempty"`
	// Verdict is what the slot has come to already, if it has.
	Verdict *ExtractResult `json:"verdict,omitempty"`
	// SearchAttributes says whether they are registered: upserting unregistered ones would hang the run.
	SearchAttributes bool `json:"searchAttributes"`
	// Targets are the webhooks that are told.
	Targets []NoticeTarget `json:"targets,omitempty"`
	// Storage is where the run keeps its evidence.
	Storage *Storage `json:"storage,omitempty"`
	// ListsAPI is the list API of the pipeline's connection, v1 or v4.
	ListsAPI string `json:"listsApi,omitempty"`
}

// StartRunParams asks for the run that a front stands before.
type StartRunParams struct {
	Scope Scope `json:"scope"`
	// Run is its workflow id, Input what it is started with.
	Run   string       `json:"run"`
	Input ExtractInput `json:"input"`
}

// StartRunResult says what became of it.
type StartRunResult struct {
	// Verdict is the slot's, where it has one: nothing was started.
	Verdict *ExtractResult `json:"verdict,omitempty"`
}

// WaitForRunParams names a workflow that is waited for by looking at the newest run under its id.
type WaitForRunParams struct {
	WorkflowID string `json:"workflowId"`
	// Result is true where it returns an ExtractResult that is wanted.
	Result bool `json:"result,omitempty"`
}

// WaitForRunResult says how a workflow ended.
type WaitForRunResult struct {
	Status RunStatus `json:"status"`
	// Result is what it returned, or what the failure of a run holds.
	Result *ExtractResult `json:"result,omitempty"`
	// Code and Message are those of its failure.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

// PrepareParams asks whether what the settings name is there, before anything is started.
type PrepareParams struct {
	Scope Scope `json:"scope"`
}

// Prepared is the definition that the configured name, id or URI means.
type Prepared struct {
	DefinitionID   string `json:"definitionId"`
	DefinitionName string `json:"definitionName"`
}
