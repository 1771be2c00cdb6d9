package workflows_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/workflows"
)

// kindsOfRuns names the histories that each version records, besides one that failed by each code.
var kindsOfRuns = []string{"date", "front", "front-answered", "again", "job", "landed-again", "held", "recheck", "resolved-start",
	"recovery", "recovery-job", "pickup"}

// TestReplayHasEachKindOfRun sees that each version's histories hold a run of each kind, so that none changes unseen.
func TestReplayHasEachKindOfRun(t *testing.T) {
	versions, err := filepath.Glob("testdata/replay/*")
	require.NoError(t, err)
	require.NotEmpty(t, versions)
	for _, version := range versions {
		for _, code := range contract.Codes() {
			require.FileExists(t, filepath.Join(version, "failed-"+strings.ToLower(code)+".json"))
		}
		for _, kind := range kindsOfRuns {
			require.FileExists(t, filepath.Join(version, kind+".json"))
		}
	}
}

// TestReplay sees that the histories of earlier versions replay on today's code, so that a worker that is replaced in the
// middle of a night goes on with the runs that it finds. CONTRIBUTING.md says how histories are recorded; old ones stay.
func TestReplay(t *testing.T) {
	histories, err := filepath.Glob("testdata/replay/*/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, histories)
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DisableDeadlockDetection: true}) // the machine may be busy
	require.NoError(t, err)
	replayer.RegisterWorkflowWithOptions(workflows.ConcurExtract, workflow.RegisterOptions{Name: contract.TypeConcurExtract})
	replayer.RegisterWorkflowWithOptions(workflows.Reconcile, workflow.RegisterOptions{Name: contract.TypeReconcile})
	for _, history := range histories {
		t.Run(history, func(t *testing.T) {
			file, err := os.Open(history)
			require.NoError(t, err)
			defer file.Close()
			recorded, err := client.HistoryFromJSON(file, client.HistoryJSONOptions{})
			require.NoError(t, err)
			// The ids of children are made of the run's own.
			started := recorded.Events[0].GetWorkflowExecutionStartedEventAttributes()
			require.NoError(t, replayer.ReplayWorkflowHistoryWithOptions(nil, recorded, worker.ReplayWorkflowHistoryOptions{
				OriginalExecution: workflow.Execution{ID: started.GetWorkflowId(), RunID: started.GetOriginalExecutionRunId()}}))
		})
	}
}
