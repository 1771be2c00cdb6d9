package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"tieout/deployments/local/stack"
	"tieout/internal/app"
	"tieout/internal/runs"
)

// demoBucket is the bucket of the demo.
const demoBucket = "tieout-demo"

// system is the servers that are running. With --server-only these are Temporal and its Web UI alone.
type system struct {
	temporal *stack.Temporal
	ui       *stack.UI
	s3       *stack.S3
	concur   *stack.Concur
	// config is the path of tieout.yaml.
	config string
	// env is the path of the file with variables for a shell.
	env string

	stops []func() error
}

// serve starts the servers, runs the pipeline unless --server-only is given, and stops everything in order.
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
	if _, ok := errors.AsType[*stack.SettingError](err); ok {
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
		// What fails after somebody asked to stop fails for that reason.
		return runs.ExitDetached, nil
	}
	return code, err
}

// assemble starts the servers, in the order in which they need each other.
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

// startSources starts the simulated Concur and the S3 server, and writes the demo's configuration.
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
	var failed error
	for _, stop := range slices.Backward(s.stops) {
		failed = errors.Join(failed, stop())
	}
	return failed
}

// describe writes where everything is.
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
