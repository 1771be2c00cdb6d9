package schedule

import (
	"context"
	"strings"
	"time"

	"go.temporal.io/sdk/client"

	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/pipeline"
	"tieout/internal/runs"
)

// Description is what people ask about one schedule.
type Description struct {
	ID       string      `json:"id"`
	Pipeline string      `json:"pipeline"`
	Times    string      `json:"times"`
	TimeZone string      `json:"timeZone"`
	Paused   bool        `json:"paused"`
	Note     string      `json:"note,omitempty"`
	Next     []time.Time `json:"next"`
	// Recent are the last runs that the schedule started or joined.
	Recent []runs.Run `json:"recent"`
	// Missed counts starts that came too late for catch_up, Skipped those that the overlap policy left out.
	Missed  int `json:"missedCatchUp"`
	Skipped int `json:"skippedOverlap"`
}

// Describe asks Temporal for a schedule and for its recent runs.
func Describe(ctx context.Context, c client.Client, id string) (Description, error) {
	described, err := c.ScheduleClient().GetHandle(ctx, id).Describe(ctx)
	if err != nil {
		return Description{}, err
	}
	d := Description{ID: id, Pipeline: id[strings.IndexByte(id, '/')+1:], Next: described.Info.NextActionTimes, Recent: []runs.Run{},
		Missed: described.Info.NumActionsMissedCatchupWindow, Skipped: described.Info.NumActionsSkippedOverlap}
	if described.Schedule.Spec != nil {
		d.Times, d.TimeZone = timesOf(*described.Schedule.Spec), zoneOf(*described.Schedule.Spec)
	}
	if described.Schedule.State != nil {
		d.Paused, d.Note = described.Schedule.State.Paused, described.Schedule.State.Note
	}
	for _, action := range described.Info.RecentActions {
		if action.StartWorkflowResult == nil || !strings.HasPrefix(id, ID("")) {
			continue
		}
		// The schedule starts a front: what people look for is the run behind it.
		run, err := runs.One(ctx, c, runOf(described.Schedule.Spec, d.Pipeline, action.ScheduleTime).ID(), "")
		if runs.IsNotFound(err) { // the date had its verdict, and Temporal has forgotten its run
			run, err = runs.One(ctx, c, action.StartWorkflowResult.WorkflowID, action.StartWorkflowResult.FirstExecutionRunID)
		}
		if err == nil {
			d.Recent = append(d.Recent, run)
		}
	}
	return d, runs.NameFailures(ctx, c, d.Recent)
}

// runOf returns the run behind what a schedule started at a time. It is the run of the date in the zone of the schedule,
// or the run of the firing where the schedule has several times of day.
func runOf(spec *client.ScheduleSpec, pipelineName string, at time.Time) contract.Run {
	p := pipeline.Pipeline{Name: pipelineName}
	zone := time.UTC
	if spec != nil {
		if named, err := time.LoadLocation(zoneOf(*spec)); err == nil {
			zone = named
		}
		if len(spec.Calendars) == 1 {
			p.Schedule = &pipeline.Schedule{Cron: cronOf(spec.Calendars[0])}
		}
	}
	date := contract.Slot{Date: at.In(zone).Format(time.DateOnly)}
	slot, err := config.SlotOf(p, date, at.In(zone))
	if err != nil { // somebody made the schedule by other means than tieout
		slot = date
	}
	return contract.Run{Pipeline: pipelineName, Slot: slot}
}
