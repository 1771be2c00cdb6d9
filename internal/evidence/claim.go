package evidence

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/internal/bucket"
	"tieout/internal/contract"
)

// Claim is jobs/<job key>/claim.json: which run works on a job, and for which slot. The newest claim counts; it keeps
// recovery from taking up a job that a run works on.
type Claim struct {
	Schema int    `json:"schema"` // 1
	JobID  string `json:"jobId"`
	// Origin says how the newest run came to the job: started, adopted or given.
	Origin contract.Origin `json:"origin"`
	// Attempt is the attempt of the slot that Concur answered with the job; 0 for a job that was not started.
	Attempt int `json:"attempt,omitempty"`
	// BusinessDate and Slot are those of the first run that claimed the job for a slot, and stay.
	BusinessDate string    `json:"businessDate"`
	Slot         string    `json:"slot,omitempty"`
	Namespace    string    `json:"namespace,omitempty"`
	WorkflowID   string    `json:"workflowId"`
	RunID        string    `json:"runId"`
	At           time.Time `json:"at"`
}

// IsZero reports whether no run has claimed the job.
func (c Claim) IsZero() bool { return c.RunID == "" }

// Of returns the slot that the job belongs to; none for a job that no night of the pipeline started or adopted.
func (c Claim) Of() contract.Slot {
	slot, _ := contract.SlotOf(c.BusinessDate, c.Slot)
	return slot
}

// StartedBy reports whether Concur named the job in answer to a POST of the run.
func (c Claim) StartedBy(runID string) bool {
	return c.Origin == contract.OriginStarted && c.RunID == runID
}

// Claim reads the newest claim of a job; the zero claim where no run has worked on it.
func (p Pipeline) Claim(ctx context.Context, jobKey string) (Claim, error) {
	var there Claim
	if err := p.Store.GetJSON(ctx, p.Keys.Claim(jobKey), &there); err != nil && !errors.Is(err, bucket.ErrNotFound) {
		return Claim{}, fmt.Errorf("reading the claim of job %s: %w", jobKey, err)
	}
	return there, nil
}

// WriteClaim notes a run on a job. The first slot that claimed the job keeps it, and that Concur named the job in answer
// to this run's own POST stays in the note.
func (p Pipeline) WriteClaim(ctx context.Context, claim Claim) error {
	jobKey := contract.JobKey(claim.JobID)
	there, err := p.Claim(ctx, jobKey)
	if err != nil || there.StartedBy(claim.RunID) {
		return err
	}
	if there.Slot != "" || !there.IsZero() && claim.Slot == "" {
		claim.BusinessDate, claim.Slot = there.BusinessDate, there.Slot
	}
	claim.Schema = 1
	return p.Store.ReplaceJSON(ctx, p.Keys.Claim(jobKey), claim)
}
