package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"tieout/internal/app"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/runs"
)

// runOptions are the flags of run.
type runOptions struct {
	watching
	date, job string
	again     bool
}

func (a *program) runCommand() *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "run [PIPELINE]",
		Short: "Start the run of a pipeline, or join the one that is running",
		Long: `Start the run of a pipeline for a business date, or join the one that is running for that date. A date that has its
verdict is answered with it; for a further extract of the date add --again. PIPELINE may be left out where the
configuration has one. With --job, an extract job that exists is landed and tied out instead of a new one being started.`,
		Example: "  tieout run nightly-sae --watch\n  tieout run nightly-sae --date 2026-11-20 --again --watch\n" +
			"  tieout run nightly-sae --job J123 --watch --json > result.json",
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
	c.Flags().StringVar(&o.date, "date", "", "the business date, yyyy-mm-dd, or yyyy-mm-ddThhmm for one of several times of day; today in the pipeline's time zone unless given")
	c.Flags().StringVar(&o.job, "job", "", "the id of an extract job to take up instead of starting one")
	c.Flags().BoolVar(&o.again, "again", false, "make a further extract of a date that was extracted already")
	c.Flags().BoolVar(&o.watch, "watch", false, "watch the run to its end and exit by its outcome")
	c.Flags().DurationVar(&o.timeout, "timeout", 0, "with --watch: give up watching after so long (exit code 8); the run goes on")
	return c
}

func (a *program) startRun(ctx context.Context, name string, o runOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	in, err := a.runInput(name, o)
	if err != nil {
		return err
	}
	return a.withTemporal(ctx, func(c client.Client) error {
		started, err := runs.Start(ctx, c, in)
		if err != nil {
			return err
		}
		if o.watch {
			a.Say("%s %s", startedWord(started), started.GetID())
			return a.follow(ctx, c, started, o.timeout)
		}
		id, runID := started.GetID(), started.GetRunID()
		if started.Front {
			behind, answered, err := a.behind(ctx, c, started)
			if err != nil || answered {
				return err
			}
			if id != behind {
				id, runID, started.Front = behind, "", false
			}
		}
		if a.JSON {
			document := map[string]any{"workflowId": id, "pipeline": in.Pipeline, "businessDate": in.BusinessDate, "joined": started.Joined}
			if runID != "" {
				document["runId"] = runID
			}
			return a.Document(document)
		}
		a.Println(id)
		a.Say("%s; watch it with: %s watch %s", startedWord(started), a.name, id)
		return nil
	})
}

// behind waits a moment for the run that a front stands before, and returns its id. It returns true where the front has
// ended, after showing its end. Where no worker answers it returns the id of the front.
func (a *program) behind(ctx context.Context, c client.Client, front runs.Started) (id string, answered bool, err error) {
	waiting, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	id, err = runs.Behind(waiting, c, front)
	switch {
	case ctx.Err() != nil:
		return "", false, ctx.Err()
	case waiting.Err() != nil:
		return front.GetID(), false, nil
	case err != nil || id != front.GetID():
		return id, false, err
	}
	return id, true, a.follow(ctx, c, front, 0)
}

func startedWord(started runs.Started) string {
	switch {
	case started.Joined:
		return "Joined the run that is running"
	case started.Front:
		return "Asked a worker for the run or its verdict by"
	}
	return "Started"
}

// runInput returns the input of the run. It needs no configuration where the flags name the pipeline and the date, or the
// pipeline and the job, because the worker knows whether there is such a pipeline.
func (a *program) runInput(name string, o runOptions) (contract.ExtractInput, error) {
	in := contract.ExtractInput{Pipeline: name, BusinessDate: o.date, JobID: o.job, Again: o.again}
	slot, ok := contract.ParseSlot(o.date)
	switch {
	case o.date != "" && (!ok || slot.Again > 0):
		return in, app.Usagef("--date %q is not a date such as 2026-11-20, or 2026-11-20T0400 for one of several times of day", o.date)
	case o.again && o.job != "":
		return in, app.Usagef("--again asks for a further extract and --job for one that exists: give one of them")
	}
	if _, err := os.Stat(a.config); errors.Is(err, fs.ErrNotExist) && name != "" && (o.date != "" || o.job != "") {
		return in, notInTheFuture(slot.Date, a.now().In(contract.FirstZone()))
	}
	settings, err := a.settingsWithoutSecrets()
	if err != nil {
		return in, err
	}
	p, err := settings.Pipeline(name)
	if err != nil {
		return in, app.Usagef("%w", err)
	}
	zone, err := p.Location()
	if err != nil {
		return in, fmt.Errorf("time zone of pipeline %s: %w", p.Name, err)
	}
	in.Pipeline = p.Name
	now := a.now().In(zone)
	if o.date == "" && o.job != "" {
		return in, nil // it belongs to the date that claimed it
	}
	if slot.Date == "" {
		slot.Date = now.Format(time.DateOnly)
	}
	if slot, err = config.SlotOf(p, slot, now); err != nil {
		return in, app.Usagef("%w", err)
	}
	in.BusinessDate = slot.String()
	return in, notInTheFuture(slot.Date, now)
}

// notInTheFuture refuses a date that has not begun, because its run would start the job of today under a later date.
func notInTheFuture(date string, now time.Time) error {
	if today := now.Format(time.DateOnly); date > today {
		return app.Usagef("--date %s is in the future: today is %s (%s). Leave --date out for today's run; a schedule runs later ones", date, today, now.Location())
	}
	return nil
}
