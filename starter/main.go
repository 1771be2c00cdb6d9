// Command tieout is the operator's command line: it starts, watches and decides runs, reads their reports, applies
// schedules, ties out files on disk, and looks whether everything around tieout is in order (DESIGN §7).
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	a := newApp(os.Args[0], os.Stdin, os.Stdout, os.Stderr)
	code := a.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run executes one command line and returns its exit code.
func (a *program) run(ctx context.Context, args []string) int {
	stdout := &outlet{Writer: a.out}
	a.out = stdout
	root := a.command()
	root.SetArgs(args)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := root.ExecuteContext(ctx)
	if err != nil && !a.began {
		// Cobra itself objected: unknown command, unknown flag, wrong arguments.
		err = &usageError{message: err.Error()}
	}
	if err == nil && stdout.failed != nil {
		err = fmt.Errorf("writing the output: %w", stdout.failed)
	}
	if message := messageOf(err); message != "" {
		fmt.Fprintln(a.err, a.paint(red, a.name+":"), message)
	}
	return exitCode(err)
}

// outlet remembers that stdout could not be written: half a document on a full disk must not end with success.
type outlet struct {
	io.Writer
	failed error
}

func (o *outlet) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if err != nil && o.failed == nil {
		o.failed = err
	}
	return n, err
}
