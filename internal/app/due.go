package app

import (
	"fmt"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// dueCatchUp is how late a check may still be made: after an outage over a long weekend people want to know.
const dueCatchUp = 7 * 24 * time.Hour

// everyNight is when a pipeline without a schedule, which somebody else starts, is taken to be expected.
const everyNight = "0 0 * * *"

// DueScheduleID is the id of the schedule that checks a pipeline's due time.
func DueScheduleID(pipelineName string) string { return "due/" + pipelineName }

// DueSchedule is the schedule that checks a pipeline's due time; false where it has none. It fires when the pipeline's
// own schedule does, so that it knows the days and the business dates; the check itself then waits until the due time.
// It is a schedule of its own so that it goes on while that one is paused.
func DueSchedule(p pipeline.Pipeline) (client.ScheduleOptions, bool) {
	if p.Due == "" {
		return client.ScheduleOptions{}, false
	}
	cron, zone := everyNight, time.UTC.String()
	if p.Schedule != nil {
		cron, zone = p.Schedule.Cron, p.Schedule.TimeZone
	}
	return client.ScheduleOptions{
		ID:   DueScheduleID(p.Name),
		Spec: client.ScheduleSpec{CronExpressions: []string{cron}, TimeZoneName: zone},
		Action: &client.ScheduleWorkflowAction{
			ID:            DueScheduleID(p.Name),
			Workflow:      contract.TypeDueCheck,
			Args:          []any{contract.DueInput{Pipeline: p.Name}},
			TaskQueue:     contract.TaskQueue,
			StaticSummary: fmt.Sprintf("See whether %s is done by %s", p.Name, p.Due),
		},
		// A check that waits for a worker, or for the next morning, must not hold up another night's.
		Overlap:       enums.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL,
		CatchupWindow: dueCatchUp,
	}, true
}
