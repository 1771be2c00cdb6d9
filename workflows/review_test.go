package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// held makes the bench of a run whose findings wait for a review.
func held(t *testing.T) *bench {
	b := newBench(t).prepared().posts(created).quiet()
	b.settings.OnFindings = pipeline.OnFindingsHold
	b.result.Outcome, b.result.Findings.Count, b.result.Findings.Rows = contract.OutcomeFindings, 3, 7
	return b
}

func (b *bench) review(after time.Duration, by string, decision contract.Decision) *updateAnswer {
	return b.update(after, contract.UpdateReview, contract.ReviewInput{Decision: decision, By: by, Reason: "known"})
}

func TestHeldRun(t *testing.T) {
	t.Run("approved", func(t *testing.T) {
		b := held(t)
		noReason := b.update(time.Hour, contract.UpdateReview, contract.ReviewInput{Decision: contract.DecisionApprove, By: "ann"})
		noWord := b.review(time.Hour, "ann", "yes")
		b.review(2*time.Hour, "ann", contract.DecisionApprove)
		result := b.run(t)
		require.Equal(t, contract.OutcomeApproved, result.Outcome)
		require.Equal(t, 3, result.Review.Findings, "the sign-off names its figures")
		require.Equal(t, int64(7), result.Review.Rows)
		require.Equal(t, "ann", result.Review.By)
		require.Equal(t, "s3://b/decided/report.json", result.Reports.JSON, "the result names the reports that say who decided")
		require.Equal(t, result.Reports, b.handed[0].Result.Reports)
		noReason.mustBeRefused(t, "are required")
		noWord.mustBeRefused(t, "none of approve, reject, recheck")
	})
	t.Run("nobody decides", func(t *testing.T) {
		b := held(t)
		began := b.Now()
		result := b.run(t)
		require.Equal(t, contract.OutcomeRejected, result.Outcome)
		require.Equal(t, "tieout (deadline)", result.Review.By)
		require.Equal(t, "s3://b/decided/report.json", result.Reports.JSON)
		require.Equal(t, 48*time.Hour, b.Now().Sub(began).Truncate(time.Hour))
	})
	t.Run("recheck, then clean", func(t *testing.T) {
		b := held(t)
		b.review(time.Hour, "ann", contract.DecisionRecheck)
		b.RegisterDelayedCallback(func() {
			b.result.Outcome, b.result.TieOut, b.result.Findings.Count = contract.OutcomeClean, 2, 0
		}, time.Hour)
		result := b.run(t)
		require.Equal(t, contract.OutcomeClean, result.Outcome)
		require.Nil(t, result.Review, "a later tie-out does not inherit a decision")
		require.Len(t, b.handed, 2)
		require.True(t, b.handed[0].Superseded)
		require.Equal(t, contract.DecisionRecheck, b.handed[0].Result.Review.Decision)
	})
}

// TestOneDecisionOnAReviewCounts sends a second review at once, and after the run went on.
func TestOneDecisionOnAReviewCounts(t *testing.T) {
	b := held(t)
	b.settings.Next = []pipeline.Next{{Workflow: "PostJournal", TaskQueue: "ledger", When: []string{string(contract.OutcomeApproved)}, Wait: true}}
	b.follows("PostJournal")
	answers(b, contract.WaitForRun, contract.WaitForRunResult{Status: contract.RunCompleted}).After(5 * time.Hour)
	first, second := &updateAnswer{}, &updateAnswer{}
	b.RegisterDelayedCallback(func() {
		b.send(first, contract.UpdateReview, contract.ReviewInput{Decision: contract.DecisionApprove, By: "ann", Reason: "known"})
		b.send(second, contract.UpdateReview, contract.ReviewInput{Decision: contract.DecisionReject, By: "bob", Reason: "wrong"})
	}, time.Hour)
	third := b.review(3*time.Hour, "bob", contract.DecisionReject)
	require.Equal(t, contract.OutcomeApproved, b.run(t).Outcome)
	first.mustBeAccepted(t)
	second.mustBeRefused(t, "ann has decided already: approve")
	third.mustBeRefused(t, "ann has decided already: approve")
}

// TestTimersOfAReviewEndWithItsDecision has a review that is decided, and one after a recheck with a deadline of its own.
func TestTimersOfAReviewEndWithItsDecision(t *testing.T) {
	b := held(t)
	waiting := map[string]bool{}
	b.SetOnTimerScheduledListener(func(id string, _ time.Duration) { waiting[id] = true })
	b.SetOnTimerFiredListener(func(id string) { delete(waiting, id) })
	b.SetOnTimerCanceledListener(func(id string) { delete(waiting, id) })
	b.review(40*time.Hour, "ann", contract.DecisionRecheck)
	b.RegisterDelayedCallback(func() {
		require.Equal(t, contract.PhaseReview, b.progress(t).Phase, "the deadline of the first review is gone")
	}, 60*time.Hour)
	b.review(80*time.Hour, "ann", contract.DecisionApprove)
	require.Equal(t, contract.OutcomeApproved, b.run(t).Outcome)
	require.Empty(t, waiting)
}

// A run that waits for a review says so once a day, each time in a notice of its own.
func TestWaitingReviewRemindsPeopleOnceADay(t *testing.T) {
	b := held(t).tells()
	b.settings.Hold.Deadline = pipeline.Duration(80 * time.Hour)
	began := b.Now()
	b.run(t)
	var asked []time.Duration
	ids := map[string]bool{}
	for _, notice := range b.notices {
		require.Equal(t, contract.NoticeReview, notice.Kind)
		ids[notice.ID] = true
		asked = append(asked, notice.At.Sub(began).Truncate(time.Hour))
	}
	require.Equal(t, []time.Duration{0, 24 * time.Hour, 48 * time.Hour, 72 * time.Hour}, asked)
	require.Len(t, ids, 4, "a receiver leaves out what it has")
}
