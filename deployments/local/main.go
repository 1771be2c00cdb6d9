// Command local runs tieout on one machine, with nothing but Go installed: a Temporal server with its Web UI, an S3
// server, a simulated Concur and the worker, in one process on loopback, with their state in one directory.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"tieout/internal/app"
	"tieout/internal/runs"
)

func main() {
	app.Main(func(ctx context.Context) int { return run(ctx, os.Args[1:], os.Stdout, os.Stderr) })
}

// run runs the command until it is done or ctx ends, and returns an exit code of docs/command-line.md.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return runs.ExitOK
	case err != nil:
		fmt.Fprintln(stderr, "Error:", err)
		return runs.ExitUsage
	}
	code, err := serve(ctx, o, stdout, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "Error:", err)
	}
	return code
}
