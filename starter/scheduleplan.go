package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"tieout/internal/app"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// scheduleID is the id of a pipeline's schedule, and the id that Temporal makes the workflow ids of its fronts of: it
// appends the scheduled time, as in extract/nightly-sae-2026-11-20T09:00:00Z.
func scheduleID(pipeline string) string { return "extract/" + pipeline }

// wantedSchedules are the schedules that a configuration asks for, by their ids: those of the runs, and those that
// check due times.
func wantedSchedules(settings *config.Config) (map[string]client.ScheduleOptions, error) {
	wanted := map[string]client.ScheduleOptions{}
	for name, p := range settings.Pipelines {
		if p.Schedule != nil {
			options, err := scheduleOptions(p)
			if err != nil {
				return nil, fmt.Errorf("schedule of pipeline %s: %w", name, err)
			}
			wanted[options.ID] = options
		}
		if options, ok := app.DueSchedule(p); ok {
			if err := intoCalendars(&options.Spec); err != nil {
				return nil, fmt.Errorf("due time of pipeline %s: %w", name, err)
			}
			wanted[options.ID] = options
		}
	}
	return wanted, nil
}

// intoCalendars replaces cron lines by the calendars that Temporal would make of them.
func intoCalendars(spec *client.ScheduleSpec) error {
	for _, line := range spec.CronExpressions {
		times, err := calendar(line)
		if err != nil {
			return err
		}
		spec.Calendars = append(spec.Calendars, times)
	}
	spec.CronExpressions = nil
	return nil
}

// isOurs tells whether a schedule is one that tieout makes.
func isOurs(id, workflowType string) bool {
	return strings.HasPrefix(id, scheduleID("")) && workflowType == contract.TypeConcurExtract ||
		strings.HasPrefix(id, app.DueScheduleID("")) && workflowType == contract.TypeDueCheck
}

// scheduleOptions are those of one pipeline. The input holds no date: the run takes it from its scheduled time.
func scheduleOptions(p pipeline.Pipeline) (client.ScheduleOptions, error) {
	times, err := calendar(p.Schedule.Cron)
	if err != nil {
		return client.ScheduleOptions{}, err
	}
	return client.ScheduleOptions{
		ID: scheduleID(p.Name),
		Spec: client.ScheduleSpec{Calendars: []client.ScheduleCalendarSpec{times}, TimeZoneName: p.Schedule.TimeZone,
			Jitter: time.Duration(p.Schedule.Jitter)},
		Action: &client.ScheduleWorkflowAction{
			ID: scheduleID(p.Name), Workflow: contract.TypeConcurExtract, TaskQueue: contract.TaskQueue,
			Args:          []any{contract.ExtractInput{Pipeline: p.Name}},
			StaticSummary: fmt.Sprintf("%s on schedule: %s %s", p.Name, p.Schedule.Cron, p.Schedule.TimeZone),
		},
		Overlap: overlap(p.Schedule.Overlap), CatchupWindow: time.Duration(p.Schedule.CatchUp),
	}, nil
}

func overlap(word pipeline.Overlap) enums.ScheduleOverlapPolicy {
	switch word {
	case pipeline.OverlapBufferOne:
		return enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE
	case pipeline.OverlapBufferAll:
		return enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ALL
	case pipeline.OverlapAllowAll:
		return enums.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL
	}
	return enums.SCHEDULE_OVERLAP_POLICY_SKIP
}

func overlapWord(policy enums.ScheduleOverlapPolicy) string {
	for _, word := range []pipeline.Overlap{pipeline.OverlapBufferOne, pipeline.OverlapBufferAll, pipeline.OverlapAllowAll} {
		if overlap(word) == policy {
			return string(word)
		}
	}
	if policy == enums.SCHEDULE_OVERLAP_POLICY_SKIP || policy == enums.SCHEDULE_OVERLAP_POLICY_UNSPECIFIED {
		return string(pipeline.OverlapSkip)
	}
	return strings.ToLower(policy.String())
}

// What a step of a plan does.
const (
	stepCreate = "create"
	stepUpdate = "update"
	stepKeep   = "unchanged"
	stepRemove = "remove"
	stepExtra  = "not in the configuration"
)

// step is what apply does to one schedule.
type step struct {
	ID      string   `json:"id"`
	Do      string   `json:"do"`
	Changes []string `json:"changes,omitempty"`
}

// plan compares what is configured with what is there. Schedules that are there alone are removed only with prune.
func plan(wanted map[string]client.ScheduleOptions, there map[string]client.Schedule, prune bool) []step {
	ids := sortedKeys(wanted)
	for id := range there {
		if _, ok := wanted[id]; !ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	steps := []step{}
	for _, id := range ids {
		want, isWanted := wanted[id]
		is, isThere := there[id]
		s := step{ID: id}
		switch {
		case !isWanted && prune:
			s.Do = stepRemove
		case !isWanted:
			s.Do = stepExtra
		case !isThere:
			s.Do = stepCreate
		default:
			s.Do = stepKeep
			if s.Changes = differences(is, want); len(s.Changes) > 0 {
				s.Do = stepUpdate
			}
		}
		steps = append(steps, s)
	}
	return steps
}

// differences names what apply would change of a schedule: its times, policies and action. Its pause and note are
// people's own and are left alone.
func differences(is client.Schedule, want client.ScheduleOptions) []string {
	var changes []string
	compare := func(name, from, to string) {
		if from != to {
			changes = append(changes, fmt.Sprintf("%s: %s -> %s", name, orNone(from), orNone(to)))
		}
	}
	spec := client.ScheduleSpec{}
	if is.Spec != nil {
		spec = *is.Spec
	}
	compare("times", timesOf(spec), timesOf(want.Spec))
	compare("time zone", zoneOf(spec), zoneOf(want.Spec))
	compare("jitter", spec.Jitter.String(), want.Spec.Jitter.String())
	policy := client.SchedulePolicies{}
	if is.Policy != nil {
		policy = *is.Policy
	}
	compare("overlap", overlapWord(policy.Overlap), overlapWord(want.Overlap))
	compare("catch-up", policy.CatchupWindow.String(), want.CatchupWindow.String())
	compare("pause on failure", fmt.Sprint(policy.PauseOnFailure), fmt.Sprint(want.PauseOnFailure))
	action, ok := is.Action.(*client.ScheduleWorkflowAction)
	if !ok {
		action = &client.ScheduleWorkflowAction{}
	}
	wantAction := want.Action.(*client.ScheduleWorkflowAction)
	compare("workflow", fmt.Sprint(action.Workflow), fmt.Sprint(wantAction.Workflow))
	compare("workflow id", action.ID, wantAction.ID)
	compare("task queue", action.TaskQueue, wantAction.TaskQueue)
	compare("input", inputOf(action.Args), inputOf(wantAction.Args))
	compare("summary", action.StaticSummary, wantAction.StaticSummary)
	return changes
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// timesOf is when a schedule starts runs, in one text for all specs that mean the same.
func timesOf(spec client.ScheduleSpec) string {
	var parts []string
	for _, c := range spec.Calendars {
		parts = append(parts, cronOf(c))
	}
	parts = append(parts, spec.CronExpressions...)
	for _, i := range spec.Intervals {
		parts = append(parts, fmt.Sprintf("every %s from %s", i.Every, i.Offset))
	}
	for _, c := range spec.Skip {
		parts = append(parts, "but not "+cronOf(c))
	}
	if !spec.StartAt.IsZero() {
		parts = append(parts, "from "+spec.StartAt.UTC().Format(time.RFC3339))
	}
	if !spec.EndAt.IsZero() {
		parts = append(parts, "until "+spec.EndAt.UTC().Format(time.RFC3339))
	}
	return strings.Join(parts, "; ")
}

func zoneOf(spec client.ScheduleSpec) string {
	if spec.TimeZoneName == "" {
		return "UTC"
	}
	return spec.TimeZoneName
}

// inputOf is an action's input as JSON: Temporal hands it back encoded.
func inputOf(args []any) string {
	var parts []string
	for _, arg := range args {
		if payload, ok := arg.(*common.Payload); ok {
			parts = append(parts, string(payload.GetData()))
			continue
		}
		text, err := json.Marshal(arg)
		if err != nil {
			text = fmt.Appendf(nil, "%v", arg)
		}
		parts = append(parts, string(text))
	}
	return strings.Join(parts, ", ")
}
