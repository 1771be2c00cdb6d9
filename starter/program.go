package main

import (
	"context"
	"encoding/json"
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
)

// program is one invocation: its flags, its streams, and the ways to what lies outside, which tests replace.
type program struct {
	// name is how people call the program: "tieout", or "temporal tieout" as an extension of the Temporal CLI.
	name     string
	in       io.Reader
	out, err io.Writer
	// terminal is true when out is one, live when err is one: live progress is drawn there.
	terminal, live, color bool
	asks                  bool // in and err are a terminal: somebody can be asked
	width                 int
	began                 bool // a command's own code was reached

	config string
	json   bool

	dial func(ctx context.Context) (client.Client, string, error)
	s3   func(ctx context.Context) (bucket.S3, error)
	open func(target string) error
	now  func() time.Time
}

func newApp(arg0 string, in, out, err *os.File) *program {
	a := &program{
		name: programName(arg0), in: in, out: out, err: err, asks: term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(err.Fd())),
		terminal: term.IsTerminal(int(out.Fd())), live: term.IsTerminal(int(err.Fd())), width: 100,
		dial: func(ctx context.Context) (client.Client, string, error) { return app.Dial(ctx, zap.NewNop()) },
		s3: func(ctx context.Context) (bucket.S3, error) {
			return bucket.NewClient(ctx, bucket.ClientOptions{})
		},
		open: openWithSystem, now: time.Now,
	}
	if columns, _, err := term.GetSize(int(out.Fd())); err == nil && columns > 0 {
		a.width = columns
	}
	a.color = a.terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return a
}

// programName is the name for usage texts. The Temporal CLI runs a binary named temporal-tieout for `temporal tieout`.
func programName(arg0 string) string {
	base := strings.TrimSuffix(filepath.Base(arg0), ".exe")
	if rest, ok := strings.CutPrefix(base, "temporal-"); ok && rest != "" {
		return "temporal " + rest
	}
	return "tieout"
}

// settings reads tieout.yaml with everything in it that is secret.
func (a *program) settings() (*config.Config, error) { return a.loaded(config.Load(a.config)) }

// settingsWithoutSecrets reads tieout.yaml for commands that need no credentials from it.
func (a *program) settingsWithoutSecrets() (*config.Config, error) {
	return a.loaded(config.LoadWithoutSecrets(a.config))
}

func (a *program) loaded(settings *config.Config, err error) (*config.Config, error) {
	if err != nil {
		return nil, &usageError{message: err.Error(), cause: err}
	}
	return settings, nil
}

// temporal connects to Temporal; the caller closes the client.
func (a *program) temporal(ctx context.Context) (client.Client, error) {
	c, _, err := a.temporalNamespace(ctx)
	return c, err
}

// temporalNamespace connects to Temporal and names the namespace as well.
func (a *program) temporalNamespace(ctx context.Context) (client.Client, string, error) {
	c, namespace, err := a.dial(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, "", ctx.Err()
		}
		return nil, "", &unreachableError{err}
	}
	return c, namespace, nil
}

// store opens a bucket by the AWS default chain.
func (a *program) store(ctx context.Context, name string) (*bucket.Store, error) {
	s3, err := a.s3(ctx)
	if err != nil {
		return nil, fmt.Errorf("finding S3 by the AWS default chain: %w", err)
	}
	return bucket.New(s3, name, bucket.Options{}), nil
}

// services connects everything that the configuration names; nothing outside is asked yet.
func (a *program) services(ctx context.Context, settings *config.Config) (*app.Service, error) {
	s3, err := a.s3(ctx)
	if err != nil {
		return nil, fmt.Errorf("finding S3 by the AWS default chain: %w", err)
	}
	return app.New(settings, s3, zap.NewNop())
}

// document writes the one JSON document of a command with --json.
func (a *program) document(v any) error {
	encoder := json.NewEncoder(a.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	return encoder.Encode(v)
}

func (a *program) println(text ...any) { fmt.Fprintln(a.out, text...) }

func (a *program) printf(format string, args ...any) { fmt.Fprintf(a.out, format, args...) }

// say tells people something beside the result, on stderr.
func (a *program) say(format string, args ...any) { fmt.Fprintf(a.err, format+"\n", args...) }

// warn says what the configuration's warnings are.
func (a *program) warn(settings *config.Config) {
	for _, warning := range settings.Warnings {
		a.say("%s %s", a.paint(yellow, "warning:"), warning)
	}
}
