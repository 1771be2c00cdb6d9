package operate

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/mocks"

	"tieout/workflows"
)

// seen is one run that Temporal lists as running.
type seen struct {
	id         string
	attributes map[string]string
	progress   *workflows.Progress // what it answers; nil when no worker is there to answer
}

func (s seen) info(t *testing.T) *workflow.WorkflowExecutionInfo {
	fields := map[string]*common.Payload{}
	for name, value := range s.attributes {
		payload, err := converter.GetDefaultDataConverter().ToPayload(value)
		require.NoError(t, err)
		fields[name] = payload
	}
	return &workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{WorkflowId: s.id, RunId: "run-1"},
		Status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING, SearchAttributes: &common.SearchAttributes{IndexedFields: fields}}
}

// encoded is the answer of a query.
type encoded struct{ progress *workflows.Progress }

func (e encoded) HasValue() bool      { return e.progress != nil }
func (e encoded) Get(value any) error { *value.(*workflows.Progress) = *e.progress; return nil }

// temporalWith is a Temporal on which runs are on, without tieout's search attributes: a search for those is refused.
func temporalWith(t *testing.T, runs ...seen) *mocks.Client {
	c := &mocks.Client{}
	list := &workflowservice.ListWorkflowExecutionsResponse{}
	for _, run := range runs {
		list.Executions = append(list.Executions, run.info(t))
		answer, err := encoded{run.progress}, error(nil)
		if run.progress == nil {
			err = errors.New("no worker")
		}
		c.On("QueryWorkflow", mock.Anything, run.id, "run-1", workflows.QueryProgress).Return(answer, err)
	}
	c.On("DescribeWorkflowExecution", mock.Anything, mock.Anything, "").Return(nil, serviceerror.NewNotFound("none"))
	c.On("ListWorkflow", mock.Anything, mock.MatchedBy(func(r *workflowservice.ListWorkflowExecutionsRequest) bool {
		return r.Query == "WorkflowType = 'ConcurExtract' AND CloseTime IS NULL"
	})).Return(list, nil)
	c.On("ListWorkflow", mock.Anything, mock.Anything).Return(nil, serviceerror.NewInvalidArgument("column name 'TieoutPipeline' is not defined"))
	return c
}

func TestTheRunOfADateThatIsOn(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	of := func(pipeline, date string) *workflows.Progress {
		return &workflows.Progress{Pipeline: pipeline, BusinessDate: date}
	}
	attributes := func(pipeline, date string) map[string]string {
		return map[string]string{"TieoutPipeline": pipeline, "TieoutBusinessDate": date}
	}
	const scheduled = "extract/nightly-2026-11-21T03:00:00Z" // 22:00 of the 20th in New York
	for name, test := range map[string]struct {
		run   seen
		zone  *time.Location
		on    bool
		error string
	}{
		"scheduled, the zone is known":             {run: seen{id: scheduled}, zone: newYork, on: true},
		"scheduled, of the next date":              {run: seen{id: scheduled}, zone: time.UTC},
		"scheduled, says its date":                 {run: seen{id: scheduled, progress: of("nightly", "2026-11-20")}, on: true},
		"scheduled, says another":                  {run: seen{id: scheduled, progress: of("nightly", "2026-11-21")}},
		"scheduled, cannot say":                    {run: seen{id: scheduled}, error: "see that a worker is up"},
		"scheduled, has just begun":                {run: seen{id: scheduled, progress: of("nightly", "")}, error: "has just begun"},
		"scheduled, with attributes":               {run: seen{id: scheduled, attributes: attributes("nightly", "2026-11-20")}, on: true},
		"scheduled, of another pipeline":           {run: seen{id: "extract/nightly-prae-2026-11-21T03:00:00Z"}, zone: newYork},
		"from the Web UI":                          {run: seen{id: "3f1c", progress: of("nightly", "2026-11-20")}, on: true},
		"from the Web UI, with attributes":         {run: seen{id: "3f1c", attributes: attributes("nightly", "2026-11-20")}, on: true},
		"from the Web UI, of another pipeline":     {run: seen{id: "3f1c", progress: of("weekly", "2026-11-20")}},
		"from the Web UI, of nobody knows what":    {run: seen{id: "3f1c"}},
		"from the Web UI, {}, has just begun":      {run: seen{id: "3f1c", progress: of("", "")}},
		"on a job that another night left over":    {run: seen{id: "extract/nightly/2026-11-20/job/0123456789abcdef"}},
		"the run of another date":                  {run: seen{id: "extract/nightly/2026-11-19"}, zone: newYork},
		"a pipeline whose name begins in this way": {run: seen{id: "extract/nightly-2/2026-11-20"}},
	} {
		t.Run(name, func(t *testing.T) {
			run, on, err := On(t.Context(), temporalWith(t, test.run), "nightly", "2026-11-20", test.zone)
			if test.error != "" {
				require.ErrorContains(t, err, test.error)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.on, on)
			if on {
				require.Equal(t, test.run.id, run.WorkflowID)
				require.Equal(t, "2026-11-20", run.BusinessDate)
			}
		})
	}
}

// A list that could not be read does not say that nothing is on.
func TestNothingIsOnOnlyWhereTemporalSaysSo(t *testing.T) {
	c := &mocks.Client{}
	c.On("DescribeWorkflowExecution", mock.Anything, mock.Anything, "").Return(nil, serviceerror.NewNotFound("none")).Once()
	c.On("ListWorkflow", mock.Anything, mock.Anything).Return(nil, serviceerror.NewUnavailable("down"))
	_, _, err := On(t.Context(), c, "nightly", "2026-11-20", time.UTC)
	require.ErrorContains(t, err, "listing runs")
	require.Equal(t, ExitTemporary, ExitCode(nil, err))
	c.On("DescribeWorkflowExecution", mock.Anything, mock.Anything, "").Return(nil, serviceerror.NewUnavailable("down"))
	_, _, err = On(t.Context(), c, "nightly", "2026-11-20", time.UTC)
	require.ErrorContains(t, err, "asking for the run extract/nightly/2026-11-20")
}
