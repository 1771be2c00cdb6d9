package schedule

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"

	"tieout/internal/contract"
)

func TestExistingAsksForWantedSchedulesByTheirIDs(t *testing.T) {
	c, entries, found, missing := &mocks.ScheduleClient{}, &mocks.ScheduleListIterator{}, &mocks.ScheduleHandle{}, &mocks.ScheduleHandle{}
	listed := func(id, workflow string) {
		entry := &client.ScheduleListEntry{ID: id}
		entry.WorkflowType.Name = workflow
		entries.On("HasNext").Return(true).Once()
		entries.On("Next").Return(entry, nil).Once()
	}
	listed("extract/old", contract.TypeConcurExtract)
	listed("extract/removed", contract.TypeConcurExtract) // the list lags behind
	listed("due/old", contract.TypeDueCheck)
	listed("extract/of-others", "PostJournal")
	listed("weekly", contract.TypeConcurExtract)
	entries.On("HasNext").Return(false)
	c.On("List", mock.Anything, mock.Anything).Return(entries, nil)
	c.On("GetHandle", mock.Anything, "extract/new").Return(found)
	c.On("GetHandle", mock.Anything, "extract/removed").Return(missing)
	there := asDescribed(testSchedule(nil))
	found.On("Describe", mock.Anything).Return(&client.ScheduleDescription{Schedule: there}, nil)
	missing.On("Describe", mock.Anything).Return(nil, serviceerror.NewNotFound("no"))

	existing, err := Existing(t.Context(), c, map[string]client.ScheduleOptions{"extract/new": {}, "extract/removed": {}})
	require.NoError(t, err)
	require.Equal(t, map[string]client.Schedule{"extract/new": there, "extract/old": {}, "due/old": {}}, existing)
}

func TestAStepIsApplied(t *testing.T) {
	want := testSchedule(nil)
	for name, c := range map[string]struct {
		do    Action
		err   error // of Temporal
		calls string
		says  string
	}{
		"create":               {do: Create, calls: "Create"},
		"create, refused":      {do: Create, err: errors.New("refused"), calls: "Create", says: "create of the schedule extract/nightly-sae: refused"},
		"update":               {do: Update, calls: "Update"},
		"remove":               {do: Remove, calls: "Delete"},
		"remove, gone already": {do: Remove, err: serviceerror.NewNotFound("no"), calls: "Delete"},
		"remove, refused":      {do: Remove, err: errors.New("refused"), calls: "Delete", says: "remove of the schedule extract/nightly-sae: refused"},
		"unchanged":            {do: Keep},
		"not configured":       {do: Extra},
	} {
		t.Run(name, func(t *testing.T) {
			server, handle, called := &mocks.ScheduleClient{}, &mocks.ScheduleHandle{}, ""
			note := func(call string) func(mock.Arguments) { return func(mock.Arguments) { called += call } }
			server.On("GetHandle", mock.Anything, want.ID).Return(handle)
			server.On("Create", mock.Anything, want).Run(note("Create")).Return(handle, c.err)
			handle.On("Delete", mock.Anything).Run(note("Delete")).Return(c.err)
			handle.On("Update", mock.Anything, mock.Anything).Run(note("Update")).Return(c.err)
			err := Step{ID: want.ID, Do: c.do}.Apply(t.Context(), server, want)
			require.Equal(t, c.calls, called)
			if c.says == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, c.says)
			}
		})
	}
}

// An update leaves alone whether people have paused a schedule, and their note.
func TestAnUpdateKeepsTheStateOfASchedule(t *testing.T) {
	want := testSchedule(nil)
	server, handle := &mocks.ScheduleClient{}, &mocks.ScheduleHandle{}
	server.On("GetHandle", mock.Anything, want.ID).Return(handle)
	var update client.ScheduleUpdateOptions
	handle.On("Update", mock.Anything, mock.Anything).Run(func(args mock.Arguments) { update = args.Get(1).(client.ScheduleUpdateOptions) }).Return(nil)
	require.NoError(t, Step{ID: want.ID, Do: Update}.Apply(t.Context(), server, want))
	state := &client.ScheduleState{Paused: true, Note: "month end"}
	changed, err := update.DoUpdate(client.ScheduleUpdateInput{Description: client.ScheduleDescription{Schedule: client.Schedule{State: state}}})
	require.NoError(t, err)
	require.Equal(t, state, changed.Schedule.State)
	require.Empty(t, differences(*changed.Schedule, want))
}

func TestDeleteRemovesTheSchedulesOfAPipeline(t *testing.T) {
	server, runs, due := &mocks.ScheduleClient{}, &mocks.ScheduleHandle{}, &mocks.ScheduleHandle{}
	server.On("GetHandle", mock.Anything, "extract/n").Return(runs)
	server.On("GetHandle", mock.Anything, "due/n").Return(due)
	runs.On("Delete", mock.Anything).Return(nil)
	due.On("Delete", mock.Anything).Return(serviceerror.NewNotFound("no"))
	removed, err := Delete(t.Context(), server, "n")
	require.NoError(t, err)
	require.Equal(t, []string{"extract/n"}, removed)
}
