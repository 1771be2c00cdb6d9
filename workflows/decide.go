package workflows

import "go.temporal.io/sdk/workflow"

// ActivityDecide writes the reports again once a held run was decided on.
const ActivityDecide = "Decide"

// DecideParams names a tie-out whose result carries the decision.
type DecideParams struct {
	Scope  Scope         `json:"scope"`
	Result ExtractResult `json:"result"`
}

// decide has the reports written again with the decision, so that what was signed says who signed it, and why. The
// result names those from then on.
func (r *extractRun) decide(ctx workflow.Context, result *ExtractResult) error {
	reports, err := execute[Reports](ctx, transfer(line("Write the reports again: %s by %s", result.Outcome, result.Review.By)),
		ActivityDecide, DecideParams{Scope: r.scope, Result: *result})
	if err == nil {
		result.Reports = reports
	}
	return err
}
