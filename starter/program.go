package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"
	"golang.org/x/term"

	"tieout/internal/app"
	"tieout/internal/bucket"
	"tieout/internal/config"
	"tieout/starter/printer"
)

// program is one invocation of the command line. Its functions reach what lies outside the process, and tests replace
// them.
type program struct {
	printer.Printer
	in io.Reader
	// name is how people call the program: tieout, or temporal tieout as an extension of the Temporal CLI.
	name   string
	asks   bool // standard input and error are terminals, so that somebody can be asked
	began  bool // a command's own code was reached
	config string

	dial func(ctx context.Context) (client.Client, string, error)
	s3   func(ctx context.Context) (bucket.S3, error)
	open func(target string) error
	now  func() time.Time
}

func newProgram(arg0 string, in, out, err *os.File) *program {
	terminal := func(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
	a := &program{
		Printer: printer.Printer{Out: out, Err: err, Terminal: terminal(out), Live: terminal(err), Width: 100},
		in:      in, name: programName(arg0), asks: terminal(in) && terminal(err),
		dial: func(ctx context.Context) (client.Client, string, error) { return app.Dial(ctx, zap.NewNop()) },
		s3: func(ctx context.Context) (bucket.S3, error) {
			return bucket.NewClient(ctx, bucket.ClientOptions{})
		},
		open: openWithSystem, now: time.Now,
	}
	if columns, _, err := term.GetSize(int(out.Fd())); err == nil && columns > 0 {
		a.Width = columns
	}
	a.Color = a.Terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return a
}

// programName returns the name for help and errors. The Temporal CLI runs a binary named temporal-tieout for
// `temporal tieout`.
func programName(arg0 string) string {
	base := strings.TrimSuffix(filepath.Base(arg0), ".exe")
	if rest, ok := strings.CutPrefix(base, "temporal-"); ok && rest != "" {
		return "temporal " + rest
	}
	return "tieout"
}

// settings reads tieout.yaml with its secrets.
func (a *program) settings() (*config.Config, error) { return usable(config.Load(a.config)) }

// settingsWithoutSecrets reads tieout.yaml for commands that need none of its secrets.
func (a *program) settingsWithoutSecrets() (*config.Config, error) {
	return usable(config.LoadWithoutSecrets(a.config))
}

func usable(settings *config.Config, err error) (*config.Config, error) {
	if err != nil {
		return nil, app.Usagef("%w", err)
	}
	return settings, nil
}

// temporal connects to Temporal, and returns the client with its namespace. The caller closes the client.
func (a *program) temporal(ctx context.Context) (client.Client, string, error) {
	c, namespace, err := a.dial(ctx)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return c, namespace, err
}

// withTemporal calls do with a client of Temporal.
func (a *program) withTemporal(ctx context.Context, do func(client.Client) error) error {
	c, _, err := a.temporal(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return do(c)
}

// findS3 finds S3 by the AWS default chain.
func (a *program) findS3(ctx context.Context) (bucket.S3, error) {
	s3, err := a.s3(ctx)
	if err != nil {
		return nil, fmt.Errorf("finding S3 by the AWS default chain: %w", err)
	}
	return s3, nil
}

// store opens a bucket.
func (a *program) store(ctx context.Context, name string) (*bucket.Store, error) {
	s3, err := a.findS3(ctx)
	if err != nil {
		return nil, err
	}
	return bucket.New(s3, name, bucket.Options{}), nil
}

// services connects everything that the configuration names. It sends no request.
func (a *program) services(ctx context.Context, settings *config.Config) (*app.Service, error) {
	s3, err := a.findS3(ctx)
	if err != nil {
		return nil, err
	}
	return app.New(settings, s3, zap.NewNop())
}
