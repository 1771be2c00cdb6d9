// Package schedule makes Temporal's schedules equal to the configuration: Wanted and Existing return what is configured
// and what there is, Plan returns the steps between them, and Step.Apply takes one. It also describes schedules and finds
// out when they fire.
package schedule

import (
	"cmp"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

const (
	// dueCatchUp is how late a check of a due time may still be made, so that people learn of an outage over a long
	// weekend.
	dueCatchUp = 7 * 24 * time.Hour
	// everyNight is when a pipeline without a schedule, which others start, is expected to run.
	everyNight = "0 0 * * *"
)

// ID returns the id of the schedule that starts the runs of a pipeline. Temporal appends the scheduled time to it for
// the ids of fronts, as in extract/nightly-sae-2026-11-20T09:00:00Z.
func ID(pipeline string) string { return "extract/" + pipeline }

// DueID returns the id of the schedule that checks the due time of a pipeline.
func DueID(pipeline string) string { return "due/" + pipeline }

// Wanted returns the schedules that a configuration asks for, by their ids.
func Wanted(settings *config.Config) (map[string]client.ScheduleOptions, error) {
	wanted := map[string]client.ScheduleOptions{}
	for name, p := range settings.Pipelines {
		if p.Schedule != nil {
			options, err := runsOf(p)
			if err != nil {
				return nil, fmt.Errorf("schedule of pipeline %s: %w", name, err)
			}
			wanted[options.ID] = options
		}
		if p.Due != "" {
			options, err := Due(p)
			if err != nil {
				return nil, fmt.Errorf("due time of pipeline %s: %w", name, err)
			}
			wanted[options.ID] = options
		}
	}
	return wanted, nil
}

// runsOf returns the schedule of the runs of a pipeline. Its input holds no date, because a run takes the date from its
// scheduled time.
func runsOf(p pipeline.Pipeline) (client.ScheduleOptions, error) {
	times, err := calendar(p.Schedule.Cron)
	return client.ScheduleOptions{
		ID: ID(p.Name),
		Spec: client.ScheduleSpec{Calendars: []client.ScheduleCalendarSpec{times}, TimeZoneName: p.Schedule.TimeZone,
			Jitter: time.Duration(p.Schedule.Jitter)},
		Action: &client.ScheduleWorkflowAction{
			ID: ID(p.Name), Workflow: contract.TypeConcurExtract, TaskQueue: contract.TaskQueue,
			Args:          []any{contract.ExtractInput{Pipeline: p.Name}},
			StaticSummary: fmt.Sprintf("%s on schedule: %s %s", p.Name, p.Schedule.Cron, p.Schedule.TimeZone),
		},
		Overlap: overlap(string(p.Schedule.Overlap)), CatchupWindow: time.Duration(p.Schedule.CatchUp),
	}, err
}

// Due returns the schedule that checks the due time of a pipeline. It fires together with the schedule of the runs, so
// that it knows the days and the business dates, and the check then waits until the due time. It is a schedule of its
// own because it goes on while the other one is paused.
func Due(p pipeline.Pipeline) (client.ScheduleOptions, error) {
	cron, zone := everyNight, time.UTC.String()
	if p.Schedule != nil {
		cron, zone = p.Schedule.Cron, p.Schedule.TimeZone
	}
	times, err := calendar(cron)
	return client.ScheduleOptions{
		ID:   DueID(p.Name),
		Spec: client.ScheduleSpec{Calendars: []client.ScheduleCalendarSpec{times}, TimeZoneName: zone},
		Action: &client.ScheduleWorkflowAction{
			ID: DueID(p.Name), Workflow: contract.TypeDueCheck, TaskQueue: contract.TaskQueue,
			Args:          []any{contract.DueInput{Pipeline: p.Name}},
			StaticSummary: fmt.Sprintf("See whether %s is done by %s", p.Name, p.Due),
		},
		// A check that waits for a worker, or for the next morning, must not hold up that of another night.
		Overlap: enums.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL, CatchupWindow: dueCatchUp,
	}, err
}

// overlaps returns Temporal's policy for each word of the configuration.
func overlaps() map[string]enums.ScheduleOverlapPolicy {
	return map[string]enums.ScheduleOverlapPolicy{
		string(pipeline.OverlapSkip):      enums.SCHEDULE_OVERLAP_POLICY_SKIP,
		string(pipeline.OverlapBufferOne): enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE,
		string(pipeline.OverlapBufferAll): enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ALL,
		string(pipeline.OverlapAllowAll):  enums.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL,
	}
}

func overlap(word string) enums.ScheduleOverlapPolicy {
	return cmp.Or(overlaps()[word], enums.SCHEDULE_OVERLAP_POLICY_SKIP)
}
