package workflows

import (
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
)

// decide has the reports written again, so that they say who decided on the findings and why. The result then names the
// new reports.
func (r *extractRun) decide(ctx workflow.Context, result *contract.ExtractResult) error {
	reports, err := execute(ctx, transfer(line("Write the reports again: %s by %s", result.Outcome, result.Review.By)),
		contract.Decide, contract.DecideParams{Scope: r.scope, Result: *result})
	if err == nil {
		result.Reports = reports
	}
	return err
}
