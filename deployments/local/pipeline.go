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

	"github.com/aws/aws-sdk-go-v2/credentials"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"tieout/internal/app"
	"tieout/internal/bucket"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/report"
	"tieout/internal/runs"
)

// demoPipeline is the pipeline of the demo's tieout.yaml.
const demoPipeline = "nightly-sae"

// runPipeline runs the worker on the system and, with --once, the pipeline nightly-sae to its verdict; else it stays
// until ctx ends.
func runPipeline(ctx context.Context, s *system, o options, stdout, stderr io.Writer) (int, error) {
	log, err := fileLog(filepath.Join(o.data, "worker.log"))
	if err != nil {
		return runs.ExitError, err
	}
	defer func() { _ = log.Sync() }()
	parts, err := s.parts(ctx, log)
	if err != nil {
		return runs.ExitCode(nil, err), err
	}
	c, err := client.DialContext(ctx, client.Options{HostPort: s.temporal.HostPort, Namespace: s.temporal.Namespace, Logger: app.TemporalLog(log)})
	if err != nil {
		return runs.ExitError, fmt.Errorf("reaching the embedded Temporal: %w", err)
	}
	defer c.Close()
	w := parts.NewWorker(c, true)
	if err := w.Start(); err != nil {
		return runs.ExitError, fmt.Errorf("starting the worker: %w", err)
	}
	defer w.Stop()
	if !o.once {
		<-ctx.Done()
		return runs.ExitOK, nil
	}
	return runOnce(ctx, c, parts, o, stdout, stderr)
}

// parts reads the demo's configuration and connects what it names to the system's own servers.
func (s *system) parts(ctx context.Context, log *zap.Logger) (*app.Service, error) {
	text, err := os.ReadFile(s.config)
	if err != nil {
		return nil, fmt.Errorf("reading the demo's configuration: %w", err)
	}
	settings, err := config.Parse(s.config, text, s.environment)
	if err != nil {
		return nil, err
	}
	s3, err := bucket.NewClient(ctx, bucket.ClientOptions{Endpoint: s.s3.Endpoint, Region: s.s3.Region,
		Credentials: credentials.NewStaticCredentialsProvider(s.s3.AccessKey, s.s3.SecretKey, "")})
	if err != nil {
		return nil, err
	}
	return app.New(settings, s3, log)
}

// fileLog keeps the worker's log out of what people read.
func fileLog(path string) (*zap.Logger, error) {
	settings := zap.NewProductionConfig()
	settings.OutputPaths = []string{path}
	settings.ErrorOutputPaths = []string{path}
	settings.DisableStacktrace = true
	log, err := settings.Build()
	if err != nil {
		return nil, fmt.Errorf("opening the worker's log: %w", err)
	}
	return log, nil
}

// runOnce runs the pipeline to its verdict. A data directory holds one such run a day: started again after a kill, or
// after its verdict, it is the same run and the same result.
func runOnce(ctx context.Context, c client.Client, parts *app.Service, o options, stdout, stderr io.Writer) (int, error) {
	settings, err := parts.Config.Pipeline(demoPipeline)
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
		err = showReport(ctx, parts.Store, result, stdout)
	}
	if err != nil {
		return runs.ExitError, err
	}
	if o.exitCode {
		return runs.ExitCode(result, nil), nil
	}
	return runs.ExitOK, nil
}

// runDate is the business date of the data directory's run: the one that it began, until a day has passed.
func runDate(data string, location func() (*time.Location, error)) (string, error) {
	zone, err := location()
	if err != nil {
		return "", err
	}
	path := filepath.Join(data, "run-date")
	now := time.Now().In(zone)
	if text, err := os.ReadFile(path); err == nil {
		// A run that began before midnight is gone on with after it.
		if begun, err := time.ParseInLocation(time.DateOnly, string(text), zone); err == nil && now.Sub(begun) < 36*time.Hour {
			return string(text), nil
		}
	}
	date := now.Format(time.DateOnly)
	if err := os.WriteFile(path, []byte(date), 0o644); err != nil {
		return "", fmt.Errorf("noting the run's date: %w", err)
	}
	return date, nil
}

// showReport prints the summary of the run's report.
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
