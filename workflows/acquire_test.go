package workflows_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

func TestQuietNight(t *testing.T) {
	b := newBench(t).prepared().posts(created).quiet()
	result := b.run(t)
	require.Equal(t, contract.OutcomeClean, result.Outcome)
	require.Equal(t, contract.Job{ID: "job-1", Origin: contract.OriginStarted}, result.Job)
	require.NotNil(t, result.Recovered)
	require.Len(t, b.handed, 1)
	require.Equal(t, &contract.Attempts{Settled: 1}, b.handed[0].Attempts, "the record says that the attempt was answered")
	require.Len(t, b.started, 1)
}

func TestStartOutcomes(t *testing.T) {
	found := func(ids ...string) contract.FindStartedResult { return contract.FindStartedResult{JobIDs: ids} }
	conflict := contract.StartJobResult{Outcome: contract.PostConflict}
	for name, test := range map[string]struct {
		posts    []contract.StartJobResult
		finds    []contract.FindStartedResult
		job      string
		origin   contract.Origin
		attempts []int // their numbers
	}{
		"created":                        {posts: []contract.StartJobResult{created}, job: "job-1", origin: "started", attempts: []int{1}},
		"not sent, then created":         {posts: []contract.StartJobResult{{Outcome: contract.PostNotSent}, created}, job: "job-1", origin: "started", attempts: []int{1, 2}},
		"S3 took no note, then created":  {posts: []contract.StartJobResult{{Outcome: contract.PostNotSent, Free: true, Nonce: "a"}, created}, job: "job-1", origin: "started", attempts: []int{1, 1}},
		"refused, then created":          {posts: []contract.StartJobResult{{Outcome: contract.PostRefused, RetryAfter: 30}, created}, job: "job-1", origin: "started", attempts: []int{1, 2}},
		"a job is running: adopted":      {posts: []contract.StartJobResult{conflict}, finds: []contract.FindStartedResult{found("job-9")}, job: "job-9", origin: "adopted", attempts: []int{1}},
		"a job was running and ended":    {posts: []contract.StartJobResult{conflict, created}, finds: []contract.FindStartedResult{found()}, job: "job-1", origin: "started", attempts: []int{1, 2}},
		"unknown, one new: adopted":      {posts: []contract.StartJobResult{unknown}, finds: []contract.FindStartedResult{found("job-2")}, job: "job-2", origin: "adopted", attempts: []int{1}},
		"unknown, none, then created":    {posts: []contract.StartJobResult{unknown, created}, finds: []contract.FindStartedResult{found()}, job: "job-1", origin: "started", attempts: []int{1, 2}},
		"unknown twice, then adopted":    {posts: []contract.StartJobResult{unknown, unknown}, finds: []contract.FindStartedResult{found(), found("job-3")}, job: "job-3", origin: "adopted", attempts: []int{1, 2}},
		"not sent after unknown, adopts": {posts: []contract.StartJobResult{unknown, {Outcome: contract.PostNotSent}, unknown}, finds: []contract.FindStartedResult{found(), found("job-3")}, job: "job-3", origin: "adopted", attempts: []int{1, 2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t).prepared().posts(test.posts...).quiet()
			if test.finds != nil {
				b.finds(test.finds...)
			}
			result := b.run(t)
			require.Equal(t, test.job, result.Job.ID)
			require.Equal(t, test.origin, result.Job.Origin)
			var attempts []int
			for _, posted := range b.started {
				attempts = append(attempts, posted.Attempt)
				require.Equal(t, []string{"job-0"}, posted.JobIDs)
			}
			require.Equal(t, test.attempts, attempts)
		})
	}
}

// S3 may hold a note whose writing seemed to fail: the next attempt under its number says which notes those are.
func TestAttemptKnowsTheNotesThatS3MayHold(t *testing.T) {
	free := func(nonce string) contract.StartJobResult {
		return contract.StartJobResult{Outcome: contract.PostNotSent, Free: true, Nonce: nonce}
	}
	b := newBench(t).prepared().posts(free("a"), free("b"), contract.StartJobResult{Outcome: contract.PostNotSent}, created).quiet()
	b.run(t)
	require.Empty(t, b.started[0].Unsent)
	require.Equal(t, []string{"a"}, b.started[1].Unsent)
	require.Equal(t, []string{"a", "b"}, b.started[2].Unsent)
	require.Empty(t, b.started[3].Unsent, "the next number has notes of its own")
}

// A worker that is killed while it starts the job leaves a timeout, not an answer.
func TestKilledStart(t *testing.T) {
	for name, test := range map[string]struct {
		fence  contract.FenceStartResult
		job    string
		posted int
	}{
		"before the request": {fence: contract.FenceStartResult{NeverSent: true}, job: "job-1", posted: 2},
		"in the request":     {job: "job-2", posted: 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t).prepared().quiet()
			on(b, contract.StartJob, func(_ context.Context, p contract.StartJobParams) (contract.StartJobResult, error) {
				b.started = append(b.started, p)
				if len(b.started) == 1 {
					return contract.StartJobResult{}, temporal.NewHeartbeatTimeoutError()
				}
				return created, nil
			})
			answers(b, contract.FenceStart, test.fence).Once()
			b.finds(contract.FindStartedResult{JobIDs: []string{"job-2"}})
			result := b.run(t)
			require.Equal(t, test.job, result.Job.ID)
			require.Len(t, b.started, test.posted)
		})
	}
}

// TestRunOfADateTakesWhatTheDateHas walks what the bucket may tell of a date whose earlier run was lost or failed.
func TestRunOfADateTakesWhatTheDateHas(t *testing.T) {
	t.Run("its job, as it came to it, without a POST", func(t *testing.T) {
		b := newBench(t)
		answers(b, contract.SnapshotJobs, contract.JobsSnapshot{Job: &contract.SlotJob{ID: "job-5", Origin: contract.OriginStarted}})
		result := b.prepared().quiet().run(t)
		require.Equal(t, contract.Job{ID: "job-5", Origin: contract.OriginStarted}, result.Job)
	})
	t.Run("the verdict that was reached meanwhile", func(t *testing.T) {
		b := newBench(t)
		verdict := b.result
		verdict.Answered = "2026-11-20T05:00:00Z"
		answers(b, contract.SnapshotJobs, contract.JobsSnapshot{Verdict: &verdict})
		require.Equal(t, verdict.Answered, b.prepared().run(t).Answered)
		require.Equal(t, []string{"Configure", "Prepare", "SnapshotJobs"}, b.asked)
	})
	t.Run("the run of its job is waited for, then the date is looked at anew", func(t *testing.T) {
		b := newBench(t)
		runOfJob := contract.Run{Pipeline: "nightly-sae", JobKey: contract.JobKey("job-5")}.ID()
		verdict := b.result
		verdict.Answered = "2026-11-20T05:00:00Z"
		answers(b, contract.SnapshotJobs, contract.JobsSnapshot{Running: runOfJob}).Once()
		b.ends(runOfJob, contract.WaitForRunResult{Status: contract.RunCompleted, Result: &b.result}).Once()
		answers(b, contract.SnapshotJobs, contract.JobsSnapshot{Verdict: &verdict}).Once()
		require.Equal(t, verdict.Answered, b.prepared().run(t).Answered)
		require.Zero(t, times(b, contract.StartJob))
	})
}

// TestRunOfADateSettlesWhatEarlierRunsTried walks what the bucket may tell of attempts whose outcome nobody knows.
func TestRunOfADateSettlesWhatEarlierRunsTried(t *testing.T) {
	t.Run("the attempt of a run that is gone is settled first, and counts", func(t *testing.T) {
		b := newBench(t)
		at := b.Now()
		answers(b, contract.SnapshotJobs, contract.JobsSnapshot{JobIDs: []string{"job-0"}, Attempts: 3, Unknown: []int{3},
			Open: &contract.OpenStart{RunID: "gone", JobIDs: []string{"job-0"}, At: at}})
		b.prepared().posts(unknown)
		var looks []contract.FindStartedParams
		on(b, contract.FindStarted, func(_ context.Context, p contract.FindStartedParams) (contract.FindStartedResult, error) {
			if looks = append(looks, p); len(looks) == 1 {
				return contract.FindStartedResult{}, nil
			}
			return contract.FindStartedResult{JobIDs: []string{"job-4"}}, nil
		})
		b.quiet().run(t)
		require.Equal(t, "gone", looks[0].RunID)
		require.Equal(t, at.Add(12*time.Minute).UTC(), looks[0].Until.UTC(), "its worker may be alive for two minutes, then the window follows")
		require.Equal(t, 4, b.started[0].Attempt, "numbers belong to the date")
		require.Equal(t, &contract.Attempts{Settled: 4, Unknown: []int{3, 4}}, b.handed[0].Attempts)
	})
	t.Run("two attempts that nobody knows the outcome of: a person is asked before a third", func(t *testing.T) {
		b := newBench(t)
		answers(b, contract.SnapshotJobs, contract.JobsSnapshot{Attempts: 2, Unknown: []int{1, 2}})
		b.prepared().posts(created).quiet()
		again := b.update(time.Hour, contract.UpdateResolveStart, contract.ResolveStartInput{Decision: contract.DecisionStartAgain, By: "ann", Reason: "no job in Concur"})
		b.run(t)
		again.mustBeAccepted(t)
		require.Equal(t, 3, b.started[0].Attempt)
	})
	t.Run("another run's attempts are looked at before this one makes its own", func(t *testing.T) {
		b := newBench(t)
		answers(b, contract.SnapshotJobs, contract.JobsSnapshot{JobIDs: []string{"job-0"}}).Once()
		answers(b, contract.SnapshotJobs, contract.JobsSnapshot{Job: &contract.SlotJob{ID: "job-5", Origin: contract.OriginStarted}}).Once()
		b.prepared().posts(contract.StartJobResult{Outcome: contract.PostNotSent, Others: true}).quiet()
		require.Equal(t, "job-5", b.run(t).Job.ID)
	})
	t.Run("where another run has the number of a lost attempt, the date is looked at anew", func(t *testing.T) {
		b := newBench(t)
		answers(b, contract.SnapshotJobs, contract.JobsSnapshot{JobIDs: []string{"job-0"}}).Once()
		answers(b, contract.SnapshotJobs, contract.JobsSnapshot{Job: &contract.SlotJob{ID: "job-5", Origin: contract.OriginStarted}}).Once()
		breaks(b, contract.StartJob, temporal.NewHeartbeatTimeoutError()).Once()
		answers(b, contract.FenceStart, contract.FenceStartResult{NeverSent: true, Others: true}).Once()
		require.Equal(t, "job-5", b.prepared().quiet().run(t).Job.ID)
	})
}

// A token that Concur refuses for the start may have died just then; a fresh one that is refused too is for a person.
func TestStartRefusedTwiceForItsToken(t *testing.T) {
	refusal := contract.StartJobResult{Outcome: contract.PostRefused, Auth: true, Message: "the token was refused"}
	newBench(t).prepared().posts(refusal, created).quiet().run(t)
	b := newBench(t).prepared().posts(refusal, refusal)
	b.fails(t, contract.CodeConcurAuth)
	require.Len(t, b.started, 2)
}

// While Concur refuses, or another date's job holds it up, another run may bring the date to its verdict. So the run reads
// the date's state again before each attempt.
func TestDateIsLookedAtAnewBeforeEachAttempt(t *testing.T) {
	for name, waits := range map[string]contract.StartJobResult{
		"refused":                        {Outcome: contract.PostRefused},
		"held up by another date's job":  {Outcome: contract.PostConflict},
		"unknown, and no job was found":  unknown,
		"begun before the run was reset": {Outcome: contract.PostNotSent, Others: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			verdict := b.result
			verdict.Answered = "2026-11-20T05:00:00Z"
			answers(b, contract.SnapshotJobs, contract.JobsSnapshot{JobIDs: []string{"job-0"}}).Once()
			answers(b, contract.SnapshotJobs, contract.JobsSnapshot{Verdict: &verdict}).Once()
			b.prepared().posts(waits).finds(contract.FindStartedResult{Waited: true})
			require.Equal(t, verdict.Answered, b.run(t).Answered)
			require.Len(t, b.started, 1)
		})
	}
}

// A job of another date holds Concur up for as long as it runs: that is no refusal, of which there may be 20.
func TestJobOfAnotherDateIsWaitedOut(t *testing.T) {
	conflict := contract.StartJobResult{Outcome: contract.PostConflict}
	posts := make([]contract.StartJobResult, 30)
	for i := range posts {
		posts[i] = conflict
	}
	b := newBench(t).prepared().posts(append(posts, created)...).finds(contract.FindStartedResult{Waited: true}).quiet()
	b.run(t)
	require.Len(t, b.started, 31)
}

func TestPickUpLooksOnceMoreAfterTheDeadline(t *testing.T) {
	b := newBench(t)
	b.settings.Acquire = pipeline.AcquirePickup
	b.prepared()
	looks := 0
	on(b, contract.PickUp, func(context.Context, contract.JobParams) (contract.PickUpResult, error) {
		if looks++; looks == 1 {
			return contract.PickUpResult{}, temporal.NewTimeoutError(3, errors.New("no worker took the activity"))
		}
		return contract.PickUpResult{JobID: "job-1"}, nil
	})
	require.Equal(t, "job-1", b.quiet().run(t).Job.ID)
}
