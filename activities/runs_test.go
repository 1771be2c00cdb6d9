package activities

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// A run is running until it closes, paused or not, and under whatever run id a reset gave it.
func TestARunIsRunningUntilItCloses(t *testing.T) {
	execution := func(runID string, status enums.WorkflowExecutionStatus, closed bool) *workflow.WorkflowExecutionInfo {
		info := &workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{RunId: runID}, FirstRunId: "run", Status: status}
		if closed {
			info.CloseTime = timestamppb.Now()
		}
		return info
	}
	later := execution("later", enums.WORKFLOW_EXECUTION_STATUS_RUNNING, false)
	later.FirstRunId = "later"
	for name, test := range map[string]struct {
		info    *workflow.WorkflowExecutionInfo
		running bool
	}{
		"running":                      {execution("run", enums.WORKFLOW_EXECUTION_STATUS_RUNNING, false), true},
		"paused":                       {execution("run", enums.WORKFLOW_EXECUTION_STATUS_PAUSED, false), true},
		"running after a reset":        {execution("reset", enums.WORKFLOW_EXECUTION_STATUS_RUNNING, false), true},
		"terminated":                   {execution("run", enums.WORKFLOW_EXECUTION_STATUS_TERMINATED, true), false},
		"another one under the id":     {later, false},
		"nothing is known":             {nil, false},
		"ended, and reset, and failed": {execution("reset", enums.WORKFLOW_EXECUTION_STATUS_FAILED, true), false},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.running, isRunning(test.info, "run")) })
	}
}
