package activities

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
)

func TestRunIsOn(t *testing.T) {
	for name, test := range map[string]struct {
		info *workflow.WorkflowExecutionInfo
		on   bool
	}{
		"on":                           {&workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{RunId: "run"}, FirstRunId: "run", Status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING}, true},
		"on after a reset":             {&workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{RunId: "reset"}, FirstRunId: "run", Status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING}, true},
		"terminated":                   {&workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{RunId: "run"}, FirstRunId: "run", Status: enums.WORKFLOW_EXECUTION_STATUS_TERMINATED}, false},
		"another one under the id":     {&workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{RunId: "later"}, FirstRunId: "later", Status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING}, false},
		"nothing is known":             {nil, false},
		"ended, and reset, and failed": {&workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{RunId: "reset"}, FirstRunId: "run", Status: enums.WORKFLOW_EXECUTION_STATUS_FAILED}, false},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.on, isOn(test.info, "run")) })
	}
}
