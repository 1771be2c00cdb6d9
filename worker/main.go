// Command worker runs tieout's workflows and activities against any Temporal, S3 and Concur.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"tieout/internal/config"
	"tieout/internal/landing"
	"tieout/internal/service"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		var wrong *config.Error
		if errors.As(err, &wrong) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

// options are the worker's flags.
type options struct {
	config, listen, logFormat, logLevel string
}

func command() *cobra.Command {
	var o options
	c := &cobra.Command{
		Use:           "worker --config tieout.yaml",
		Short:         "Run tieout's workflows and activities",
		Long:          "Temporal is found by TEMPORAL_* and temporal.toml, S3 by the AWS default chain (AWS_ENDPOINT_URL_S3 for one that is not AWS).",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(c *cobra.Command, _ []string) error { return run(c.Context(), o) },
	}
	path := os.Getenv("TIEOUT_CONFIG")
	if path == "" {
		path = "tieout.yaml"
	}
	c.Flags().StringVar(&o.config, "config", path, "the configuration; TIEOUT_CONFIG names it as well")
	c.Flags().StringVar(&o.listen, "listen", "127.0.0.1:9464", "where health, readiness and metrics are served; empty for nowhere")
	c.Flags().StringVar(&o.logFormat, "log-format", "json", "json or console")
	c.Flags().StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	return c
}

// run works until ctx ends, then lets activities finish: what does not finish in time goes on elsewhere.
func run(ctx context.Context, o options) error {
	log, err := service.NewLog(o.logFormat, o.logLevel)
	if err != nil {
		return err
	}
	defer func() { _ = log.Sync() }() // a terminal cannot be synced
	settings, err := config.Load(o.config)
	if err != nil {
		return err
	}
	for _, warning := range settings.Warnings {
		log.Warn("Configuration", zap.Stringer("warning", warning))
	}
	s3, err := landing.NewS3Client(ctx, landing.ClientOptions{})
	if err != nil {
		return fmt.Errorf("finding S3 by the AWS default chain: %w", err)
	}
	parts, err := service.New(settings, s3, log)
	if err != nil {
		return err
	}
	c, namespace, err := service.Dial(ctx, log)
	if err != nil {
		return err
	}
	defer c.Close()
	attributesErr := service.EnsureSearchAttributes(ctx, c, namespace)
	if attributesErr != nil {
		log.Warn("Runs go on without search attributes", zap.Error(attributesErr))
	}
	w := parts.NewWorker(c, attributesErr == nil)
	if err := w.Start(); err != nil {
		return fmt.Errorf("starting the worker: %w", err)
	}
	log.Info("Worker is ready", zap.String("configuration", settings.Path), zap.Int("pipelines", len(settings.Pipelines)),
		zap.String("namespace", namespace))
	<-ctx.Done()
	log.Info("Worker stops; activities finish first", zap.Duration("at most", service.StopTimeout))
	w.Stop()
	return nil
}
