package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"tieout/internal/app"
	"tieout/internal/runs"
	"tieout/internal/wording"
	"tieout/starter/schedule"
)

// datesShown is how many dates a question names one by one.
const datesShown = 14

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
		return app.Usagef("%w", err)
	}
	zone, err := p.Location()
	if err != nil {
		return fmt.Errorf("time zone of pipeline %s: %w", p.Name, err)
	}
	days, err := a.backfilled(o, zone)
	if err != nil {
		return err
	}
	c, namespace, err := a.temporal(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	times, err := a.firings(ctx, c, namespace, p.Name, days)
	if err != nil {
		return err
	}
	started, dates := wording.Counted(len(times), "run", "runs"), schedule.Dates(times, zone)
	question := fmt.Sprintf("%s of %s would be started, for %s", started, p.Name, shownDates(dates))
	if start, err := a.confirmed(ctx, question, o.yes); err != nil || !start {
		return err
	}
	if err := c.ScheduleClient().GetHandle(ctx, schedule.ID(p.Name)).Backfill(ctx, client.ScheduleBackfillOptions{Backfill: []client.ScheduleBackfill{days}}); err != nil {
		return fmt.Errorf("backfilling %s: %w", schedule.ID(p.Name), err)
	}
	if a.JSON {
		return a.Document(map[string]any{"schedule": schedule.ID(p.Name), "from": o.from, "to": o.to, "runs": len(times), "dates": dates})
	}
	a.Say("Asked for %s from %s to %s; `%s runs --pipeline %s` shows them.", started, o.from, o.to, a.name, p.Name)
	return nil
}

// backfilled returns the backfill that the flags ask for.
func (a *program) backfilled(o backfillOptions, zone *time.Location) (client.ScheduleBackfill, error) {
	if o.from == "" {
		return client.ScheduleBackfill{}, app.Usagef("--from is missing: give the first business date, such as 2026-11-20")
	}
	if err := cmp.Or(aDate("--from", o.from), aDate("--to", o.to)); err != nil {
		return client.ScheduleBackfill{}, err
	}
	if o.to < o.from {
		return client.ScheduleBackfill{}, app.Usagef("--to %s is before --from %s", o.to, o.from)
	}
	first, err := time.ParseInLocation(time.DateOnly, o.from, zone)
	if err != nil {
		return client.ScheduleBackfill{}, fmt.Errorf("reading --from: %w", err)
	}
	last, err := time.ParseInLocation(time.DateOnly, o.to, zone)
	return schedule.Days(first, last, a.now()), err
}

// firings returns when the schedule fires during a backfill, and refuses a backfill of no firings or too many.
func (a *program) firings(ctx context.Context, c client.Client, namespace, pipeline string, during client.ScheduleBackfill) ([]time.Time, error) {
	times, err := schedule.Firings(ctx, c, namespace, pipeline, during)
	switch {
	case runs.IsNotFound(err):
		return nil, app.Usagef("pipeline %s has no schedule yet: `%s schedule apply` makes it", pipeline, a.name)
	case err != nil:
		return nil, err
	case len(times) == 0:
		return nil, app.Usagef("the schedule of %s did not fire on these dates: `%s schedule show %s` shows its times", pipeline, a.name, pipeline)
	case len(times) >= schedule.MostFirings:
		return nil, app.Usagef("the schedule of %s fired %d times or more on these dates: give fewer of them", pipeline, schedule.MostFirings)
	}
	return times, nil
}

// shownDates names the dates, or says how many there are between the first and the last.
func shownDates(dates []string) string {
	if len(dates) <= datesShown {
		return strings.Join(dates, ", ")
	}
	return fmt.Sprintf("%d dates from %s to %s", len(dates), dates[0], dates[len(dates)-1])
}

// confirmed reports whether a person agrees to what would be done, now or by the flag --yes. It returns an error where
// nobody can be asked: a script must not start jobs at Concur without saying so.
func (a *program) confirmed(ctx context.Context, would string, yes bool) (bool, error) {
	switch {
	case yes:
		return true, nil
	case !a.asks:
		return false, app.Usagef("%s: nobody can be asked here, so give --yes to start them", would)
	}
	fmt.Fprintf(a.Err, "%s. Start? [y/N] ", would)
	answered := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(a.in).ReadString('\n') // an error leaves no answer, which means no
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
	a.Say("Nothing was started.")
	return false, nil
}
