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
	a = a.on(p.Scope)
	return failed(ctx, "Noting the run on the job", a.claim(ctx, p))
}

// claim writes the note. That Concur named the job in answer to this run's own POST stays in it.
func (a *Activities) claim(ctx context.Context, p workflows.JobParams) error {
	keys, jobKey := a.keys(p.Scope), landing.JobKey(p.JobID)
	there, err := readClaim(ctx, a.Store, keys, jobKey)
	if err != nil || there.startedBy(p.Scope.RunID) {
		return err
	}
	return a.Store.ReplaceJSON(ctx, keys.Claim(jobKey), claim{
		Schema: 1, JobID: p.JobID, Origin: p.Origin, BusinessDate: p.Scope.BusinessDate,
		WorkflowID: p.Scope.WorkflowID, RunID: p.Scope.RunID, At: time.Now().UTC(),
	})
}

// claimPatience bounds the first note of a claim: the answer that a job was made must not be lost over it.
const claimPatience = 10 * time.Second

// claimAtOnce notes the run on a job before the run itself knows that it has one, so that no other takes the job for
// one that was left over meanwhile. Where S3 does not take it, ClaimJob follows.
func (a *Activities) claimAtOnce(ctx context.Context, p workflows.JobParams) {
	ctx, cancel := context.WithTimeout(ctx, claimPatience)
	defer cancel()
	_ = a.claim(ctx, p)
}

// startedBy tells that Concur named the job in answer to a POST of the run.
func (c claim) startedBy(runID string) bool {
	return c.Origin == workflows.OriginStarted && c.RunID == runID
}

// readClaim is the newest claim on a job; the zero claim where no run has been on it.
func readClaim(ctx context.Context, store *landing.Store, keys landing.Keys, jobKey string) (claim, error) {
	var there claim
	if err := store.GetJSON(ctx, keys.Claim(jobKey), &there); err != nil && !errors.Is(err, landing.ErrNotFound) {
		return claim{}, fmt.Errorf("reading the claim of job %s: %w", jobKey, err)
	}
	return there, nil
}
