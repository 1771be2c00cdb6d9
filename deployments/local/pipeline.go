package main

import (
	"context"
	"errors"
	"io"
)

// runPipeline runs the worker on the system and, with --once, the pipeline nightly-sae to its verdict; else it stays
// until ctx ends.
func runPipeline(ctx context.Context, _ *system, o options, _, _ io.Writer) (int, error) {
	if o.once {
		return exitError, errors.New("--once needs the worker, which this build does not hold yet")
	}
	<-ctx.Done()
	return exitOK, nil
}
