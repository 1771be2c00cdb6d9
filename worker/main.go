// Command tieout-worker runs the workflows and activities of tieout against any Temporal, S3 and Concur.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"tieout/internal/app"
	"tieout/internal/runs"
)

func main() {
	app.Main(func(ctx context.Context) int { return run(ctx, os.Args[1:], os.Stdout, os.Stderr) })
}

// run works until ctx ends or the worker cannot continue, and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := command()
	c.SetArgs(args)
	c.SetOut(stdout)
	c.SetErr(stderr)
	err := c.ExecuteContext(ctx)
	if err == nil {
		return runs.ExitOK
	}
	fmt.Fprintln(stderr, "tieout-worker:", err)
	if _, usage := errors.AsType[*app.UsageError](err); usage {
		return runs.ExitUsage
	}
	return runs.ExitError
}

// options are the worker's flags.
type options struct {
	config, listen, logFormat, logLevel string
}

func command() *cobra.Command {
	var o options
	c := &cobra.Command{
		Use:   "tieout-worker --config tieout.yaml",
		Short: "Run tieout's workflows and activities",
		Long: `Run tieout's workflows and activities.

Temporal is found by TEMPORAL_* and temporal.toml, S3 by the AWS default chain (AWS_ENDPOINT_URL_S3 for one that is not AWS).
A Temporal that does not answer is waited for; /readyz and the log say so.
TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID, set together, version the worker: a run stays on the version it began with.
OTEL_EXPORTER_OTLP_ENDPOINT, or OTEL_TRACES_EXPORTER=otlp, sends traces by OTLP over gRPC; the other OTEL_* variables hold for them.

SIGTERM and SIGINT let activities finish for 20 seconds; a second one ends the process at once.
Exit codes: 0 stopped as asked, 1 error, 2 flags, configuration or environment, 130 ended by a second signal.`,
		Args: func(c *cobra.Command, args []string) error {
			if err := cobra.NoArgs(c, args); err != nil {
				return app.Usagef("%w", err)
			}
			return nil
		},
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(c *cobra.Command, _ []string) error { return work(c.Context(), o) },
	}
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return app.Usagef("%w (--help lists the flags)", err)
	})
	c.Flags().StringVar(&o.config, "config", app.ConfigPath(), "the configuration; TIEOUT_CONFIG names it as well")
	c.Flags().StringVar(&o.listen, "listen", "127.0.0.1:9464", "where health, readiness and metrics are served; empty for nowhere")
	c.Flags().StringVar(&o.logFormat, "log-format", "json", "json or console")
	c.Flags().StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	return c
}
