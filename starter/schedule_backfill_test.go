package main

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tieout/internal/runs"
)

// firingAt is a Temporal whose schedule fires at these hours of every day, UTC.
type firingAt struct {
	workflowservice.WorkflowServiceClient
	hours []int
	err   error
}

func (f firingAt) ListScheduleMatchingTimes(_ context.Context, r *workflowservice.ListScheduleMatchingTimesRequest, _ ...grpc.CallOption) (*workflowservice.ListScheduleMatchingTimesResponse, error) {
	answer := &workflowservice.ListScheduleMatchingTimesResponse{}
	for day := r.GetStartTime().AsTime().Truncate(24 * time.Hour); !day.After(r.GetEndTime().AsTime()); day = day.AddDate(0, 0, 1) {
		for _, hour := range f.hours {
			if at := day.Add(time.Duration(hour) * time.Hour); at.After(r.GetStartTime().AsTime()) && !at.After(r.GetEndTime().AsTime()) && len(answer.StartTime) < 1000 {
				answer.StartTime = append(answer.StartTime, timestamppb.New(at))
			}
		}
	}
	return answer, f.err
}

// A backfill says how many runs it would start, for which dates, and starts none unless a person says yes.
func TestBackfillAsks(t *testing.T) {
	for name, c := range map[string]struct {
		args     []string
		hours    []int
		terminal bool
		answer   string
		missing  error
		started  bool
		code     int
		says     string
	}{
		"yes":                   {[]string{"--from", "2026-11-16", "--to", "2026-11-18"}, []int{9}, true, "y\n", nil, true, runs.ExitOK, "3 runs of nightly-sae would be started, for 2026-11-16, 2026-11-17, 2026-11-18. Start? [y/N] "},
		"yes, with a flag":      {[]string{"--from", "2026-11-16", "--yes"}, []int{9}, false, "", nil, true, runs.ExitOK, "Asked for 1 run from 2026-11-16 to 2026-11-16"},
		"no":                    {[]string{"--from", "2026-11-16"}, []int{9}, true, "n\n", nil, false, runs.ExitOK, "1 run of nightly-sae would be started, for 2026-11-16. Start? [y/N] Nothing was started."},
		"no answer":             {[]string{"--from", "2026-11-16"}, []int{9}, true, "", nil, false, runs.ExitOK, "Nothing was started."},
		"a script":              {[]string{"--from", "2026-11-16"}, []int{9}, false, "y\n", nil, false, runs.ExitUsage, "1 run of nightly-sae would be started, for 2026-11-16: nobody can be asked here, so give --yes to start them"},
		"twice a day":           {[]string{"--from", "2026-11-16", "--to", "2026-11-17"}, []int{9, 17}, true, "yes\n", nil, true, runs.ExitOK, "4 runs of nightly-sae would be started, for 2026-11-16, 2026-11-17. Start?"},
		"many dates":            {[]string{"--from", "2026-11-01", "--to", "2026-11-30"}, []int{9}, true, "y\n", nil, true, runs.ExitOK, "20 runs of nightly-sae would be started, for 20 dates from 2026-11-01 to 2026-11-20. Start?"},
		"the evening before":    {[]string{"--from", "2026-11-16"}, []int{2}, true, "y\n", nil, true, runs.ExitOK, "1 run of nightly-sae would be started, for 2026-11-16. Start?"},
		"not yet":               {[]string{"--from", "2026-11-20"}, []int{23}, true, "y\n", nil, false, runs.ExitUsage, "did not fire on these dates"},
		"a date to come":        {[]string{"--from", "2026-12-20"}, []int{9}, true, "y\n", nil, false, runs.ExitUsage, "did not fire on these dates"},
		"more than is foreseen": {[]string{"--from", "2020-01-01", "--to", "2026-11-01"}, []int{9}, false, "", nil, false, runs.ExitUsage, "fired 1000 times or more on these dates: give fewer of them"},
		"no schedule":           {[]string{"--from", "2026-11-16", "--yes"}, []int{9}, false, "", serviceerror.NewNotFound("none"), false, runs.ExitUsage, "has no schedule yet"},
		"no date":               {[]string{"--yes"}, []int{9}, false, "", nil, false, runs.ExitUsage, "--from is missing"},
		"backwards":             {[]string{"--from", "2026-11-16", "--to", "2026-11-15"}, []int{9}, false, "", nil, false, runs.ExitUsage, "is before --from"},
	} {
		t.Run(name, func(t *testing.T) {
			b, temporal, schedules, handle := newBench(t), &mocks.Client{}, &mocks.ScheduleClient{}, &mocks.ScheduleHandle{}
			b.configure(testConfig)
			b.useTemporal(temporal)
			b.in, b.asks = strings.NewReader(c.answer), c.terminal
			temporal.On("WorkflowService").Return(firingAt{hours: c.hours, err: c.missing})
			temporal.On("ScheduleClient").Return(schedules)
			temporal.On("Close").Return()
			schedules.On("GetHandle", mock.Anything, "extract/nightly-sae").Return(handle)
			var asked []client.ScheduleBackfillOptions
			handle.On("Backfill", mock.Anything, mock.Anything).Run(func(args mock.Arguments) {
				asked = append(asked, args.Get(1).(client.ScheduleBackfillOptions))
			}).Return(nil)
			require.Equal(t, c.code, b.tieout(append([]string{"schedule", "backfill", "nightly-sae"}, c.args...)...), b.err.String())
			require.Contains(t, b.err.String(), c.says)
			require.Equal(t, c.started, len(asked) == 1)
			if c.code == runs.ExitUsage {
				require.Equal(t, 1, strings.Count(b.err.String(), "\n"), "one sentence")
			}
		})
	}
}

// Ctrl-C at the question starts nothing.
func TestBackfillIsGivenUpAtTheQuestion(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	defer writer.Close()
	b.in, b.asks = reader, true
	b.Err = cancelWhenWritten{cancel}
	start, err := b.program.confirmed(ctx, "1 run would be started", false)
	require.False(t, start)
	require.ErrorIs(t, err, context.Canceled)
}
