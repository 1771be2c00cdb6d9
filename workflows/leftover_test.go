package workflows_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// backlog is a night that finds jobs which earlier nights left over. Their runs are real children.
type backlog struct {
	*night
	found contract.FindLeftOverResult
	order []string // what was begun, in turn: activities of the night, and the runs of jobs
	going int      // runs of jobs that land or tie out now
	most  int      // at the same time
	told  []contract.NotifyParams
}

const nightRun = "extract/nightly-sae/2026-11-21"

func newBacklog(t *testing.T, jobs int) *backlog {
	b := &backlog{night: newNight(t)}
	b.SetStartWorkflowOptions(startOptions(nightRun))
	for i := range jobs {
		id := fmt.Sprintf("old-%02d", i)
		b.found.Jobs = append(b.found.Jobs, contract.LeftOverJob{ID: id, Key: contract.JobKey(id), StartTime: time.Date(2026, 11, 1+i, 4, 0, 0, 0, time.UTC)})
	}
	b.OnActivity(string(contract.Configure), mock.Anything, mock.Anything).Return(b.configure).Maybe()
	b.OnActivity(string(contract.FindLeftOver), mock.Anything, mock.Anything).Return(func(_ context.Context, p contract.JobParams) (contract.FindLeftOverResult, error) {
		b.note("look beside " + p.JobID)
		return b.found, nil
	}).Maybe()
	b.RegisterWorkflowWithOptions(func(_ workflow.Context, in contract.NoticeInput) error {
		b.told = append(b.told, in.Notice)
		return nil
	}, workflow.RegisterOptions{Name: contract.TypeNotice})
	b.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
		if run, ok := contract.ParseRun(info.WorkflowExecution.ID); ok {
			b.note("run of " + run.JobKey)
			b.going++
			b.most = max(b.most, b.going)
		}
	})
	b.SetOnChildWorkflowCompletedListener(func(info *workflow.Info, _ converter.EncodedValue, _ error) {
		if _, ok := contract.ParseRun(info.WorkflowExecution.ID); ok {
			b.going--
		}
	})
	return b
}

func (b *backlog) note(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.order = append(b.order, what)
}

func (b *backlog) configure(_ context.Context, p contract.ConfigureParams) (contract.Configured, error) {
	return contract.Configured{Settings: b.settings, BusinessDate: "2026-11-21", Run: p.WorkflowID, JobID: p.Input.JobID,
		Targets: targets()[:1]}, nil
}

// lasts has the waiting for left-over jobs take a while, of the workflow's time.
func (b *backlog) lasts(d time.Duration) *backlog {
	old := mock.MatchedBy(func(p contract.JobParams) bool { return strings.HasPrefix(p.JobID, "old-") })
	b.OnActivity(string(contract.WaitForJob), mock.Anything, old).Return(func(_ context.Context, p contract.JobParams) (contract.Job, error) {
		return contract.Job{ID: p.JobID, Origin: p.Origin}, nil
	}).After(d).Maybe()
	return b
}

// taken are the jobs whose runs were started, in turn.
func (b *backlog) taken() (ids []string) {
	for _, job := range b.found.Jobs {
		if slices.Contains(b.order, "run of "+job.Key) {
			ids = append(ids, job.ID)
		}
	}
	return ids
}

// notices are the messages of the notices of a kind.
func (b *backlog) notices(kind contract.NoticeKind) (messages []string) {
	for _, notice := range b.told {
		if notice.Kind == kind {
			messages = append(messages, notice.Message)
		}
	}
	return messages
}

func TestANightTakesUpTheOldestTenAndNamesTheRest(t *testing.T) {
	b := newBacklog(t, 12)
	b.prepared().posts(created).quiet()
	result := b.run(t)
	require.Len(t, b.taken(), 10)
	require.Equal(t, "old-09", b.taken()[9])
	require.LessOrEqual(t, b.most, 4)
	require.Len(t, result.Recovered, 10)
	require.Equal(t, []contract.LeftOver{{ID: "old-10", StartTime: "2026-11-11T04:00:00Z"}, {ID: "old-11", StartTime: "2026-11-12T04:00:00Z"}}, result.LeftOver)
	require.Equal(t, result.LeftOver, b.handed[len(b.handed)-1].Result.LeftOver, "result.json names them too")
	require.Equal(t, []string{"2 jobs of earlier nights have not been taken up yet: old-10, old-11. The next runs take up the oldest 10 a night; " +
		"`recover: {since: DATE}` in tieout.yaml takes up all at once."}, b.notices(contract.NoticeRecovery))
}

func TestANightTakesUpAllThatWasAskedFor(t *testing.T) {
	b := newBacklog(t, 12)
	b.settings.Recover = &pipeline.Recover{Since: "2026-11-01"}
	b.prepared().posts(created).quiet()
	result := b.run(t)
	require.Len(t, result.Recovered, 12)
	require.LessOrEqual(t, b.most, 4)
	require.Empty(t, result.LeftOver)
	require.Empty(t, b.told)
}

func TestRecoveryBeginsOnceTonightHasItsFigures(t *testing.T) {
	b := newBacklog(t, 1)
	b.OnActivity(string(contract.Report), mock.Anything, mock.Anything).Return(func(_ context.Context, p contract.TieOutParams) (contract.ReportResult, error) {
		b.note("figures of " + p.Scope.WorkflowID)
		return contract.ReportResult{Result: b.result}, nil
	})
	b.prepared().posts(created).quiet()
	b.run(t)
	require.Equal(t, []string{"look beside job-1", "figures of " + nightRun, "run of " + contract.JobKey("old-00")}, b.order[:3])
}

// Tonight's result is not held up for longer than a moment: what takes longer goes on, and what was not begun is named.
func TestTonightIsNotHeldUpByWhatOthersLeft(t *testing.T) {
	b := newBacklog(t, 6).lasts(3 * time.Hour)
	b.prepared().posts(created).quiet()
	began := b.Now()
	result := b.run(t)
	require.Less(t, b.handed[0].At.Sub(began), time.Hour)
	require.Empty(t, result.Recovered)
	require.Len(t, result.LeftOver, 6)
	for i, job := range result.LeftOver {
		if i < 4 {
			require.Equal(t, contract.Run{Pipeline: "nightly-sae", JobKey: contract.JobKey(job.ID)}.ID(), job.Run)
		} else {
			require.Empty(t, job.Run)
		}
	}
	require.Len(t, b.taken(), 4, "once the night is over it begins no more")
	require.Contains(t, b.notices(contract.NoticeRecovery)[0], "2 jobs of earlier nights have not been taken up yet: old-04, old-05.")
	require.Contains(t, b.notices(contract.NoticeRecovery)[0], "4 more are taken up and not done yet.")
}

// A recovered run that waits for its review keeps no other job from being taken up.
func TestRunsThatWaitForAPersonDoNotCount(t *testing.T) {
	b := newBacklog(t, 7)
	b.settings.OnFindings = pipeline.OnFindingsHold
	b.result.Outcome, b.result.Findings.Count = contract.OutcomeFindings, 1
	b.prepared().posts(created).quiet()
	b.RegisterDelayedCallback(func() {
		b.UpdateWorkflow(contract.UpdateReview, "decide", noted(t), contract.ReviewInput{Decision: contract.DecisionApprove, By: "ann", Reason: "seen"})
	}, time.Hour)
	result := b.run(t)
	require.Equal(t, contract.OutcomeApproved, result.Outcome)
	require.Len(t, b.taken(), 7)
	require.Equal(t, 7, b.most, "all of them are held")
	require.Len(t, result.LeftOver, 7)
	require.Empty(t, b.notices(contract.NoticeRecovery), "each has asked for its own review")
}

// noted wants an update to be taken.
func noted(t *testing.T) *testsuite.TestUpdateCallback {
	return &testsuite.TestUpdateCallback{
		OnAccept:   func() {},
		OnReject:   func(err error) { t.Errorf("the update was refused: %v", err) },
		OnComplete: func(_ any, err error) { require.NoError(t, err) },
	}
}

// Cancelling a night ends none of the runs that it started for earlier nights' jobs.
func TestCancellingTheNightEndsNoRecoveredRun(t *testing.T) {
	b := newBacklog(t, 2).lasts(5 * time.Minute)
	b.prepared().posts(created).quiet()
	var cancelled []string
	b.SetOnChildWorkflowCanceledListener(func(info *workflow.Info) { cancelled = append(cancelled, info.WorkflowExecution.ID) })
	b.RegisterDelayedCallback(func() {
		require.Len(t, b.taken(), 2)
		b.CancelWorkflow()
	}, 2*time.Minute)
	b.ExecuteWorkflow(contract.TypeConcurExtract, contract.ExtractInput{})
	require.True(t, temporal.IsCanceledError(b.GetWorkflowError()), b.GetWorkflowError())
	require.Empty(t, cancelled)
}

// A recovered run that fails tells people itself, and the night that took its job up names it.
func TestARecoveredRunThatFailsIsToldAndNamed(t *testing.T) {
	b := newBacklog(t, 2)
	bad := mock.MatchedBy(func(p contract.LandParams) bool { return p.Job.ID == "old-00" })
	b.OnActivity(string(contract.Land), mock.Anything, bad).Return(contract.Landed{},
		temporal.NewNonRetryableApplicationError("the file is encrypted", contract.CodeFileEncrypted, nil))
	b.prepared().posts(created).quiet()
	result := b.run(t)
	require.Len(t, result.Recovered, 1)
	run := contract.Run{Pipeline: "nightly-sae", JobKey: contract.JobKey("old-00")}.ID()
	require.Equal(t, []contract.LeftOver{{ID: "old-00", StartTime: "2026-11-01T04:00:00Z", Run: run, Code: contract.CodeFileEncrypted}}, result.LeftOver)
	require.Equal(t, []string{"the file is encrypted"}, b.notices(contract.NoticeFailed))
	require.Equal(t, []string{"1 job of earlier nights came to nothing: old-00 (FileEncrypted). The notice of each says why."}, b.notices(contract.NoticeRecovery))
	require.Equal(t, run, b.records[0].Scope.WorkflowID)
}

// A job that somebody has already is left to them, and is named with the run that has it.
func TestAJobThatSomebodyHasIsLeftToThem(t *testing.T) {
	b := newBacklog(t, 2).lasts(5 * time.Minute)
	b.found.Jobs[1].Key = b.found.Jobs[0].Key // its run is running
	b.prepared().posts(created).quiet()
	result := b.run(t)
	require.Len(t, result.Recovered, 1)
	require.Equal(t, "old-01", result.LeftOver[0].ID)
	require.Equal(t, contract.Run{Pipeline: "nightly-sae", JobKey: b.found.Jobs[0].Key}.ID(), result.LeftOver[0].Run)
	require.Empty(t, result.LeftOver[0].Code)
	require.Empty(t, b.told)
}

func TestALookThatComesToNothingIsTold(t *testing.T) {
	for name, test := range map[string]struct {
		after time.Duration
		says  string
	}{
		"it fails":          {says: "ConcurAuth: the token is gone"},
		"it goes on and on": {after: 20 * time.Hour, says: "was not done within 10m"},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNight(t)
			b := &backlog{night: n}
			b.SetStartWorkflowOptions(startOptions(nightRun))
			b.OnActivity(string(contract.Configure), mock.Anything, mock.Anything).Return(b.configure)
			look := b.OnActivity(string(contract.FindLeftOver), mock.Anything, mock.Anything).Return(contract.FindLeftOverResult{},
				temporal.NewNonRetryableApplicationError("the token is gone", contract.CodeConcurAuth, nil))
			if test.after > 0 {
				look.After(test.after)
			}
			b.RegisterWorkflowWithOptions(func(_ workflow.Context, in contract.NoticeInput) error {
				b.told = append(b.told, in.Notice)
				return nil
			}, workflow.RegisterOptions{Name: contract.TypeNotice})
			b.prepared().posts(created).quiet()
			result := b.run(t)
			require.Equal(t, contract.OutcomeClean, result.Outcome, "tonight has its verdict all the same")
			require.Contains(t, result.RecoveryProblem, test.says)
			require.Len(t, b.notices(contract.NoticeRecovery), 1)
			require.Contains(t, b.notices(contract.NoticeRecovery)[0], test.says)
		})
	}
}

// Nights that fail one after the other do not keep earlier jobs from landing.
func TestAFailedNightTakesUpWhatOthersLeft(t *testing.T) {
	b := newBacklog(t, 2).lasts(time.Minute)
	own := mock.MatchedBy(func(p contract.JobParams) bool { return p.JobID == "job-1" })
	b.OnActivity(string(contract.WaitForJob), mock.Anything, own).Return(contract.Job{},
		temporal.NewNonRetryableApplicationError("Concur ended the job as failed", contract.CodeConcurJobFailed, nil))
	b.prepared().posts(created).quiet()
	b.ExecuteWorkflow(contract.TypeConcurExtract, contract.ExtractInput{})
	var failed *temporal.ApplicationError
	require.ErrorAs(t, b.GetWorkflowError(), &failed)
	require.Equal(t, contract.CodeConcurJobFailed, failed.Type())
	require.Len(t, b.taken(), 2)
	require.Len(t, b.handed, 2)
	require.Len(t, b.notices(contract.NoticeFailed), 1)
	value, err := b.QueryWorkflow(contract.QueryProgress)
	require.NoError(t, err)
	var progress contract.Progress
	require.NoError(t, value.Get(&progress))
	require.Equal(t, contract.PhaseFailed, progress.Phase)
	require.Contains(t, progress.Message, contract.CodeConcurJobFailed)
	require.Len(t, progress.Recovered, 2)
}

// A gap stands in the result of each night that sees it, and the run that found it tells people.
func TestAGapIsTold(t *testing.T) {
	for _, found := range []bool{true, false} {
		t.Run(fmt.Sprint(found), func(t *testing.T) {
			b := newBacklog(t, 0)
			b.found.Gap, b.found.GapFound = &contract.Gap{After: "2026-11-01T04:00:30Z", Before: "2026-11-05T04:00:00Z"}, found
			b.prepared().posts(created).quiet()
			result := b.run(t)
			require.Equal(t, b.found.Gap, result.Gap)
			if !found {
				require.Empty(t, b.told)
				return
			}
			require.Len(t, b.told, 1)
			require.Equal(t, contract.NoticeRecovery, b.told[0].Kind)
			require.Contains(t, b.told[0].Message, "Jobs that completed between 2026-11-01 04:00 UTC and 2026-11-05 04:00 UTC may be missing")
		})
	}
}

// However many files recovered jobs have, they do not fill the history of the night that took the jobs up.
func TestARecoveredRunReturnsNoFiles(t *testing.T) {
	b := newBacklog(t, 1)
	b.result.Files = slices.Repeat([]contract.File{{Name: "extract.txt", URI: "s3://b/extract.txt"}}, 1000)
	var returned []string
	b.SetOnChildWorkflowCompletedListener(func(info *workflow.Info, result converter.EncodedValue, _ error) {
		var value json.RawMessage
		if _, ok := contract.ParseRun(info.WorkflowExecution.ID); ok && result.HasValue() {
			require.NoError(t, result.Get(&value))
			returned = append(returned, string(value))
		}
	})
	b.prepared().posts(created).quiet()
	result := b.run(t)
	require.Len(t, result.Files, 1000, "tonight's own")
	require.Len(t, returned, 1)
	require.Less(t, len(returned[0]), 2000)
	for _, handed := range b.handed {
		require.Len(t, handed.Result.Files, 1000, "result.json names them all")
	}
}

func startOptions(id string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{ID: id, TaskQueue: contract.TaskQueue}
}
