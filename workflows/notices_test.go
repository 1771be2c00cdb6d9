package workflows_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
	"tieout/workflows"
)

// noticeBench is the test environment of the workflows that tell people.
type noticeBench struct {
	*testsuite.TestWorkflowEnvironment
	asked []contract.NotifyParams
}

func newNoticeBench(t *testing.T, answer func(host string, times int) error) *noticeBench {
	var suite testsuite.WorkflowTestSuite
	d := &noticeBench{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment()}
	d.SetTestTimeout(time.Minute)
	d.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	var mu sync.Mutex                                                         // activities run side by side
	times := map[string]int{}
	d.RegisterWorkflowWithOptions(workflows.Notice, workflow.RegisterOptions{Name: contract.TypeNotice})
	d.RegisterWorkflowWithOptions(workflows.DueCheck, workflow.RegisterOptions{Name: contract.TypeDueCheck})
	mocked(d, contract.Notify)
	mocked(d, contract.PlanDue)
	mocked(d, contract.CheckDue)
	on(d, contract.Notify, func(_ context.Context, p contract.NotifyParams) (contract.None, error) {
		mu.Lock()
		defer mu.Unlock()
		d.asked = append(d.asked, p)
		times[p.Target.Host]++
		return contract.None{}, answer(p.Target.Host, times[p.Target.Host])
	}).Maybe()
	t.Cleanup(func() { d.AssertExpectations(t) })
	return d
}

func everybodyListens(string, int) error { return nil }

func targets() []contract.NoticeTarget {
	all := []string{string(contract.NoticeFindings), string(contract.NoticeFailed), string(contract.NoticeReview), string(contract.NoticeLate)}
	return []contract.NoticeTarget{{Number: 1, Host: "a.example", On: all}, {Number: 2, Host: "b.example", On: all}}
}

// hosts are those that were asked, in turn.
func (d *noticeBench) hosts() map[string]int {
	counted := map[string]int{}
	for _, p := range d.asked {
		counted[p.Target.Host]++
	}
	return counted
}

func TestNoticeIsRepeatedForTheTargetThatMissedItAlone(t *testing.T) {
	d := newNoticeBench(t, func(host string, times int) error {
		if host == "b.example" && times < 4 {
			return temporal.NewApplicationError("it answered 503", contract.CodeTemporary)
		}
		return nil
	})
	d.ExecuteWorkflow(contract.TypeNotice, contract.NoticeInput{Notice: contract.NotifyParams{ID: "r/findings"}, Targets: targets()})
	require.NoError(t, d.GetWorkflowError())
	require.Equal(t, map[string]int{"a.example": 1, "b.example": 4}, d.hosts())
	for _, p := range d.asked {
		require.Equal(t, "r/findings", p.ID)
	}
}

func TestNoticeThatOneTargetRefusesReachesTheOther(t *testing.T) {
	d := newNoticeBench(t, func(host string, _ int) error {
		if host == "a.example" {
			return temporal.NewNonRetryableApplicationError("webhook at a.example: it answered 410", contract.CodeConfigInvalid, nil)
		}
		return nil
	})
	d.ExecuteWorkflow(contract.TypeNotice, contract.NoticeInput{Targets: targets()})
	require.Equal(t, map[string]int{"a.example": 1, "b.example": 1}, d.hosts())
	var failed *temporal.ApplicationError
	require.ErrorAs(t, d.GetWorkflowError(), &failed)
	require.Equal(t, contract.CodeConfigInvalid, failed.Type())
	require.Contains(t, failed.Message(), "a.example")
}

// TestRunIsNotHeldUpByItsNotices ends a run whose notice nobody takes.
func TestRunIsNotHeldUpByItsNotices(t *testing.T) {
	b := newBench(t)
	var sent []contract.NoticeInput
	b.RegisterWorkflowWithOptions(func(ctx workflow.Context, in contract.NoticeInput) error {
		sent = append(sent, in)
		return workflow.Sleep(ctx, 23*time.Hour)
	}, workflow.RegisterOptions{Name: contract.TypeNotice})
	var posted time.Duration
	began := b.Now()
	b.RegisterWorkflowWithOptions(func(workflow.Context, contract.ExtractResult) error {
		posted = b.Now().Sub(began)
		return nil
	}, workflow.RegisterOptions{Name: "PostJournal"})
	b.configured.Targets = targets()
	b.result.Outcome = contract.OutcomeFindings
	b.settings.Next = []pipeline.Next{{Workflow: "PostJournal", TaskQueue: "ledger", When: []string{string(contract.OutcomeFindings)}}}
	b.prepared().posts(created).quiet().run(t)
	require.NotZero(t, posted)
	require.Less(t, posted, time.Hour, "what comes next does not wait for a webhook")
	require.Len(t, sent, 1)
	require.Equal(t, contract.NoticeFindings, sent[0].Notice.Kind)
	require.Contains(t, sent[0].Notice.ID, "/findings")
	require.NotZero(t, sent[0].Notice.At)
	require.Len(t, sent[0].Targets, 2)
}

var scheduled = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// checks runs DueCheck with a plan for two hours later and an answer at that time.
func (d *noticeBench) checks(t *testing.T, result contract.DueResult) contract.DueResult {
	t.Helper()
	plan := contract.DuePlan{BusinessDate: "2026-11-20", Slot: tonight, Due: scheduled.Add(2 * time.Hour), Clock: "11:00 on 2026-11-20, UTC", Targets: targets()[:1]}
	on(d, contract.PlanDue, func(_ context.Context, p contract.DueParams) (contract.DuePlan, error) {
		require.Equal(t, contract.DueParams{Pipeline: "nightly-sae", At: scheduled}, p)
		return plan, nil
	})
	on(d, contract.CheckDue, func(_ context.Context, p contract.CheckDueParams) (contract.DueResult, error) {
		require.False(t, d.Now().Before(plan.Due), "nobody is late before the time")
		require.Equal(t, plan.Due, p.Due)
		require.Equal(t, tonight, p.Slot)
		return result, nil
	})
	require.NoError(t, d.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(
		temporal.NewSearchAttributeKeyTime("TemporalScheduledStartTime").ValueSet(scheduled))))
	d.ExecuteWorkflow(contract.TypeDueCheck, contract.DueInput{Pipeline: "nightly-sae"})
	require.NoError(t, d.GetWorkflowError())
	var got contract.DueResult
	require.NoError(t, d.GetWorkflowResult(&got))
	return got
}

func TestDueCheckTellsWhenItIsLate(t *testing.T) {
	for name, started := range map[string]time.Time{
		"it waits for the due time":          scheduled.Add(time.Second),
		"nobody worked until the next night": scheduled.Add(20 * time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			d := newNoticeBench(t, everybodyListens)
			d.SetStartTime(started)
			result := contract.DueResult{BusinessDate: "2026-11-20", Late: true, Message: "No run."}
			require.Equal(t, result, d.checks(t, result))
			require.Len(t, d.asked, 1)
			told := d.asked[0]
			require.Equal(t, "nightly-sae/2026-11-20/late", told.ID)
			require.Equal(t, contract.NoticeLate, told.Kind)
			require.Equal(t, "nightly-sae", told.Scope.Settings.Name)
			require.Equal(t, "extract/nightly-sae/2026-11-20", told.Scope.WorkflowID)
			require.Equal(t, "No run.", told.Message)
		})
	}
}

func TestDueCheckIsSilentInTime(t *testing.T) {
	d := newNoticeBench(t, everybodyListens)
	d.SetStartTime(scheduled)
	d.checks(t, contract.DueResult{BusinessDate: "2026-11-20", Message: "In time."})
	require.Empty(t, d.asked)
}
