package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/internal/landing"
	"tieout/workflows"
)

// claim says which run is on a job.
type claim struct {
	Schema       int       `json:"schema"` // 1
	JobID        string    `json:"jobId"`
	Origin       string    `json:"origin"`
	BusinessDate string    `json:"businessDate"`
	WorkflowID   string    `json:"workflowId"`
	RunID        string    `json:"runId"`
	At           time.Time `json:"at"`
}

// ClaimJob notes the run on the job. The newest claim counts: it only keeps recovery from taking up a job that a run
// is on, two runs on one job share one landing.
func (a *Activities) ClaimJob(ctx context.Context, p workflows.JobParams) error {
	key := a.keys(p.Scope).Claim(landing.JobKey(p.JobID))
	return failed(ctx, "Noting the run on the job", a.Store.ReplaceJSON(ctx, key, claim{
		Schema: 1, JobID: p.JobID, Origin: p.Origin, BusinessDate: p.Scope.BusinessDate,
		WorkflowID: p.Scope.WorkflowID, RunID: p.Scope.RunID, At: time.Now().UTC(),
	}))
}

// readClaim is nil where no run has been on the job.
func readClaim(ctx context.Context, store *landing.Store, keys landing.Keys, jobKey string) (*claim, error) {
	var claimed claim
	switch err := store.GetJSON(ctx, keys.Claim(jobKey), &claimed); {
	case errors.Is(err, landing.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading the claim of job %s: %w", jobKey, err)
	}
	return &claimed, nil
}
