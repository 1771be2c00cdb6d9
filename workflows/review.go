package workflows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/wording"
)

// reviewExample is what a person types into the Web UI's dialog, which has a description but no fields.
const reviewExample = `{"decision":"approve","by":"your name","reason":"why"}`

// byDeadline signs the decision that is made where no person decided in time.
const byDeadline = "tieout (deadline)"

// hold waits for the review of a run with findings, and puts the decision with the figures into the result. It reports
// whether the decision was to tie out again with today's lists.
func (r *extractRun) hold(ctx workflow.Context, result *contract.ExtractResult) (recheck bool, err error) {
	settings := r.scope.Settings.Hold
	deadline := workflow.Now(ctx).Add(time.Duration(settings.Deadline))
	message := wording.Counted(result.Findings.Count, "finding waits", "findings wait") + " for a review"
	r.decision = nil
	r.tell(ctx, contract.PhaseReview, message, fmt.Sprintf(
		"read the report, then decide: More Actions, Send an Update, review (or `tieout review`). Without a decision by %s the run is %s.",
		wording.Moment(deadline), settings.Then))
	r.showOutcome(ctx, contract.AttributeReview, result.Findings.Count)
	r.notifyResult(ctx, contract.NoticeReview, message, result)
	r.tellWaiting(ctx)
	for r.decision == nil {
		left := deadline.Sub(workflow.Now(ctx))
		if left <= 0 {
			r.decision = &contract.ReviewInput{Decision: contract.DecisionReject, By: byDeadline, Reason: "no review within " + settings.Deadline.String()}
			if settings.Then == string(contract.OutcomeApproved) {
				r.decision.Decision = contract.DecisionApprove
			}
			break
		}
		decided, err := awaitUntil(ctx, min(left, reviewReminder), line("Wait for a review until %s, else %s", wording.Moment(deadline), settings.Then),
			func() bool { return r.decision != nil })
		if err != nil {
			return false, err
		}
		if left > reviewReminder && !decided {
			r.notifyResult(ctx, contract.NoticeReview, fmt.Sprintf("%s; without a decision by %s the run is %s", message, wording.Moment(deadline), settings.Then), result)
		}
	}
	decision := *r.decision
	result.Review = &contract.Review{
		Decision: decision.Decision, By: decision.By, Reason: decision.Reason,
		At:     workflow.Now(ctx).UTC().Format(time.RFC3339),
		TieOut: result.TieOut, Findings: result.Findings.Count, Rows: result.Findings.Rows, Amounts: result.Findings.Amounts,
	}
	switch decision.Decision {
	case contract.DecisionApprove:
		result.Outcome = contract.OutcomeApproved
	case contract.DecisionReject:
		result.Outcome = contract.OutcomeRejected
	case contract.DecisionRecheck:
		_, err := execute(ctx, read(line("Keep this tie-out; %s wants another: %s", decision.By, decision.Reason)), contract.HandOver,
			contract.HandOverParams{Scope: r.scope, Result: *result, TieOut: result.TieOut, At: workflow.Now(ctx), Superseded: true})
		return true, err
	}
	return false, r.decide(ctx, result)
}

// registerReview registers the update by which a person decides on a held run.
func (r *extractRun) registerReview(ctx workflow.Context) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, contract.UpdateReview,
		func(_ workflow.Context, in contract.ReviewInput) (string, error) {
			r.decision = &in
			return fmt.Sprintf("Noted: %s by %s", in.Decision, in.By), nil
		},
		workflow.UpdateHandlerOptions{
			Description: `Decide on the findings of a held run: approve, reject, or recheck (tie out again with today's lists). Data: ` + reviewExample,
			Validator: func(_ workflow.Context, in contract.ReviewInput) error {
				switch {
				case r.isFront():
					return r.frontRefusal("review")
				case r.progress.Phase != contract.PhaseReview && r.decision != nil:
					return fmt.Errorf("%s has decided already: %s. There is nothing to review now: the run is %q", r.decision.By, r.decision.Decision, r.progress.Phase)
				case r.progress.Phase != contract.PhaseReview:
					return fmt.Errorf("there is nothing to review now: the run is %q", r.progress.Phase)
				case r.decision != nil:
					return fmt.Errorf("%s has decided already: %s. That decision stands", r.decision.By, r.decision.Decision)
				case !slices.Contains([]contract.Decision{contract.DecisionApprove, contract.DecisionReject, contract.DecisionRecheck}, in.Decision):
					return fmt.Errorf("decision %q is none of approve, reject, recheck. Write %s", in.Decision, reviewExample)
				case strings.TrimSpace(in.By) == "" || strings.TrimSpace(in.Reason) == "":
					return fmt.Errorf("who decides (by) and why (reason) are required: they stand in the evidence. Write %s", reviewExample)
				}
				return nil
			},
		})
}
