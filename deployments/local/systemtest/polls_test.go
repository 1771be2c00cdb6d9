package systemtest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
)

// TestPollsLeaveNoTrace: the history of a run has the same number of events after 3 polls and after 300.
func TestPollsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	few := &Night{Name: "few", World: World(300), Settings: polling()}
	many := &Night{Name: "many", World: World(300), Settings: polling()}
	few.World.Definitions[0].Timing.Running = 10 * time.Minute
	many.World.Definitions[0].Timing.Running = 10 * time.Minute
	ctx, s := newShift(t, ShiftOptions{}, few, many)
	// The job is done when enough polls have come, whatever the clock says.
	enough := func(n *Night, polls int) {
		n.On(concurtest.OpStatus, concurtest.Answered, polls, n.Hurry)
	}
	enough(few, 2)
	enough(many, 299)
	work(ctx, t, s)
	events := map[string]int{}
	polls := map[string]int{}
	for _, n := range s.Nights {
		_, err := n.Start(ctx)
		require.NoError(t, err)
	}
	for _, n := range s.Nights {
		ended, err := n.Run(ctx) // joins the one that is on
		require.NoError(t, err)
		require.NoError(t, n.Check(ctx, ended, Expect{Outcome: contract.OutcomeFindings, Jobs: 1}))
		history, err := n.History(ctx, ended.ID, ended.RunID)
		require.NoError(t, err)
		for _, event := range history {
			// Workflow tasks are how a worker hears of the others: two that come together make one task.
			if !strings.HasPrefix(event.GetEventType().String(), "WorkflowTask") {
				events[n.Name]++
			}
		}
		for _, request := range n.Concur.Requests() {
			if request.Operation == concurtest.OpStatus {
				polls[n.Name]++
			}
		}
	}
	require.Equal(t, 3, polls["few"])
	require.Equal(t, 300, polls["many"])
	require.Equal(t, events["few"], events["many"])
}

func polling() map[string]any {
	return map[string]any{"poll": map[string]any{"first": "5ms", "max": "5ms", "deadline": "2h", "visibility": "2s"}}
}
