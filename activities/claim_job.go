package activities

import (
	"context"
	"time"

	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// ClaimJob writes which run works on the job. The newest claim counts. It only keeps recovery from taking up a job that
// a run works on: two runs that meet one job share its landing.
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

// claimPatience bounds the first write of a claim. A slow bucket must not cost the answer that a job was made.
const claimPatience = 10 * time.Second

// claimAtOnce writes the claim before the run itself knows that it has a job, so that no other run takes the job for one
// that was left over. Its error is of no consequence, because ClaimJob follows.
func (r *run) claimAtOnce(ctx context.Context, p contract.JobParams) {
	ctx, cancel := context.WithTimeout(ctx, claimPatience)
	defer cancel()
	_ = r.claim(ctx, p)
}
