package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"tieout/internal/contract"
)

// ambiguous is a night that asks a person after two starts whose outcome is not known, 22 minutes in.
func ambiguous(t *testing.T, further ...contract.StartJobResult) *night {
	n := newNight(t).prepared().posts(append([]contract.StartJobResult{unknown, unknown}, further...)...).finds(contract.FindStartedResult{})
	n.on(string(contract.DescribeJob), func(_ context.Context, p contract.JobParams) (contract.Job, error) {
		if p.JobID != "job-7" {
			return contract.Job{}, temporal.NewNonRetryableApplicationError("no such job", contract.CodeConfigInvalid, nil)
		}
		return contract.Job{ID: p.JobID}, nil
	}).Maybe()
	return n
}

func decides(by string, decision contract.Decision) contract.ResolveStartInput {
	in := contract.ResolveStartInput{Decision: decision, By: by, Reason: "looked at Concur"}
	if decision == contract.DecisionAdopt {
		in.JobID = "job-7"
	}
	return in
}

func (n *night) resolve(after time.Duration, by string, decision contract.Decision) *told {
	return n.update(after, contract.UpdateResolveStart, decides(by, decision))
}

func TestAmbiguousStartWaitsForAPerson(t *testing.T) {
	t.Run("adopt", func(t *testing.T) {
		n := ambiguous(t).quiet()
		n.resolve(time.Hour, "ann", contract.DecisionAdopt)
		result := n.run(t)
		require.Equal(t, "job-7", result.Job.ID)
		require.Len(t, n.started, 2)
		require.Equal(t, "looked at Concur", n.landed[0].Resolved.Reason, "the decision goes into the evidence")
	})
	t.Run("start again", func(t *testing.T) {
		n := ambiguous(t, created).quiet()
		n.resolve(time.Hour, "ann", contract.DecisionStartAgain)
		result := n.run(t)
		require.Equal(t, "job-1", result.Job.ID)
		require.Len(t, n.started, 3)
		require.Equal(t, "ann", n.landed[0].Resolved.By)
	})
	t.Run("stop", func(t *testing.T) {
		n := ambiguous(t)
		n.resolve(time.Hour, "ann", contract.DecisionStop)
		failed := n.fails(t, contract.CodeStartAmbiguous)
		require.Contains(t, failed.Message(), "ann")
		require.Len(t, n.started, 2)
		require.Equal(t, &contract.Stopped{By: "ann", Reason: "looked at Concur"}, n.records[0].Stopped, "the next start of the date knows it")
	})
	t.Run("adopt a job that Concur does not know, then stop", func(t *testing.T) {
		n := ambiguous(t)
		wrong := decides("ann", contract.DecisionAdopt)
		wrong.JobID = "job-8"
		adopted := n.update(time.Hour, contract.UpdateResolveStart, wrong)
		stopped := n.resolve(2*time.Hour, "ann", contract.DecisionStop)
		n.fails(t, contract.CodeStartAmbiguous)
		adopted.mustBeRefused(t, "job job-8 cannot be adopted")
		stopped.mustBeNoted(t)
	})
	t.Run("what cannot be a decision", func(t *testing.T) {
		n := ambiguous(t)
		nobody := n.update(time.Hour, contract.UpdateResolveStart, contract.ResolveStartInput{Decision: contract.DecisionStop})
		noJob := n.update(time.Hour+1, contract.UpdateResolveStart, contract.ResolveStartInput{Decision: contract.DecisionAdopt, By: "ann", Reason: "seen"})
		noWord := n.update(time.Hour+2, contract.UpdateResolveStart, contract.ResolveStartInput{Decision: "go on", By: "ann", Reason: "seen"})
		review := n.update(time.Hour+3, contract.UpdateReview, contract.ReviewInput{Decision: contract.DecisionApprove, By: "ann", Reason: "seen"})
		n.resolve(2*time.Hour, "ann", contract.DecisionStop)
		n.fails(t, contract.CodeStartAmbiguous)
		nobody.mustBeRefused(t, "by and reason are required")
		noJob.mustBeRefused(t, "adopt needs the jobId")
		noWord.mustBeRefused(t, "none of adopt, start-again, stop")
		review.mustBeRefused(t, "nothing to review")
	})
}

// Nothing is decided before a person is asked.
func TestDecisionOnAStartThatIsNotAmbiguousIsRefused(t *testing.T) {
	n := newNight(t).prepared().posts(created)
	n.on(string(contract.WaitForJob), contract.Job{ID: "job-1"}, nil).After(time.Hour)
	early := n.resolve(time.Minute, "ann", contract.DecisionStop)
	n.quiet().run(t)
	early.mustBeRefused(t, `nothing to resolve: the run is in phase "waiting"`)
}

// TestOneDecisionOnAStartCounts sends a second decision at every moment after the first: it is refused with the name of
// who made the first, and what the first said is done.
func TestOneDecisionOnAStartCounts(t *testing.T) {
	const anns = "ann has decided already"
	t.Run("a stop after start-again, before the POST is made", func(t *testing.T) {
		n := newNight(t).prepared().finds(contract.FindStartedResult{})
		n.on(string(contract.StartJob), func(_ context.Context, p contract.StartJobParams) (contract.StartJobResult, error) {
			if n.started = append(n.started, p); len(n.started) <= contract.MaxPosts {
				return unknown, nil
			}
			return created, nil
		}).After(10 * time.Minute) // the workers are busy
		n.quiet()
		first := n.resolve(2*time.Hour, "ann", contract.DecisionStartAgain)
		second := n.resolve(2*time.Hour+time.Minute, "bob", contract.DecisionStop)
		n.run(t)
		first.mustBeNoted(t)
		second.mustBeRefused(t, anns)
		require.Len(t, n.started, 3)
	})
	t.Run("at once", func(t *testing.T) {
		n := ambiguous(t)
		first, second := &told{}, &told{}
		n.RegisterDelayedCallback(func() {
			n.send(first, contract.UpdateResolveStart, decides("ann", contract.DecisionStop))
			n.send(second, contract.UpdateResolveStart, decides("bob", contract.DecisionStartAgain))
		}, time.Hour)
		n.fails(t, contract.CodeStartAmbiguous)
		first.mustBeNoted(t)
		second.mustBeRefused(t, anns)
		require.Len(t, n.started, 2, "no POST after a stop")
	})
	t.Run("while the job that is to be adopted is looked up, the first that is accepted counts", func(t *testing.T) {
		n := newNight(t).prepared().posts(unknown, unknown).finds(contract.FindStartedResult{})
		n.on(string(contract.DescribeJob), contract.Job{ID: "job-7"}, nil).After(time.Hour)
		adopted := n.resolve(time.Hour, "bob", contract.DecisionAdopt)
		stopped := n.resolve(time.Hour+time.Minute, "ann", contract.DecisionStop)
		n.fails(t, contract.CodeStartAmbiguous)
		stopped.mustBeNoted(t)
		adopted.mustBeRefused(t, anns)
	})
	t.Run("a look for a job does not outlive the question", func(t *testing.T) {
		n := newNight(t).prepared().posts(unknown, unknown, unknown).finds(contract.FindStartedResult{})
		n.on(string(contract.DescribeJob), contract.Job{ID: "job-7"}, nil).After(3 * time.Hour)
		adopted := n.resolve(time.Hour, "bob", contract.DecisionAdopt)
		again := n.resolve(2*time.Hour, "ann", contract.DecisionStartAgain)
		stopped := n.resolve(8*time.Hour, "ann", contract.DecisionStop)
		n.fails(t, contract.CodeStartAmbiguous)
		again.mustBeNoted(t)
		adopted.mustBeRefused(t, anns)
		stopped.mustBeNoted(t)
	})
	t.Run("a stop after adopt, while S3 does not take the claim", func(t *testing.T) {
		n := ambiguous(t)
		n.on(string(contract.ClaimJob), struct{}{}, nil).After(time.Hour)
		n.quiet()
		adopted := n.resolve(time.Hour, "ann", contract.DecisionAdopt)
		stopped := n.resolve(time.Hour+10*time.Minute, "bob", contract.DecisionStop)
		require.Equal(t, "job-7", n.run(t).Job.ID)
		adopted.mustBeNoted(t)
		stopped.mustBeRefused(t, anns)
	})
	t.Run("a start that is ambiguous again is asked about again", func(t *testing.T) {
		n := ambiguous(t, unknown)
		again := n.resolve(time.Hour, "ann", contract.DecisionStartAgain)
		stop := n.resolve(3*time.Hour, "bob", contract.DecisionStop)
		n.fails(t, contract.CodeStartAmbiguous)
		again.mustBeNoted(t)
		stop.mustBeNoted(t)
		require.Equal(t, &contract.Stopped{By: "bob", Reason: "looked at Concur"}, n.records[0].Stopped)
	})
}

// A person who says start-again is not asked once more before the POST, however many attempts are unknown.
func TestStartAgainIsAskedForOnce(t *testing.T) {
	n := newNight(t)
	n.on(string(contract.SnapshotJobs), contract.JobsSnapshot{Attempts: 2, Unknown: []int{1, 2}, Open: &contract.OpenStart{RunID: "gone"}}, nil)
	n.prepared().posts(created).finds(contract.FindStartedResult{JobIDs: []string{"job-4", "job-5"}}).quiet()
	again := n.resolve(time.Hour, "ann", contract.DecisionStartAgain)
	second := n.resolve(time.Hour+1, "bob", contract.DecisionStop)
	n.run(t)
	again.mustBeNoted(t)
	require.Error(t, second.err)
	require.Len(t, n.started, 1)
}

// After a person's stop nothing automatic posts: the next start of the date asks before anything is sent.
func TestStoppedStartIsAskedAboutBeforeAnythingIsPosted(t *testing.T) {
	n := newNight(t)
	n.on(string(contract.SnapshotJobs), contract.JobsSnapshot{Attempts: 1, Unknown: []int{1}, Stopped: &contract.Stopped{By: "bob", Reason: "we run it by hand"}}, nil)
	n.prepared().posts(created).quiet()
	var asked contract.Progress
	n.RegisterDelayedCallback(func() {
		asked = n.progress(t)
		require.Empty(t, n.started)
	}, time.Hour)
	n.resolve(2*time.Hour, "ann", contract.DecisionStartAgain)
	n.run(t)
	require.Equal(t, contract.PhaseAmbiguous, asked.Phase)
	require.Equal(t, "bob stopped the start of 2026-11-20: we run it by hand", asked.Message)
	require.Equal(t, 2, n.started[0].Attempt)
}

// A start that waits for a person says so every four hours, each time in a notice of its own.
func TestWaitingStartRemindsPeopleEveryFourHours(t *testing.T) {
	n := ambiguous(t).tells()
	began := n.Now()
	n.resolve(13*time.Hour, "ann", contract.DecisionStop)
	n.fails(t, contract.CodeStartAmbiguous)
	var asked []time.Duration
	ids := map[string]bool{}
	for _, notice := range n.notices {
		ids[notice.ID] = true
		if notice.Kind == contract.NoticeReview {
			asked = append(asked, notice.At.Sub(began).Truncate(time.Hour))
			require.Equal(t, contract.CodeStartAmbiguous, notice.Code)
		}
	}
	require.Equal(t, []time.Duration{0, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour}, asked)
	require.Len(t, ids, len(n.notices), "a receiver leaves out what it has")
	require.Contains(t, n.notices[1].Message, "Nobody has decided for 4h")
}
