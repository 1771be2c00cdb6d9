package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"tieout/deployments/local/stack"
	"tieout/internal/app"
	"tieout/internal/bucket"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/report"
	"tieout/internal/runs"
)

// demoPipeline is the pipeline of the demo's tieout.yaml.
const demoPipeline = "nightly-sae"

// runPipeline runs the worker. With --once it runs the pipeline nightly-sae to its verdict; without, it stays until ctx ends.
func runPipeline(ctx context.Context, s *system, o options, stdout, stderr io.Writer) (int, error) {
	text, err := os.ReadFile(s.config)
	if err != nil {
		return runs.ExitError, fmt.Errorf("reading the demo's configuration: %w", err)
	}
	settings, err := config.Parse(s.config, text, s.environment)
	if err != nil {
		return runs.ExitCode(nil, err), err
	}
	c, err := client.DialContext(ctx, client.Options{HostPort: s.temporal.HostPort, Namespace: s.temporal.Namespace,
		Logger: app.TemporalLog(zap.NewNop())})
	if err != nil {
		return runs.ExitError, fmt.Errorf("reaching the embedded Temporal: %w", err)
	}
	defer c.Close()
	w, err := stack.StartWorker(ctx, stack.WorkerOptions{Client: c, Namespace: s.temporal.Namespace, Config: settings, S3: s.s3,
		Log: filepath.Join(o.data, "worker.log")})
	if err != nil {
		return runs.ExitCode(nil, err), err
	}
	defer w.Stop()
	if !o.once {
		<-ctx.Done()
		return runs.ExitOK, nil
	}
	return runOnce(ctx, c, w.Service, o, stdout, stderr)
}

// runOnce runs the pipeline to its verdict. A data directory has one such run a day: started again, after a kill or after
// its verdict, the command comes to the same run and the same result.
func runOnce(ctx context.Context, c client.Client, service *app.Service, o options, stdout, stderr io.Writer) (int, error) {
	settings, err := service.Config.Pipeline(demoPipeline)
	if err != nil {
		return runs.ExitUsage, err
	}
	date, err := runDate(o.data, settings.Location)
	if err != nil {
		return runs.ExitError, err
	}
	run, err := runs.Start(ctx, c, contract.ExtractInput{Pipeline: demoPipeline, BusinessDate: date})
	if err != nil {
		return runs.ExitError, err
	}
	fmt.Fprintf(stderr, "Run       %s\n", contract.Run{Pipeline: demoPipeline, Slot: contract.Slot{Date: date}}.ID())
	last := ""
	result, err := runs.Watch(ctx, c, run, func(status runs.Status) {
		if line := runs.Line(status); line != last {
			last = line
			fmt.Fprintf(stderr, "%s  %s\n", time.Now().Format(time.TimeOnly), line)
		}
	})
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(stderr, "Stopped; the same command goes on with the run.")
		return runs.ExitDetached, nil
	}
	if err != nil {
		return runs.ExitCode(nil, err), err
	}
	if result.Answered != "" {
		fmt.Fprintf(stderr, "%s was extracted already; this is the verdict of %s.\n", result.BusinessDate, result.Answered)
	}
	if o.json {
		encoder := json.NewEncoder(stdout)
		encoder.SetIndent("", " ")
		err = encoder.Encode(result)
	} else {
		err = showReport(ctx, service.Store, result, stdout)
	}
	if err != nil {
		return runs.ExitError, err
	}
	if o.exitCode {
		return runs.ExitCode(result, nil), nil
	}
	return runs.ExitOK, nil
}

// runDate returns the business date of the data directory's run. It writes the date down, so that a run which began before
// midnight goes on after it.
func runDate(data string, location func() (*time.Location, error)) (string, error) {
	zone, err := location()
	if err != nil {
		return "", err
	}
	path := filepath.Join(data, "run-date")
	now := time.Now().In(zone)
	if text, err := os.ReadFile(path); err == nil {
		if begun, err := time.ParseInLocation(time.DateOnly, string(text), zone); err == nil && now.Sub(begun) < 36*time.Hour {
			return string(text), nil
		}
	}
	date := now.Format(time.DateOnly)
	return date, stack.WriteFile(path, []byte(date))
}

// showReport reads the run's report and prints its summary.
func showReport(ctx context.Context, store *bucket.Store, result *contract.ExtractResult, w io.Writer) error {
	key, err := store.Key(result.Reports.JSON)
	if err != nil {
		return err
	}
	body, _, err := store.Open(ctx, key)
	if err != nil {
		return err
	}
	defer body.Close()
	var doc report.Document
	if err := json.NewDecoder(body).Decode(&doc); err != nil {
		return fmt.Errorf("reading %s: %w", result.Reports.JSON, err)
	}
	return report.WriteSummary(w, &doc, report.SummaryOptions{})
}
