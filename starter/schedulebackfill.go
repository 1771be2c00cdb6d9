package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const (
	// mostBackfilled is how many times of a schedule Temporal names at once: beyond it nobody can say what would start.
	mostBackfilled = 1000
	// datesShown is how many dates a question names one by one.
	datesShown = 14
)

// backfillOptions are the flags of schedule backfill.
type backfillOptions struct {
	from, to string
	yes      bool
}

func (a *program) scheduleBackfillCommand() *cobra.Command {
	var o backfillOptions
	c := &cobra.Command{
		Use:   "backfill PIPELINE --from DATE [--to DATE]",
		Short: "Start the scheduled runs of past dates, one after the other",
		Long: `Start the runs that the schedule would have started on the business dates from --from to --to, one after the other:
of one definition Concur runs one job at a time. An extract holds what is ready when it runs, not what was ready then.
It says how many runs it would start, for which dates, and asks; --yes answers it.`,
		Args:              arguments(1, 1, "a pipeline"),
		ValidArgsFunction: a.completePipelines,
		RunE: func(c *cobra.Command, args []string) error {
			return a.backfill(c.Context(), args[0], o)
		},
	}
	c.Flags().StringVar(&o.from, "from", "", "the first business date, yyyy-mm-dd (required)")
	c.Flags().StringVar(&o.to, "to", "", "the last business date; --from's unless given")
	c.Flags().BoolVar(&o.yes, "yes", false, "start the runs without asking")
	return c
}

func (a *program) backfill(ctx context.Context, name string, o backfillOptions) error {
	o.to = cmp.Or(o.to, o.from)
	settings, err := a.settingsWithoutSecrets()
	if err != nil {
		return err
	}
	p, err := settings.Pipeline(name)
	if err != nil {
		return &usageError{message: err.Error()}
	}
	zone, err := p.Location()
	if err != nil {
		return fmt.Errorf("time zone of pipeline %s: %w", p.Name, err)
	}
	span, err := a.backfilled(o, zone)
	if err != nil {
		return err
	}
	c, namespace, err := a.temporalNamespace(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	times, err := a.firings(ctx, c, namespace, p.Name, span)
	if err != nil {
		return err
	}
	dates := datesOf(times, zone)
	question := fmt.Sprintf("%s of %s would be started, for %s", plural(len(times), "run"), p.Name, shownDates(dates))
	if start, err := a.confirmed(ctx, question, o.yes); err != nil || !start {
		return err
	}
	if err := c.ScheduleClient().GetHandle(ctx, scheduleID(p.Name)).Backfill(ctx, client.ScheduleBackfillOptions{Backfill: []client.ScheduleBackfill{span}}); err != nil {
		return fmt.Errorf("backfilling %s: %w", scheduleID(p.Name), err)
	}
	if a.json {
		return a.document(map[string]any{"schedule": scheduleID(p.Name), "from": o.from, "to": o.to, "runs": len(times), "dates": dates})
	}
	a.say("Asked for %s from %s to %s; `%s runs --pipeline %s` shows them.", plural(len(times), "run"), o.from, o.to, a.name, p.Name)
	return nil
}

// backfilled returns the time from the first date to the last, as far as it has passed.
func (a *program) backfilled(o backfillOptions, zone *time.Location) (client.ScheduleBackfill, error) {
	first, errFrom := time.ParseInLocation(time.DateOnly, o.from, zone)
	last, errTo := time.ParseInLocation(time.DateOnly, o.to, zone)
	switch {
	case o.from == "":
		return client.ScheduleBackfill{}, &usageError{message: "--from is missing: give the first business date, such as 2026-11-20"}
	case errFrom != nil || errTo != nil:
		return client.ScheduleBackfill{}, cmp.Or(aDate("--from", o.from), aDate("--to", o.to))
	case last.Before(first):
		return client.ScheduleBackfill{}, &usageError{message: fmt.Sprintf("--to %s is before --from %s", o.to, o.from)}
	}
	end := last.AddDate(0, 0, 1)
	if end.After(a.now()) {
		end = a.now()
	}
	// A moment earlier: midnight of the first day belongs to the range, midnight after the last one does not.
	return client.ScheduleBackfill{Start: first.Add(-time.Millisecond), End: end.Add(-time.Millisecond), Overlap: enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ALL}, nil
}

// firings asks Temporal when the schedule that it has fires in that time: the configuration may have another one.
func (a *program) firings(ctx context.Context, c client.Client, namespace, pipeline string, span client.ScheduleBackfill) ([]time.Time, error) {
	var times []time.Time
	if span.End.After(span.Start) {
		answer, err := c.WorkflowService().ListScheduleMatchingTimes(ctx, &workflowservice.ListScheduleMatchingTimesRequest{
			Namespace: namespace, ScheduleId: scheduleID(pipeline), StartTime: timestamppb.New(span.Start), EndTime: timestamppb.New(span.End)})
		if isNotFound(err) {
			return nil, &usageError{message: fmt.Sprintf("pipeline %s has no schedule yet: `%s schedule apply` makes it", pipeline, a.name)}
		}
		if err != nil {
			return nil, fmt.Errorf("asking when %s fires: %w", scheduleID(pipeline), err)
		}
		for _, at := range answer.GetStartTime() {
			times = append(times, at.AsTime())
		}
	}
	switch {
	case len(times) == 0:
		return nil, &usageError{message: fmt.Sprintf("the schedule of %s did not fire on these dates: `%s schedule show %s` shows its times", pipeline, a.name, pipeline)}
	case len(times) >= mostBackfilled:
		return nil, &usageError{message: fmt.Sprintf("the schedule of %s fired %d times or more on these dates: give fewer of them", pipeline, mostBackfilled)}
	}
	return times, nil
}

// datesOf returns the business dates of firings, each once.
func datesOf(times []time.Time, zone *time.Location) []string {
	var dates []string
	for _, at := range times {
		dates = append(dates, at.In(zone).Format(time.DateOnly))
	}
	return slices.Compact(dates)
}

// shownDates names the dates, or how many there are between the first and the last.
func shownDates(dates []string) string {
	if len(dates) <= datesShown {
		return strings.Join(dates, ", ")
	}
	return fmt.Sprintf("%d dates from %s to %s", len(dates), dates[0], dates[len(dates)-1])
}

// confirmed reports whether a person says yes to what would be done, or said so before. Where nobody can be asked it
// refuses: what starts jobs at Concur must not happen because a script was run.
func (a *program) confirmed(ctx context.Context, would string, yes bool) (bool, error) {
	switch {
	case yes:
		return true, nil
	case !a.asks:
		return false, &usageError{message: would + ": nobody can be asked here, so give --yes to start them"}
	}
	fmt.Fprintf(a.err, "%s. Start? [y/N] ", would)
	answered := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(a.in).ReadString('\n') // no answer is not yes
		answered <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case <-ctx.Done():
		return false, &toldError{"nothing was started", ctx.Err()}
	case answer := <-answered:
		if answer == "y" || answer == "yes" {
			return true, nil
		}
	}
	a.say("Nothing was started.")
	return false, nil
}
