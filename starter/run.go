package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tieout/internal/operate"
	"tieout/workflows"
)

// runOptions are the flags of run.
type runOptions struct {
	date, job string
	watch     bool
	timeout   time.Duration
}

func (a *app) runCommand() *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "run [PIPELINE]",
		Short: "Start the run of a pipeline, or join the one that is on",
		Long: `Start the run of a pipeline for a business date, or join the one that is on for that date. PIPELINE may be left
out where the configuration has one. With --job, an extract job that exists is landed and tied out instead of a new one
being started.`,
		Example:           "  starter run nightly-sae --watch\n  starter run nightly-sae --job J123 --watch --json > result.json",
		Args:              arguments(0, 1, "a pipeline"),
		ValidArgsFunction: a.completePipelines,
		RunE: func(c *cobra.Command, args []string) error {
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			return a.startRun(c.Context(), name, o)
		},
	}
	c.Flags().StringVar(&o.date, "date", "", "the business date, yyyy-mm-dd; today in the pipeline's time zone unless given")
	c.Flags().StringVar(&o.job, "job", "", "the id of an extract job to take up instead of starting one")
	c.Flags().BoolVar(&o.watch, "watch", false, "watch the run to its end and exit by its outcome")
	c.Flags().DurationVar(&o.timeout, "timeout", 0, "with --watch: give up watching after so long (exit code 8); the run goes on")
	return c
}

func (a *app) startRun(ctx context.Context, name string, o runOptions) error {
	if err := aWait(o.timeout, o.watch); err != nil {
		return err
	}
	in, _, err := a.runInput(name, o)
	if err != nil {
		return err
	}
	c, err := a.temporal(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	run, joined, err := operate.Start(ctx, c, in)
	if err != nil {
		return err
	}
	if o.watch {
		a.say("%s %s", startedWord(joined), run.GetID())
		return a.follow(ctx, c, run, o.timeout)
	}
	if a.json {
		return a.document(map[string]any{"workflowId": run.GetID(), "runId": run.GetRunID(), "pipeline": in.Pipeline,
			"businessDate": in.BusinessDate, "joined": joined})
	}
	a.println(run.GetID())
	a.say("%s; watch it with: %s watch %s", startedWord(joined), a.name, run.GetID())
	return nil
}

func startedWord(joined bool) string {
	if joined {
		return "Joined the run that is running"
	}
	return "Started"
}

// runInput is the input of the run, and the pipeline's zone. Without a configuration the pipeline and the date must be
// given: the worker knows whether there is such a pipeline, and in which zone.
func (a *app) runInput(name string, o runOptions) (workflows.ExtractInput, *time.Location, error) {
	in := workflows.ExtractInput{Pipeline: name, BusinessDate: o.date, JobID: o.job}
	if err := aDate("--date", o.date); err != nil {
		return in, nil, err
	}
	if _, err := os.Stat(a.config); errors.Is(err, fs.ErrNotExist) && name != "" && o.date != "" {
		return in, nil, notInTheFuture(o.date, a.now().In(firstZone))
	}
	settings, err := a.settingsWithoutSecrets()
	if err != nil {
		return in, nil, err
	}
	p, err := settings.Pipeline(name)
	if err != nil {
		return in, nil, &usageError{message: err.Error()}
	}
	zone, err := p.Location()
	if err != nil {
		return in, nil, fmt.Errorf("time zone of pipeline %s: %w", p.Name, err)
	}
	in.Pipeline = p.Name
	if in.BusinessDate == "" {
		in.BusinessDate = a.now().In(zone).Format(time.DateOnly)
	}
	return in, zone, notInTheFuture(in.BusinessDate, a.now().In(zone))
}

// firstZone is where a date begins first: what is tomorrow there is in the future everywhere.
var firstZone = time.FixedZone("UTC+14", 14*60*60)

// notInTheFuture refuses a date that has not begun: its run would start tonight's job under another night's name.
func notInTheFuture(date string, now time.Time) error {
	if today := now.Format(time.DateOnly); date > today {
		return &usageError{message: fmt.Sprintf("--date %s is in the future: today is %s (%s). Leave --date out for today's run; a schedule runs later ones", date, today, now.Location())}
	}
	return nil
}
