package schedule

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"tieout/internal/pipeline"
)

// Action is what a step does to a schedule.
type Action string

// The actions of a plan.
const (
	Create Action = "create"
	Update Action = "update"
	Keep   Action = "unchanged"
	Remove Action = "remove"
	// Extra leaves a schedule alone that the configuration does not have.
	Extra Action = "not in the configuration"
)

// Step is what a plan does to one schedule.
type Step struct {
	ID string `json:"id"`
	Do Action `json:"do"`
	// Changes names what an update changes, as in "times: 0 4 * * * -> 0 5 * * *".
	Changes []string `json:"changes,omitempty"`
}

// Plan returns the steps, in the order of the ids, that make the existing schedules equal to the wanted ones. It
// removes existing ones that are not wanted only with prune.
func Plan(wanted map[string]client.ScheduleOptions, existing map[string]client.Schedule, prune bool) []Step {
	ids := slices.AppendSeq(slices.Collect(maps.Keys(wanted)), maps.Keys(existing))
	slices.Sort(ids)
	steps := []Step{}
	for _, id := range slices.Compact(ids) {
		want, isWanted := wanted[id]
		is, exists := existing[id]
		s := Step{ID: id}
		switch {
		case !isWanted && prune:
			s.Do = Remove
		case !isWanted:
			s.Do = Extra
		case !exists:
			s.Do = Create
		default:
			s.Do = Keep
			if s.Changes = differences(is, want); len(s.Changes) > 0 {
				s.Do = Update
			}
		}
		steps = append(steps, s)
	}
	return steps
}

// differences names what differs in the times, the policies and the action. Whether a schedule is paused, and its note,
// are not compared, because people set them.
func differences(is client.Schedule, want client.ScheduleOptions) []string {
	var changes []string
	compare := func(name, from, to string) {
		if from != to {
			changes = append(changes, fmt.Sprintf("%s: %s -> %s", name, cmp.Or(from, "none"), cmp.Or(to, "none")))
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

// timesOf returns the times of a schedule as text, which is the same for all specs that mean the same.
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

func zoneOf(spec client.ScheduleSpec) string { return cmp.Or(spec.TimeZoneName, "UTC") }

// overlapWord returns the word of the configuration for a policy, and Temporal's own word for a policy that has none.
func overlapWord(policy enums.ScheduleOverlapPolicy) string {
	if policy == enums.SCHEDULE_OVERLAP_POLICY_UNSPECIFIED {
		return string(pipeline.OverlapSkip)
	}
	for word, same := range overlaps() {
		if same == policy {
			return word
		}
	}
	return strings.ToLower(policy.String())
}

// inputOf returns the input of an action as JSON. Temporal returns the input of an existing one as encoded payloads.
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
