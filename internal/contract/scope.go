package contract

import "tieout/internal/pipeline"

// Scope is what every activity of a run needs to know about the run.
type Scope struct {
	Settings     pipeline.Pipeline `json:"settings"`
	BusinessDate string            `json:"businessDate"` // yyyy-mm-dd
	DefinitionID string            `json:"definitionId"`
	ConfigHash   string            `json:"configHash,omitempty"` // SHA-256 in hex
	// Slot is what the run extracts. It is zero for the run of a job that no slot has claimed.
	Slot       Slot   `json:"slot,omitzero"`
	Namespace  string `json:"namespace,omitempty"`
	WorkflowID string `json:"workflowId"`
	// RunID is the run's original run id, which a reset does not change.
	RunID string `json:"runId"`
	// Storage is where the run keeps its evidence. Nil stands for the storage of the worker.
	Storage *Storage `json:"storage,omitempty"`
	// ListsAPI is the list API that the run began with, v1 or v4. It overrides the worker's tieout.yaml.
	ListsAPI string `json:"listsApi,omitempty"`
}

// Storage is where evidence is kept in S3.
type Storage struct {
	Bucket string `json:"bucket"`
	Prefix string `json:"prefix,omitempty"`
}
