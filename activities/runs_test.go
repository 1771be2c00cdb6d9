package activities

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func TestARunIsRunningUntilItIsClosed(t *testing.T) {
	closed := timestamppb.Now()
	for name, test := range map[string]struct {
		info    *workflow.WorkflowExecutionInfo
		running bool
	}{
		"running":                      {&workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{RunId: "run"}, FirstRunId: "run", Status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING}, true},
		"running after a reset":        {&workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{RunId: "reset"}, FirstRunId: "run", Status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING}, true},
		"terminated":                   {&workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{RunId: "run"}, FirstRunId: "run", CloseTime: closed, Status: enums.WORKFLOW_EXECUTION_STATUS_TERMINATED}, false},
		"another one under the id":     {&workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{RunId: "later"}, FirstRunId: "later", Status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING}, false},
		"paused":                       {&workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{RunId: "run"}, FirstRunId: "run", Status: enums.WORKFLOW_EXECUTION_STATUS_PAUSED}, true},
		"ended, and reset, and failed": {&workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{RunId: "reset"}, FirstRunId: "run", CloseTime: closed, Status: enums.WORKFLOW_EXECUTION_STATUS_FAILED}, false},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.running, isRunning(test.info, "run")) })
	}
}
