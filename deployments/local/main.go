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
	"os/signal"
	"syscall"
)

// Exit codes, those of tieout (DESIGN §7).
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-signals
		cancel()
		<-signals // an operator who asks twice does not want to wait; the state survives it
		os.Exit(exitInterrupted)
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run does what the arguments say until it is done or ctx ends, and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintln(stderr, "Error:", err)
		return exitUsage
	}
	code, err := serve(ctx, o, stdout, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "Error:", err)
	}
	return code
}
