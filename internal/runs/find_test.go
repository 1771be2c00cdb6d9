package runs

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/mocks"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// temporalWith is a Temporal that knows workflows, the newest first, and lists so many a page.
func temporalWith(page int, ids ...string) *mocks.Client {
	c := &mocks.Client{}
	infos := make([]*workflow.WorkflowExecutionInfo, len(ids))
	for i, id := range ids {
		infos[i] = &workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{WorkflowId: id}}
		c.On("DescribeWorkflowExecution", mock.Anything, id, mock.Anything).Return(&workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: infos[i]}, nil)
	}
	c.On("DescribeWorkflowExecution", mock.Anything, mock.Anything, mock.Anything).Return(nil, serviceerror.NewNotFound("no"))
	for from := 0; from == 0 || from < len(ids); from += page {
		at := func(n int) []byte {
			if n == 0 || n >= len(ids) {
				return nil
			}
			return fmt.Append(nil, n)
		}
		c.On("ListWorkflow", mock.Anything, mock.MatchedBy(func(r *workflowservice.ListWorkflowExecutionsRequest) bool {
			return string(r.GetNextPageToken()) == string(at(from))
		})).Return(&workflowservice.ListWorkflowExecutionsResponse{
			Executions: infos[from:min(from+page, len(ids))], NextPageToken: at(from + page)}, nil)
	}
	return c
}

func TestFindReadsARunsNameAsItsID(t *testing.T) {
	c := temporalWith(10, "extract/nightly/2026-11-20", "0f5d31aa")
	for name, id := range map[string]string{
		"nightly/2026-11-20":                       "extract/nightly/2026-11-20",
		"extract/nightly/2026-11-20":               "extract/nightly/2026-11-20",
		"nightly/2026-11-21":                       "extract/nightly/2026-11-21", // there is none, and who looks at it says so
		"nightly/2026-11-20T0400":                  "extract/nightly/2026-11-20T0400",
		"nightly/2026-11-20/again/2":               "extract/nightly/2026-11-20/again/2",
		"nightly/job/0123456789abcdef":             "extract/nightly/job/0123456789abcdef",
		"extract/nightly-2026-11-20T09:00:00Z":     "extract/nightly-2026-11-20T09:00:00Z",
		"front/nightly/2026-11-20/0f5d":            "front/nightly/2026-11-20/0f5d",
		"extract/nightly/reconcile/0123456789abcd": "extract/nightly/reconcile/0123456789abcd",
		"nightly": "extract/nightly/2026-11-20",
	} {
		found, err := Find(t.Context(), c, name)
		require.NoError(t, err, name)
		require.Equal(t, id, found)
	}
}

func TestFindOfAPipelineIsItsNewestRunOfADate(t *testing.T) {
	c := temporalWith(2, "front/n/1", "extract/n/job/0123456789abcdef", "extract/n-2026-11-20T09:00:00Z", "extract/n/2026-11-20", "extract/n/2026-11-19")
	found, err := Find(t.Context(), c, "n")
	require.NoError(t, err)
	require.Equal(t, "extract/n/2026-11-20", found)

	only := temporalWith(2, "0f5d31aa")
	found, err = Find(t.Context(), only, "0f5d31aa")
	require.NoError(t, err)
	require.Equal(t, "0f5d31aa", found, "an id that somebody made up")
	_, err = Find(t.Context(), only, "nightly")
	require.ErrorContains(t, err, `there is no run "nightly"`)
}

func TestFindOfADateIsItsLastFiring(t *testing.T) {
	c := temporalWith(10, "extract/n/2026-11-20T0400/again/2", "extract/n/job/0123456789abcdef", "extract/n/2026-11-20T2000", "extract/n/2026-11-20T0400")
	for name, id := range map[string]string{"n/2026-11-20": "extract/n/2026-11-20T2000", "n/2026-11-20/again/2": "extract/n/2026-11-20T0400/again/2"} {
		found, err := Find(t.Context(), c, name)
		require.NoError(t, err)
		require.Equal(t, id, found)
	}
}

// Fronts are of the same type as runs and may be more than they; the limit counts runs.
func TestRunsCountsRunsAndNotFronts(t *testing.T) {
	var ids []string
	for day := 28; day > 0; day-- {
		date := fmt.Sprintf("2026-11-%02d", day)
		ids = append(ids, "extract/n-"+date+"T09:00:00Z", "front/n/"+date, "extract/n/"+date)
	}
	runs, err := List(t.Context(), temporalWith(7, ids...), Filter{Limit: 25})
	require.NoError(t, err)
	require.Len(t, runs, 25)
	for i, run := range runs {
		require.Equal(t, fmt.Sprintf("extract/n/2026-11-%02d", 28-i), run.WorkflowID)
		require.Equal(t, "n", run.Pipeline)
	}
	runs, err = List(t.Context(), temporalWith(7, ids...), Filter{Limit: 100})
	require.NoError(t, err)
	require.Len(t, runs, 28)
}

// A paused run is running: what has no end has not ended.
func TestDescribeLooksAtTheEndOfARun(t *testing.T) {
	for status, ended := range map[enums.WorkflowExecutionStatus]bool{
		enums.WORKFLOW_EXECUTION_STATUS_PAUSED: false, enums.WORKFLOW_EXECUTION_STATUS_RUNNING: false, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED: true} {
		info := &workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{WorkflowId: "w"}, Status: status}
		if ended {
			info.CloseTime = timestamppb.Now()
		}
		c := &mocks.Client{}
		c.On("DescribeWorkflowExecution", mock.Anything, "w", mock.Anything).Return(&workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: info}, nil)
		c.On("QueryWorkflow", mock.Anything, "w", mock.Anything, mock.Anything).Return(nil, serviceerror.NewUnavailable("no worker"))
		described, err := Describe(t.Context(), c, "w", "")
		require.NoError(t, err)
		require.Equal(t, !ended, described.Running, status)
	}
}
