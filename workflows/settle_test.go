package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"tieout/internal/contract"
)

// ambiguous makes the bench of a run that asks a person, 22 minutes after its begin, after two starts with an unknown
// outcome.
func ambiguous(t *testing.T, further ...contract.StartJobResult) *bench {
	b := newBench(t).prepared().posts(append([]contract.StartJobResult{unknown, unknown}, further...)...).finds(contract.FindStartedResult{})
	on(b, contract.DescribeJob, func(_ context.Context, p contract.JobParams) (contract.Job, error) {
		if p.JobID != "job-7" {
			return contract.Job{}, temporal.NewNonRetryableApplicationError("no such job", contract.CodeConfigInvalid, nil)
		}
		return contract.Job{ID: p.JobID}, nil
	}).Maybe()
	return b
}

func decides(by string, decision contract.Decision) contract.ResolveStartInput {
	in := contract.ResolveStartInput{Decision: decision, By: by, Reason: "looked at Concur"}
	if decision == contract.DecisionAdopt {
		in.JobID = "job-7"
	}
	return in
}

func (b *bench) resolve(after time.Duration, by string, decision contract.Decision) *updateAnswer {
	return b.update(after, contract.UpdateResolveStart, decides(by, decision))
}

func TestAmbiguousStartWaitsForAPerson(t *testing.T) {
	t.Run("adopt", func(t *testing.T) {
		b := ambiguous(t).quiet()
		b.resolve(time.Hour, "ann", contract.DecisionAdopt)
		result := b.run(t)
		require.Equal(t, "job-7", result.Job.ID)
		require.Len(t, b.started, 2)
		require.Equal(t, "looked at Concur", b.landed[0].Resolved.Reason, "the decision goes into the evidence")
	})
	t.Run("start again", func(t *testing.T) {
		b := ambiguous(t, created).quiet()
		b.resolve(time.Hour, "ann", contract.DecisionStartAgain)
		result := b.run(t)
		require.Equal(t, "job-1", result.Job.ID)
		require.Len(t, b.started, 3)
		require.Equal(t, "ann", b.landed[0].Resolved.By)
	})
	t.Run("stop", func(t *testing.T) {
		b := ambiguous(t)
		b.resolve(time.Hour, "ann", contract.DecisionStop)
		failed := b.fails(t, contract.CodeStartAmbiguous)
		require.Contains(t, failed.Message(), "ann")
		require.Len(t, b.started, 2)
		require.Equal(t, &contract.Stopped{By: "ann", Reason: "looked at Concur"}, b.records[0].Stopped, "the next start of the date knows it")
	})
	t.Run("adopt a job that Concur does not know, then stop", func(t *testing.T) {
		b := ambiguous(t)
		wrong := decides("ann", contract.DecisionAdopt)
		wrong.JobID = "job-8"
		adopted := b.update(time.Hour, contract.UpdateResolveStart, wrong)
		stopped := b.resolve(2*time.Hour, "ann", contract.DecisionStop)
		b.fails(t, contract.CodeStartAmbiguous)
		adopted.mustBeRefused(t, "job job-8 cannot be adopted")
		stopped.mustBeAccepted(t)
	})
	t.Run("what cannot be a decision", func(t *testing.T) {
		b := ambiguous(t)
		nobody := b.update(time.Hour, contract.UpdateResolveStart, contract.ResolveStartInput{Decision: contract.DecisionStop})
		noJob := b.update(time.Hour+1, contract.UpdateResolveStart, contract.ResolveStartInput{Decision: contract.DecisionAdopt, By: "ann", Reason: "seen"})
		noWord := b.update(time.Hour+2, contract.UpdateResolveStart, contract.ResolveStartInput{Decision: "go on", By: "ann", Reason: "seen"})
		review := b.update(time.Hour+3, contract.UpdateReview, contract.ReviewInput{Decision: contract.DecisionApprove, By: "ann", Reason: "seen"})
		b.resolve(2*time.Hour, "ann", contract.DecisionStop)
		b.fails(t, contract.CodeStartAmbiguous)
		nobody.mustBeRefused(t, "by and reason are required")
		noJob.mustBeRefused(t, "adopt needs the jobId")
		noWord.mustBeRefused(t, "none of adopt, start-again, stop")
		review.mustBeRefused(t, "nothing to review")
	})
}

// Nothing is decided before a person is asked.
func TestDecisionOnAStartThatIsNotAmbiguousIsRefused(t *testing.T) {
	b := newBench(t).prepared().posts(created)
	answers(b, contract.WaitForJob, contract.Job{ID: "job-1"}).After(time.Hour)
	early := b.resolve(time.Minute, "ann", contract.DecisionStop)
	b.quiet().run(t)
	early.mustBeRefused(t, `nothing to resolve: the run is in phase "waiting"`)
}

// anns begins the refusal of a decision after ann's.
const anns = "ann has decided already"

// TestOneDecisionOnAStartCounts sends a second decision at every moment after the first: it is refused with the name of
// who made the first, and what the first said is done.
func TestOneDecisionOnAStartCounts(t *testing.T) {
	t.Run("a stop after start-again, before the POST is made", func(t *testing.T) {
		b := newBench(t).prepared().finds(contract.FindStartedResult{})
		on(b, contract.StartJob, func(_ context.Context, p contract.StartJobParams) (contract.StartJobResult, error) {
			if b.started = append(b.started, p); len(b.started) <= contract.MaxPosts {
				return unknown, nil
			}
			return created, nil
		}).After(10 * time.Minute) // the workers are busy
		b.quiet()
		first := b.resolve(2*time.Hour, "ann", contract.DecisionStartAgain)
		second := b.resolve(2*time.Hour+time.Minute, "bob", contract.DecisionStop)
		b.run(t)
		first.mustBeAccepted(t)
		second.mustBeRefused(t, anns)
		require.Len(t, b.started, 3)
	})
	t.Run("at once", func(t *testing.T) {
		b := ambiguous(t)
		first, second := &updateAnswer{}, &updateAnswer{}
		b.RegisterDelayedCallback(func() {
			b.send(first, contract.UpdateResolveStart, decides("ann", contract.DecisionStop))
			b.send(second, contract.UpdateResolveStart, decides("bob", contract.DecisionStartAgain))
		}, time.Hour)
		b.fails(t, contract.CodeStartAmbiguous)
		first.mustBeAccepted(t)
		second.mustBeRefused(t, anns)
		require.Len(t, b.started, 2, "no POST after a stop")
	})
}

// TestOneDecisionCountsWhileItIsCarriedOut sends a second decision while the job of the first is looked up or claimed, and
// after the start has become ambiguous again.
func TestOneDecisionCountsWhileItIsCarriedOut(t *testing.T) {
	t.Run("while the job that is to be adopted is looked up, the first that is accepted counts", func(t *testing.T) {
		b := newBench(t).prepared().posts(unknown, unknown).finds(contract.FindStartedResult{})
		answers(b, contract.DescribeJob, contract.Job{ID: "job-7"}).After(time.Hour)
		adopted := b.resolve(time.Hour, "bob", contract.DecisionAdopt)
		stopped := b.resolve(time.Hour+time.Minute, "ann", contract.DecisionStop)
		b.fails(t, contract.CodeStartAmbiguous)
		stopped.mustBeAccepted(t)
		adopted.mustBeRefused(t, anns)
	})
	t.Run("a look for a job does not outlive the question", func(t *testing.T) {
		b := newBench(t).prepared().posts(unknown, unknown, unknown).finds(contract.FindStartedResult{})
		answers(b, contract.DescribeJob, contract.Job{ID: "job-7"}).After(3 * time.Hour)
		adopted := b.resolve(time.Hour, "bob", contract.DecisionAdopt)
		again := b.resolve(2*time.Hour, "ann", contract.DecisionStartAgain)
		stopped := b.resolve(8*time.Hour, "ann", contract.DecisionStop)
		b.fails(t, contract.CodeStartAmbiguous)
		again.mustBeAccepted(t)
		adopted.mustBeRefused(t, anns)
		stopped.mustBeAccepted(t)
	})
	t.Run("a stop after adopt, while S3 does not take the claim", func(t *testing.T) {
		b := ambiguous(t)
		answers(b, contract.ClaimJob, contract.None{}).After(time.Hour)
		b.quiet()
		adopted := b.resolve(time.Hour, "ann", contract.DecisionAdopt)
		stopped := b.resolve(time.Hour+10*time.Minute, "bob", contract.DecisionStop)
		require.Equal(t, "job-7", b.run(t).Job.ID)
		adopted.mustBeAccepted(t)
		stopped.mustBeRefused(t, anns)
	})
	t.Run("a start that is ambiguous again is asked about again", func(t *testing.T) {
		b := ambiguous(t, unknown)
		again := b.resolve(time.Hour, "ann", contract.DecisionStartAgain)
		stop := b.resolve(3*time.Hour, "bob", contract.DecisionStop)
		b.fails(t, contract.CodeStartAmbiguous)
		again.mustBeAccepted(t)
		stop.mustBeAccepted(t)
		require.Equal(t, &contract.Stopped{By: "bob", Reason: "looked at Concur"}, b.records[0].Stopped)
	})
}

// A person who says start-again is not asked once more before the POST, however many attempts are unknown.
func TestStartAgainIsAskedForOnce(t *testing.T) {
	b := newBench(t)
	answers(b, contract.SnapshotJobs, contract.JobsSnapshot{Attempts: 2, Unknown: []int{1, 2}, Open: &contract.OpenStart{RunID: "gone"}})
	b.prepared().posts(created).finds(contract.FindStartedResult{JobIDs: []string{"job-4", "job-5"}}).quiet()
	again := b.resolve(time.Hour, "ann", contract.DecisionStartAgain)
	second := b.resolve(time.Hour+1, "bob", contract.DecisionStop)
	b.run(t)
	again.mustBeAccepted(t)
	require.Error(t, second.err)
	require.Len(t, b.started, 1)
}

// After a person's stop nothing automatic posts: the next start of the date asks before anything is sent.
func TestStoppedStartIsAskedAboutBeforeAnythingIsPosted(t *testing.T) {
	b := newBench(t)
	answers(b, contract.SnapshotJobs, contract.JobsSnapshot{Attempts: 1, Unknown: []int{1}, Stopped: &contract.Stopped{By: "bob", Reason: "we run it by hand"}})
	b.prepared().posts(created).quiet()
	var asked contract.Progress
	b.RegisterDelayedCallback(func() {
		asked = b.progress(t)
		require.Empty(t, b.started)
	}, time.Hour)
	b.resolve(2*time.Hour, "ann", contract.DecisionStartAgain)
	b.run(t)
	require.Equal(t, contract.PhaseAmbiguous, asked.Phase)
	require.Equal(t, "bob stopped the start of 2026-11-20: we run it by hand", asked.Message)
	require.Equal(t, 2, b.started[0].Attempt)
}

// A start that waits for a person says so every four hours, each time in a notice of its own.
func TestWaitingStartRemindsPeopleEveryFourHours(t *testing.T) {
	b := ambiguous(t).tells()
	began := b.Now()
	b.resolve(13*time.Hour, "ann", contract.DecisionStop)
	b.fails(t, contract.CodeStartAmbiguous)
	var asked []time.Duration
	ids := map[string]bool{}
	for _, notice := range b.notices {
		ids[notice.ID] = true
		if notice.Kind == contract.NoticeReview {
			asked = append(asked, notice.At.Sub(began).Truncate(time.Hour))
			require.Equal(t, contract.CodeStartAmbiguous, notice.Code)
		}
	}
	require.Equal(t, []time.Duration{0, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour}, asked)
	require.Len(t, ids, len(b.notices), "a receiver leaves out what it has")
	require.Contains(t, b.notices[1].Message, "Nobody has decided for 4h")
}
