package workflows_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
)

// backlog is the bench of a run that finds jobs which earlier nights left over. Their runs are real children.
type backlog struct {
	*bench
	found contract.FindLeftOverResult
	order []string // what began, in turn: activities of the run, and the runs of jobs
	going int      // how many runs of jobs are running now
	most  int      // the most that were running at the same time
}

const backlogID = "extract/nightly-sae/2026-11-21"

// newBacklog makes the bench of a run that finds some left-over jobs, one from each day of November.
func newBacklog(t *testing.T, jobs int) *backlog {
	b := newBacklogWithoutLook(t)
	for i := range jobs {
		id := fmt.Sprintf("old-%02d", i)
		b.found.Jobs = append(b.found.Jobs, contract.LeftOverJob{ID: id, Key: contract.JobKey(id), StartTime: time.Date(2026, 11, 1+i, 4, 0, 0, 0, time.UTC)})
	}
	on(b, contract.FindLeftOver, func(_ context.Context, p contract.JobParams) (contract.FindLeftOverResult, error) {
		b.note("look beside " + p.JobID)
		return b.found, nil
	}).Maybe()
	return b
}

// newBacklogWithoutLook leaves it to the test how the search for left-over jobs ends.
func newBacklogWithoutLook(t *testing.T) *backlog {
	b := &backlog{bench: newBench(t).tells()}
	b.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: backlogID, TaskQueue: contract.TaskQueue})
	b.configured.BusinessDate, b.configured.Slot, b.configured.Run = "2026-11-21", contract.Slot{}, backlogID
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

// lasts makes the wait for left-over jobs take a while of the workflow's time.
func (b *backlog) lasts(d time.Duration) *backlog {
	old := func(p contract.JobParams) bool { return strings.HasPrefix(p.JobID, "old-") }
	onlyFor(b, contract.WaitForJob, old, func(_ context.Context, p contract.JobParams) (contract.Job, error) {
		return contract.Job{ID: p.JobID, Origin: p.Origin}, nil
	}).After(d).Maybe()
	return b
}

// taken returns the jobs whose runs were started, oldest first.
func (b *backlog) taken() (ids []string) {
	for _, job := range b.found.Jobs {
		if slices.Contains(b.order, "run of "+job.Key) {
			ids = append(ids, job.ID)
		}
	}
	return ids
}

// messages returns the messages of the notices of a kind.
func (b *backlog) messages(kind contract.NoticeKind) (messages []string) {
	for _, notice := range b.notices {
		if notice.Kind == kind {
			messages = append(messages, notice.Message)
		}
	}
	return messages
}
