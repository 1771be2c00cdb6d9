// Command tieout is the operator's command line. It starts, watches and decides runs, shows their reports, applies
// schedules, ties out files on disk, and examines everything that tieout depends on. docs/command-line.md describes it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"tieout/internal/app"
	"tieout/internal/runs"
	"tieout/starter/printer"
)

func main() {
	a := newProgram(os.Args[0], os.Stdin, os.Stdout, os.Stderr)
	app.Main(func(ctx context.Context) int { return a.run(ctx, os.Args[1:]) })
}

// run executes one command line and returns its exit code.
func (a *program) run(ctx context.Context, args []string) int {
	stdout := &checkedWriter{Writer: a.Out}
	a.Out = stdout
	root := a.command()
	root.SetArgs(args)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	err := root.ExecuteContext(ctx)
	if err != nil && !a.began {
		err = app.Usagef("%w", err) // Cobra refused it: an unknown command, an unknown flag, wrong arguments
	}
	if err == nil && stdout.failed != nil {
		err = fmt.Errorf("writing the output: %w", stdout.failed)
	}
	if code, ok := errors.AsType[exited](err); ok {
		return int(code)
	}
	if message := app.Message(err); message != "" {
		fmt.Fprintln(a.Err, a.Paint(printer.Red, a.name+":"), message)
	}
	return app.ExitCode(err)
}

// checkedWriter keeps the first error of writing to stdout, so that half a document on a full disk does not end with
// success.
type checkedWriter struct {
	io.Writer
	failed error
}

func (w *checkedWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if w.failed == nil {
		w.failed = err
	}
	return n, err
}

// exited is an exit code whose reason has been shown already.
type exited int

func (exited) Error() string { return "" }

// ended returns nil for the exit code 0, and an exited for every other.
func ended(code int) error {
	if code == runs.ExitOK {
		return nil
	}
	return exited(code)
}

// toldError replaces the message of an error, whose exit code it keeps.
type toldError struct {
	message string
	cause   error
}

func (e *toldError) Error() string { return e.message }
func (e *toldError) Unwrap() error { return e.cause }
