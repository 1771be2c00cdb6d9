package workflows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"
)

// Decisions of the update review.
const (
	DecisionApprove = "approve"
	DecisionReject  = "reject"
	DecisionRecheck = "recheck"
)

// byDeadline signs the decision that nobody made in time.
const byDeadline = "tieout (deadline)"

// hold waits for the review of a run with findings. The decision names the figures that it was given on; recheck
// means that the lists are read again and the files tied out again.
func (r *extractRun) hold(ctx workflow.Context, result *ExtractResult) (recheck bool, err error) {
	settings := r.scope.Settings.Hold
	deadline := workflow.Now(ctx).Add(time.Duration(settings.Deadline))
	message := fmt.Sprintf("%d findings wait for a review", result.Findings.Count)
	r.decision = nil
	r.tell(ctx, PhaseReview, message, fmt.Sprintf("a person decides with the update review (approve, reject or recheck) until %s; then the run is %s",
		deadline.UTC().Format(time.RFC3339), settings.Then))
	r.attributes(ctx, attributeOutcome.ValueSet(PhaseReview), attributeFindings.ValueSet(int64(result.Findings.Count)))
	r.notifyResult(ctx, NoticeReview, message, result)
	decided, err := workflow.AwaitWithTimeout(ctx, time.Duration(settings.Deadline), func() bool { return r.decision != nil })
	if err != nil {
		return false, err
	}
	decision := ReviewInput{By: byDeadline, Reason: fmt.Sprintf("no review within %s", time.Duration(settings.Deadline))}
	if decided {
		decision = *r.decision
	} else if decision.Decision = DecisionReject; settings.Then == OutcomeApproved {
		decision.Decision = DecisionApprove
	}
	result.Review = &Review{
		Decision: decision.Decision, By: decision.By, Reason: decision.Reason,
		At:     workflow.Now(ctx).UTC().Format(time.RFC3339),
		TieOut: result.TieOut, Findings: result.Findings.Count, Rows: result.Findings.Rows, Amounts: result.Findings.Amounts,
	}
	switch decision.Decision {
	case DecisionApprove:
		result.Outcome = OutcomeApproved
	case DecisionReject:
		result.Outcome = OutcomeRejected
	case DecisionRecheck:
		_, err := execute[struct{}](ctx, read("Keep the tie-out that is checked again"), ActivityHandOver,
			HandOverParams{Scope: r.scope, Result: *result, TieOut: result.TieOut, At: workflow.Now(ctx), Superseded: true})
		return true, err
	}
	return false, nil
}

// registerReview takes the decision of a person on a held run.
func (r *extractRun) registerReview(ctx workflow.Context) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, UpdateReview,
		func(_ workflow.Context, in ReviewInput) (string, error) {
			r.decision = &in
			return fmt.Sprintf("Noted: %s by %s", in.Decision, in.By), nil
		},
		workflow.UpdateHandlerOptions{
			Description: `Decide on a held run: {"decision":"approve|reject|recheck","by":"who","reason":"why"}`,
			Validator: func(_ workflow.Context, in ReviewInput) error {
				switch {
				case r.progress.Phase != PhaseReview:
					return fmt.Errorf("nothing to review: the run is in phase %q", r.progress.Phase)
				case r.decision != nil:
					return fmt.Errorf("%s has decided already: %s", r.decision.By, r.decision.Decision)
				case !slices.Contains([]string{DecisionApprove, DecisionReject, DecisionRecheck}, in.Decision):
					return fmt.Errorf("decision %q is none of approve, reject, recheck", in.Decision)
				case strings.TrimSpace(in.By) == "" || strings.TrimSpace(in.Reason) == "":
					return fmt.Errorf("by and reason are required: the decision stands in the evidence")
				}
				return nil
			},
		})
}
