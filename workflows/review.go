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

// reviewExample is what a person types into the Web UI's dialog, which shows a description but no fields.
const reviewExample = `{"decision":"approve","by":"your name","reason":"why"}`

// byDeadline signs the decision that nobody made in time.
const byDeadline = "tieout (deadline)"

// hold waits for the review of a run with findings. The decision names the figures that it was given on; recheck
// means that the lists are read again and the files tied out again.
func (r *extractRun) hold(ctx workflow.Context, result *ExtractResult) (recheck bool, err error) {
	settings := r.scope.Settings.Hold
	deadline := workflow.Now(ctx).Add(time.Duration(settings.Deadline))
	message := counted(result.Findings.Count, "finding waits", "findings wait") + " for a review"
	r.decision = nil
	r.tell(ctx, PhaseReview, message, fmt.Sprintf(
		"read the report, then decide: More Actions, Send an Update, review (or `tieout review`). Without a decision by %s the run is %s.",
		moment(deadline), settings.Then))
	r.attributes(ctx, attributeOutcome.ValueSet(PhaseReview), attributeFindings.ValueSet(int64(result.Findings.Count)))
	r.notifyResult(ctx, NoticeReview, message, result)
	r.tellWaiting(ctx)
	for r.decision == nil {
		left := deadline.Sub(workflow.Now(ctx))
		if left <= 0 {
			r.decision = &ReviewInput{Decision: DecisionReject, By: byDeadline, Reason: "no review within " + span(time.Duration(settings.Deadline))}
			if settings.Then == OutcomeApproved {
				r.decision.Decision = DecisionApprove
			}
			break
		}
		decided, err := awaitUntil(ctx, min(left, reviewReminder), line("Wait for a review until %s, else %s", moment(deadline), settings.Then),
			func() bool { return r.decision != nil })
		if err != nil {
			return false, err
		}
		if left > reviewReminder && !decided {
			r.notifyResult(ctx, NoticeReview, fmt.Sprintf("%s; without a decision by %s the run is %s", message, moment(deadline), settings.Then), result)
		}
	}
	decision := *r.decision
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
		_, err := execute[struct{}](ctx, read(line("Keep this tie-out; %s wants another: %s", decision.By, decision.Reason)), ActivityHandOver,
			HandOverParams{Scope: r.scope, Result: *result, TieOut: result.TieOut, At: workflow.Now(ctx), Superseded: true})
		return true, err
	}
	return false, r.decide(ctx, result)
}

// registerReview takes the decision of a person on a held run.
func (r *extractRun) registerReview(ctx workflow.Context) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, UpdateReview,
		func(_ workflow.Context, in ReviewInput) (string, error) {
			r.decision = &in
			return fmt.Sprintf("Noted: %s by %s", in.Decision, in.By), nil
		},
		workflow.UpdateHandlerOptions{
			Description: `Decide on the findings of a held run: approve, reject, or recheck (tie out again with today's lists). Data: ` + reviewExample,
			Validator: func(_ workflow.Context, in ReviewInput) error {
				switch {
				case r.isFront():
					return r.frontRefusal("review")
				case r.progress.Phase != PhaseReview && r.decision != nil:
					return fmt.Errorf("%s has decided already: %s. There is nothing to review now: the run is %q", r.decision.By, r.decision.Decision, r.progress.Phase)
				case r.progress.Phase != PhaseReview:
					return fmt.Errorf("there is nothing to review now: the run is %q", r.progress.Phase)
				case r.decision != nil:
					return fmt.Errorf("%s has decided already: %s. That decision stands", r.decision.By, r.decision.Decision)
				case !slices.Contains([]string{DecisionApprove, DecisionReject, DecisionRecheck}, in.Decision):
					return fmt.Errorf("decision %q is none of approve, reject, recheck. Write %s", in.Decision, reviewExample)
				case strings.TrimSpace(in.By) == "" || strings.TrimSpace(in.Reason) == "":
					return fmt.Errorf("who decides (by) and why (reason) are required: they stand in the evidence. Write %s", reviewExample)
				}
				return nil
			},
		})
}
