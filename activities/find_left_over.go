package activities

import (
	"context"

	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// FindLeftOver returns the completed jobs of the definition, oldest first, that have no result and that no run works on.
// It also reports where jobs may have left Concur's list before any run of the pipeline saw them.
func (a *Activities) FindLeftOver(ctx context.Context, p contract.JobParams) (contract.FindLeftOverResult, error) {
	r := a.run(p.Scope)
	client, err := r.concur(ctx)
	if err != nil {
		return contract.FindLeftOverResult{}, err
	}
	look, err := r.look(ctx)
	if err != nil {
		return contract.FindLeftOverResult{}, failed(ctx, "Looking for jobs that have not landed", err)
	}
	survey, err := SurveyJobs(ctx, client, p.Scope.DefinitionID, r.Pipeline, look)
	if err != nil {
		return contract.FindLeftOverResult{}, failed(ctx, "Looking for jobs that have not landed", err)
	}
	result := contract.FindLeftOverResult{Jobs: []contract.LeftOverJob{}}
	for _, job := range leftOver(survey.Jobs) {
		if job.ID != p.JobID {
			result.Jobs = append(result.Jobs, contract.LeftOverJob{ID: job.ID, Key: contract.JobKey(job.ID), StartTime: job.Start})
		}
	}
	if len(survey.Gaps) == 0 {
		return result, nil
	}
	gap := survey.Gaps[0]
	if gap.RunID == "" {
		gap.RunID, gap.At = p.Scope.RunID, r.now().UTC()
		if gap, err = r.WriteGap(ctx, gap); err != nil {
			return contract.FindLeftOverResult{}, failed(ctx, "Keeping what left Concur's list unseen", err)
		}
	}
	result.Gap, result.GapFound = &gap.Gap, gap.RunID == p.Scope.RunID
	return result, nil
}

// look returns by what the run judges completed jobs.
func (r *run) look(ctx context.Context) (evidence.Look, error) {
	horizon, err := r.Horizon(ctx, r.scope.Settings)
	return evidence.Look{Horizon: horizon, Own: r.scope.RunID, Runs: r.Runs}, err
}
