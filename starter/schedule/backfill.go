package schedule

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// MostFirings is how many firings Temporal names at once. Nobody can say what a backfill beyond it would start.
const MostFirings = 1000

// Days returns the backfill of the business dates from first to last, as far as they have passed. Both are midnights in
// the zone of the pipeline.
func Days(first, last, now time.Time) client.ScheduleBackfill {
	end := last.AddDate(0, 0, 1)
	if end.After(now) {
		end = now
	}
	// A moment earlier: midnight of the first day belongs to the range, midnight after the last one does not.
	return client.ScheduleBackfill{Start: first.Add(-time.Millisecond), End: end.Add(-time.Millisecond), Overlap: enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ALL}
}

// Firings asks Temporal when the schedule of a pipeline fires during a backfill, and returns at most MostFirings times.
// It asks for the existing schedule, because the configuration may have another one.
func Firings(ctx context.Context, c client.Client, namespace, pipeline string, during client.ScheduleBackfill) ([]time.Time, error) {
	if !during.End.After(during.Start) {
		return nil, nil
	}
	answer, err := c.WorkflowService().ListScheduleMatchingTimes(ctx, &workflowservice.ListScheduleMatchingTimesRequest{
		Namespace: namespace, ScheduleId: ID(pipeline), StartTime: timestamppb.New(during.Start), EndTime: timestamppb.New(during.End)})
	if err != nil {
		return nil, fmt.Errorf("asking when %s fires: %w", ID(pipeline), err)
	}
	times := make([]time.Time, len(answer.GetStartTime()))
	for i, at := range answer.GetStartTime() {
		times[i] = at.AsTime()
	}
	return times, nil
}

// Dates returns the business dates of firings in a zone, each once.
func Dates(times []time.Time, zone *time.Location) []string {
	dates := make([]string, len(times))
	for i, at := range times {
		dates[i] = at.In(zone).Format(time.DateOnly)
	}
	return slices.Compact(dates)
}
