package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/pipeline"
	"tieout/internal/runs"
)

// shownSchedule is what `schedule show` tells of one schedule.
type shownSchedule struct {
	ID       string      `json:"id"`
	Pipeline string      `json:"pipeline"`
	Times    string      `json:"times"`
	TimeZone string      `json:"timeZone"`
	Paused   bool        `json:"paused"`
	Note     string      `json:"note,omitempty"`
	Next     []time.Time `json:"next"`
	Recent   []runs.Run  `json:"recent"`
	// Missed counts starts that came too late for catch_up, Skipped those that overlap left out.
	Missed  int `json:"missedCatchUp"`
	Skipped int `json:"skippedOverlap"`
}

func (a *program) scheduleShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "show [PIPELINE]",
		Short:             "Show schedules with their next and recent runs",
		Args:              arguments(0, 1, "at most one pipeline"),
		ValidArgsFunction: a.completePipelines,
		RunE: func(c *cobra.Command, args []string) error {
			return a.showSchedules(c.Context(), args)
		},
	}
}

func (a *program) showSchedules(ctx context.Context, pipelines []string) error {
	c, err := a.temporal(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	ids := []string{}
	if len(pipelines) > 0 {
		ids = append(ids, scheduleID(pipelines[0]))
	} else {
		there, err := schedulesThere(ctx, c, nil)
		if err != nil {
			return err
		}
		ids = sortedKeys(there)
	}
	shown := []shownSchedule{}
	for _, id := range ids {
		s, err := describeSchedule(ctx, c, id)
		if isNotFound(err) && len(pipelines) > 0 {
			return &usageError{message: fmt.Sprintf("there is no schedule %s: `%s schedule apply` makes it", id, a.name)}
		}
		if isNotFound(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("asking for the schedule %s: %w", id, err)
		}
		shown = append(shown, s)
	}
	if a.json {
		return a.document(shown)
	}
	for _, s := range shown {
		a.showSchedule(s)
	}
	if len(shown) == 0 {
		a.say("There is no schedule: `%s schedule apply` makes those of the configuration.", a.name)
	}
	return nil
}

func describeSchedule(ctx context.Context, c client.Client, id string) (shownSchedule, error) {
	described, err := c.ScheduleClient().GetHandle(ctx, id).Describe(ctx)
	if err != nil {
		return shownSchedule{}, err
	}
	s := shownSchedule{ID: id, Pipeline: id[strings.IndexByte(id, '/')+1:], Next: described.Info.NextActionTimes, Recent: []runs.Run{},
		Missed: described.Info.NumActionsMissedCatchupWindow, Skipped: described.Info.NumActionsSkippedOverlap}
	if described.Schedule.Spec != nil {
		s.Times, s.TimeZone = timesOf(*described.Schedule.Spec), zoneOf(*described.Schedule.Spec)
	}
	if described.Schedule.State != nil {
		s.Paused, s.Note = described.Schedule.State.Paused, described.Schedule.State.Note
	}
	for _, action := range described.Info.RecentActions {
		if action.StartWorkflowResult == nil || !strings.HasPrefix(id, scheduleID("")) {
			continue
		}
		// The schedule starts a front: what people look for is the run behind it.
		run, err := runs.One(ctx, c, runOf(described.Schedule.Spec, s.Pipeline, action.ScheduleTime).ID(), "")
		if isNotFound(err) { // the date had its verdict when Temporal had forgotten the run
			run, err = runs.One(ctx, c, action.StartWorkflowResult.WorkflowID, action.StartWorkflowResult.FirstExecutionRunID)
		}
		if err == nil {
			s.Recent = append(s.Recent, run)
		}
	}
	return s, nameFailures(ctx, c, s.Recent)
}

// runOf returns the run behind what a schedule started at a time: that of the date in the schedule's zone, or of the
// firing where the schedule has several times of day.
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
	if err != nil { // somebody made the schedule by other means than tieout's
		slot = date
	}
	return contract.Run{Pipeline: pipelineName, Slot: slot}
}

const shownNext = 3

func (a *program) showSchedule(s shownSchedule) {
	state := a.paint(green, "active")
	if s.Paused {
		state = a.paint(yellow, "paused")
	}
	a.printf("%s  %s  %s  %s\n", a.paint(bold, s.ID), visible(s.Times), s.TimeZone, state)
	if s.Note != "" {
		a.printf("  note    %s\n", visible(s.Note))
	}
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	for i, next := range s.Next[:min(shownNext, len(s.Next))] {
		label := "next"
		if i > 0 {
			label = ""
		}
		a.printf("  %-6s  %s\n", label, next.In(zone).Format("2006-01-02 15:04 MST"))
	}
	if s.Missed > 0 || s.Skipped > 0 {
		a.printf("  missed  %d came too late for catch-up, %d skipped for overlap\n", s.Missed, s.Skipped)
	}
	if len(s.Recent) > 0 {
		a.table(runsTable(s.Recent))
	}
}
