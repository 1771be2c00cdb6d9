package contract

import (
	"time"

	"tieout/internal/pipeline"
)

// ConfigureParams asks which run a workflow is, or is the front of, and for the settings of that run.
type ConfigureParams struct {
	Input ExtractInput `json:"input"`
	// WorkflowID is the id of the workflow that asks. It is a front unless the id has the form of a run's.
	WorkflowID string `json:"workflowId"`
	RunID      string `json:"runId"`
	// TakenUpBy is the workflow id of the run that takes up the job of this one. It is empty where a person started it.
	TakenUpBy string `json:"takenUpBy,omitempty"`
	// At is the scheduled time, or else the start time. Where the input names no date, it is the date of At in the
	// pipeline's zone.
	At time.Time `json:"at"`
	// Manifest is the URI of the manifest of a landed job that is tied out again. The business date of the run that
	// landed it counts, where it is known.
	Manifest string `json:"manifest,omitempty"`
}

// Configured is what a run begins with. A later edit of tieout.yaml does not change it.
type Configured struct {
	Settings     pipeline.Pipeline `json:"settings"`
	ConfigHash   string            `json:"configHash"`   // SHA-256 in hex
	BusinessDate string            `json:"businessDate"` // yyyy-mm-dd
	// Slot is what the run extracts. It is zero for the run of a job that no slot has claimed.
	Slot Slot `json:"slot,omitzero"`
	// Run is the workflow id of the run. If it is not the id of the workflow that asked, that workflow is a front.
	Run string `json:"run,omitempty"`
	// JobID is the job of the run of a job.
	JobID string `json:"jobId,omitempty"`
	// Claimed is the workflow id of another run that has claimed that job and is still running.
	Claimed string `json:"claimed,omitempty"`
	// Verdict is the result that the slot already has.
	Verdict *ExtractResult `json:"verdict,omitempty"`
	// SearchAttributes reports whether the search attributes are registered. A run that sets unregistered ones hangs.
	SearchAttributes bool `json:"searchAttributes"`
	// Targets are the webhooks that receive notices.
	Targets []NoticeTarget `json:"targets,omitempty"`
	// Storage is where the run keeps its evidence.
	Storage *Storage `json:"storage,omitempty"`
	// ListsAPI is the list API of the pipeline's connection, v1 or v4.
	ListsAPI string `json:"listsApi,omitempty"`
}

// PrepareParams asks whether Concur and S3 have what the settings name, before anything is started.
type PrepareParams struct {
	Scope Scope `json:"scope"`
}

// Prepared is the extract definition that the configured name, id or URI stands for.
type Prepared struct {
	DefinitionID   string `json:"definitionId"`
	DefinitionName string `json:"definitionName"`
}
