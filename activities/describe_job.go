package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/concur"
	"tieout/internal/contract"
)

// DescribeJob returns what Concur says of one job. A person who adopts a job must name one that exists and that belongs
// to no other date.
func (a *Activities) DescribeJob(ctx context.Context, p contract.JobParams) (contract.Job, error) {
	r := a.run(p.Scope)
	client, err := r.concur(ctx)
	if err != nil {
		return contract.Job{}, err
	}
	claim, err := r.Claim(ctx, contract.JobKey(p.JobID))
	if err != nil {
		return contract.Job{}, failed(ctx, "Looking at the claim of the job", err)
	}
	if slot := claim.Of(); !slot.IsZero() && slot != p.Scope.Slot {
		return contract.Job{}, invalid(fmt.Sprintf("Job %s is that of %s, which %s has.", p.JobID, slot, claim.WorkflowID))
	}
	job, err := client.Job(ctx, p.Scope.DefinitionID, p.JobID)
	if remote, ok := errors.AsType[*concur.Error](err); ok && remote.Kind == concur.KindNotFound {
		return contract.Job{}, invalid(err.Error()) // a person waits for the answer
	}
	if err != nil {
		return contract.Job{}, failed(ctx, "Asking for the job "+p.JobID, err)
	}
	return describe(p, job), nil
}

// describe returns a job as results and manifests hold it.
func describe(p contract.JobParams, job concur.Job) contract.Job {
	return contract.Job{
		ID: p.JobID, Definition: p.Scope.DefinitionID, Origin: p.Origin,
		StartTime: timestamp(job.StartTime), StopTime: timestamp(job.StopTime),
	}
}

// timestamp returns RFC 3339 in UTC, or "" where Concur gave no time.
func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
