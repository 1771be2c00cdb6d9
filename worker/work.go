package main

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.uber.org/zap"

	"tieout/internal/app"
	"tieout/internal/bucket"
	"tieout/internal/config"
)

// flushTimeout is how long a stopping worker still serves and sends metrics and traces.
const flushTimeout = 5 * time.Second

// work runs the worker until ctx ends, and then lets activities finish. Those that do not finish in time continue on
// another worker.
func work(ctx context.Context, o options) error {
	log, err := newLog(o)
	if err != nil {
		return err
	}
	defer func() { _ = log.Sync() }() // a terminal cannot be synced
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	parts, versioning, err := assemble(ctx, o, log)
	if err != nil {
		return err
	}
	measured, err := newMetrics(log)
	if err != nil {
		return err
	}
	traced, err := newTraces(ctx, log)
	if err != nil {
		return err
	}
	defer traced.stop(log)
	state := newHealth()
	served, err := serve(o.listen, state, measured, log)
	if err != nil {
		return err
	}
	defer served.stop()

	fatal := make(chan error, 1)
	p, err := begin(ctx, parts, state, log, func(options *client.Options) {
		options.MetricsHandler = measured.temporal
		options.Interceptors = traced.interceptors
	}, func(options *worker.Options) {
		options.OnFatalError = func(err error) { fatal <- err } // called once
		if versioning != nil {
			options.DeploymentOptions = *versioning
		}
	})
	if err != nil {
		return err
	}
	defer p.stop()
	go measured.watchTokens(ctx, parts.Tokens)
	state.ready(p.client)
	log.Info("Worker is ready", zap.String("software", app.Version()), zap.String("configuration", parts.Config.Path),
		zap.Int("pipelines", len(parts.Config.Pipelines)), zap.String("namespace", p.namespace))
	select {
	case err := <-fatal:
		state.notReady("the worker ended: " + err.Error())
		return fmt.Errorf("the worker cannot go on: %w", err)
	case err := <-served.failed:
		return fmt.Errorf("serving health and metrics on %s: %w", o.listen, err)
	case <-ctx.Done():
	}
	state.notReady("the worker stops")
	log.Info("Worker stops; activities finish first", zap.Duration("at most", app.StopTimeout))
	return nil
}

func newLog(o options) (*zap.Logger, error) {
	if o.logFormat != "json" && o.logFormat != "console" {
		return nil, app.Usagef("--log-format %s: want json or console", o.logFormat)
	}
	log, err := app.NewLog(o.logFormat, o.logLevel)
	if err != nil {
		return nil, app.Usagef("--log-level %s: want debug, info, warn or error", o.logLevel)
	}
	return log, nil
}

// assemble reads the configuration and the environment, and connects everything that they name. It sends no request.
func assemble(ctx context.Context, o options, log *zap.Logger) (*app.Service, *worker.DeploymentOptions, error) {
	settings, err := config.Load(o.config)
	if err != nil {
		return nil, nil, app.Usagef("%w", err)
	}
	for _, warning := range settings.Warnings {
		log.Warn("Configuration", zap.Stringer("warning", warning))
	}
	versioning, err := app.Versioning()
	if err != nil {
		return nil, nil, app.Usagef("%w", err)
	}
	if versioning != nil {
		log.Info("Worker is versioned; it gets runs once its version is the current one",
			zap.String("deployment", versioning.Version.DeploymentName), zap.String("build", versioning.Version.BuildID))
	}
	s3, err := bucket.NewClient(ctx, bucket.ClientOptions{})
	if err != nil {
		return nil, nil, fmt.Errorf("finding S3 by the AWS default chain: %w", err)
	}
	parts, err := app.New(settings, s3, log)
	if err != nil {
		return nil, nil, app.Usagef("%w", err)
	}
	return parts, versioning, nil
}
