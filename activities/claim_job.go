package activities

import (
	"context"
	"time"

	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// ClaimJob notes the run on the job. The newest claim counts: it only keeps recovery from taking up a job that a run
// works on, and two runs that meet one job share its landing.
func (a *Activities) ClaimJob(ctx context.Context, p contract.JobParams) error {
	r := a.run(p.Scope)
	return failed(ctx, "Noting the run on the job", r.claim(ctx, p))
}

func (r *run) claim(ctx context.Context, p contract.JobParams) error {
	return r.WriteClaim(ctx, evidence.Claim{
		JobID: p.JobID, Origin: p.Origin, Attempt: p.Attempt, BusinessDate: p.Scope.BusinessDate, Slot: p.Scope.Slot.Word(),
		Namespace: p.Scope.Namespace, WorkflowID: p.Scope.WorkflowID, RunID: p.Scope.RunID, At: r.now().UTC(),
	})
}

// claimPatience bounds the first note of a claim: the answer that a job was made must not be lost over it.
const claimPatience = 10 * time.Second

// claimAtOnce notes the run on a job before the run itself knows that it has one, so that no other takes the job for
// one that was left over meanwhile. Where S3 does not take it, ClaimJob follows.
func (r *run) claimAtOnce(ctx context.Context, p contract.JobParams) {
	ctx, cancel := context.WithTimeout(ctx, claimPatience)
	defer cancel()
	_ = r.claim(ctx, p)
}
