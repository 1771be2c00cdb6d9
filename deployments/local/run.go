package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"tieout/deployments/local/stack"
	"tieout/internal/app"
	"tieout/internal/runs"
)

// demoBucket holds the evidence.
const demoBucket = "tieout-demo"

// system is what is running. With --server-only there are Temporal and its UI alone.
type system struct {
	temporal *stack.Temporal
	ui       *stack.UI
	s3       *stack.S3
	concur   *stack.Concur
	// config is the path of tieout.yaml.
	config string
	// env is the path of the shell's lines that say where everything is.
	env string

	stops []func() error
}

// serve starts the system, runs the pipeline where that is asked for, and stops everything in order.
func serve(ctx context.Context, o options, stdout, stderr io.Writer) (code int, err error) {
	held, err := lock(o.data)
	if err != nil {
		return runs.ExitError, err
	}
	defer held.Close()
	s, err := assemble(ctx, o)
	if err != nil && ctx.Err() != nil {
		return runs.ExitDetached, nil
	}
	if setting := (*stack.SettingError)(nil); errors.As(err, &setting) {
		return runs.ExitUsage, err
	}
	if err != nil {
		return runs.ExitError, err
	}
	defer func() {
		if stopErr := s.stop(); stopErr != nil {
			code, err = max(code, runs.ExitError), errors.Join(err, stopErr)
		}
	}()

	status := stdout
	if o.json {
		status = stderr
	}
	if s.env, err = s.writeEnvironment(o.data); err != nil {
		return runs.ExitError, err
	}
	s.describe(status, o)
	if o.serverOnly {
		<-ctx.Done()
		return runs.ExitOK, nil
	}
	code, err = runPipeline(ctx, s, o, stdout, stderr)
	if err != nil && ctx.Err() != nil {
		// What fails after an operator asked to stop is that wish, not a fault.
		return runs.ExitDetached, nil
	}
	return code, err
}

// assemble starts the servers, those first that others need.
func assemble(ctx context.Context, o options) (_ *system, err error) {
	s := &system{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	if !o.serverOnly {
		if err := s.startSources(ctx, o); err != nil {
			return nil, err
		}
	}
	if s.temporal, err = stack.StartTemporal(ctx, stack.TemporalOptions{Address: o.temporal, DataDir: o.data, SearchAttributes: app.SearchAttributes()}); err != nil {
		return nil, err
	}
	s.stops = append(s.stops, s.temporal.Stop)
	if s.ui, err = stack.StartUI(ctx, stack.UIOptions{Address: o.ui, Temporal: s.temporal.HostPort, Namespace: s.temporal.Namespace}); err != nil {
		return nil, err
	}
	s.stops = append(s.stops, s.ui.Stop)
	return s, nil
}

// startSources starts what the pipeline reads from and writes to, and writes its configuration.
func (s *system) startSources(ctx context.Context, o options) (err error) {
	if s.s3, err = stack.StartS3(ctx, stack.S3Options{Address: o.s3, DataDir: o.data, Bucket: demoBucket}); err != nil {
		return err
	}
	s.stops = append(s.stops, s.s3.Stop)
	if s.concur, err = stack.StartConcur(ctx, stack.ConcurOptions{Address: o.concur, DataDir: o.data, Rows: o.rows}); err != nil {
		return err
	}
	s.stops = append(s.stops, s.concur.Stop)
	s.config, err = writeDemo(o.data, demo{ConcurURL: s.concur.URL, Auth: s.concur.Auth, Bucket: demoBucket})
	return err
}

// stop stops everything, the last started first.
func (s *system) stop() error {
	var errs []error
	for len(s.stops) > 0 {
		last := len(s.stops) - 1
		errs = append(errs, s.stops[last]())
		s.stops = s.stops[:last]
	}
	return errors.Join(errs...)
}

// describe says where everything is.
func (s *system) describe(w io.Writer, o options) {
	fmt.Fprintf(w, "Web UI    %s\n", s.ui.URL)
	fmt.Fprintf(w, "Temporal  %s, namespace %s\n", s.temporal.HostPort, s.temporal.Namespace)
	if s.s3 != nil {
		fmt.Fprintf(w, "S3        %s, bucket %s, AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s\n", s.s3.Endpoint, s.s3.Bucket, s.s3.AccessKey, s.s3.SecretKey)
		fmt.Fprintf(w, "Objects   %s (as files)\n", s.s3.Dir)
	}
	if s.concur != nil {
		fmt.Fprintf(w, "Concur    %s (simulated)\n", s.concur.URL)
	}
	if s.config != "" {
		fmt.Fprintf(w, "Settings  %s\n", s.config)
	}
	fmt.Fprintf(w, "State     %s\n", o.data)
	fmt.Fprintf(w, "Shell     . %s (sets all this for tieout and worker in another terminal)\n", quoted(s.env))
	if !o.once {
		fmt.Fprintln(w, "Ctrl-C stops it; the state stays.")
	}
}
