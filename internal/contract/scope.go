package contract

import (
	"tieout/internal/pipeline"
)

// Scope is what every activity of a run needs to know of it.
type Scope struct {
	Settings     pipeline.Pipeline `json:"settings"`
	BusinessDate string            `json:"businessDate"`
	DefinitionID string            `json:"definitionId"`
	ConfigHash   string            `json:"configHash,omitempty"`
	// Slot is what the run extracts; none for the run of a job that no slot has claimed.
	Slot       Slot   `json:"slot,omitzero"`
	Namespace  string `json:"namespace,omitempty"`
	WorkflowID string `json:"workflowId"`
	// RunID is the run's original id: a reset keeps it.
	RunID string `json:"runId"`
	// Storage is where the run keeps its evidence; nil stands for the worker's own.
	Storage *Storage `json:"storage,omitempty"`
	// ListsAPI is the list API that the run began with: a worker whose tieout.yaml says another reads by this one.
	ListsAPI string `json:"listsApi,omitempty"`
}

// Storage is where evidence lies in S3.
type Storage struct {
	Bucket string `json:"bucket"`
	Prefix string `json:"prefix,omitempty"`
}
