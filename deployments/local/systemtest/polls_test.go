package systemtest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
)

// TestPollsLeaveNoTrace sees that the history of a run has the same number of events after 3 polls and after 300.
func TestPollsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	polls := []int{3, 300}
	pipelines := []*Pipeline{{Name: "few"}, {Name: "many"}}
	for i, p := range pipelines {
		p.World = World(300)
		p.World.Definitions[0].Timing.Running = 10 * time.Minute
		p.Settings = map[string]any{"poll": map[string]any{"first": "5ms", "max": "5ms", "deadline": "2h", "visibility": "2s"}}
		// The job completes before the last poll, whatever the clock says.
		p.OnRequest(concurtest.OpStatus, concurtest.Answered, polls[i]-1, p.FinishJob)
	}
	ctx, s := newScenario(t, pipelines...)
	work(ctx, t, s)
	for _, p := range pipelines {
		_, err := p.Start(ctx)
		require.NoError(t, err)
	}
	events := make([]int, len(pipelines))
	for i, p := range pipelines {
		ended := requireRun(ctx, t, p, findings)
		history, err := p.History(ctx, ended.ID, ended.RunID)
		require.NoError(t, err)
		for _, event := range history {
			// A workflow task tells a worker of other events: two that come together make one task.
			if !strings.HasPrefix(event.GetEventType().String(), "WorkflowTask") {
				events[i]++
			}
		}
		require.Equal(t, polls[i], p.Requests(concurtest.OpStatus))
	}
	require.Equal(t, events[0], events[1])
}
