package systemtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/durationpb"

	"tieout/internal/app"
)

// Shift is a namespace with a configuration, and the workers that do its nights.
type Shift struct {
	// Name is the namespace, and the prefix in the bucket.
	Name   string
	Nights []*Night
	// S3 stands between the workers and the S3 server.
	S3     *S3Proxy
	Client client.Client
	// Dir holds tieout.yaml and the workers' logs.
	Dir string

	ground  *Ground
	options ShiftOptions
	hired   int
	steps
	settling sync.Mutex // of the configuration
}

// ShiftOptions change what a shift's configuration says. The zero value is good.
type ShiftOptions struct {
	// Bucket other than the ground's.
	Bucket string
	// Temporal is where the workers look for it, if not at the ground's own address.
	Temporal string
}

// NewShift registers a namespace, starts a Concur for each night and writes the configuration. Close ends it.
func (g *Ground) NewShift(ctx context.Context, name string, o ShiftOptions, nights ...*Night) (*Shift, error) {
	if o.Bucket == "" {
		o.Bucket = Bucket
	}
	if o.Temporal == "" {
		o.Temporal = g.Temporal.HostPort
	}
	s := &Shift{Name: name, Nights: nights, Dir: filepath.Join(g.Dir, "shifts", name), ground: g, options: o}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the directory of shift %s: %w", name, err)
	}
	for _, n := range nights {
		n.begin(s)
	}
	var err error
	if s.S3, err = newS3Proxy(g.S3.Endpoint, s.step); err != nil {
		return nil, err
	}
	if err := s.openNamespace(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.writeConfig(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// openNamespace registers the shift's namespace and its search attributes and connects to it.
func (s *Shift) openNamespace(ctx context.Context) (err error) {
	// It connects with the first request, which is repeated: on a busy machine one may time out.
	s.Client, err = client.NewLazyClient(client.Options{HostPort: s.ground.Temporal.HostPort, Namespace: s.Name,
		Logger: app.TemporalLog(zap.NewNop())})
	if err != nil {
		return fmt.Errorf("connecting to the ground's Temporal: %w", err)
	}
	// The server takes a few a second, one at a time.
	s.ground.registering.Lock()
	defer s.ground.registering.Unlock()
	for {
		if err = s.register(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("registering namespace %s: %w", s.Name, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (s *Shift) register(ctx context.Context) error {
	_, err := s.Client.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: s.Name, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour)})
	var there *serviceerror.NamespaceAlreadyExists
	if err != nil && !errors.As(err, &there) {
		return err
	}
	return app.EnsureSearchAttributes(ctx, s.Client, s.Name)
}

// settle changes the settings of a night's connection.
func (s *Shift) settle(n *Night, connection map[string]any) error {
	s.settling.Lock()
	defer s.settling.Unlock()
	if n.Connection == nil {
		n.Connection = map[string]any{}
	}
	maps.Copy(n.Connection, connection)
	return s.writeConfig()
}

// writeConfig writes tieout.yaml from the nights' settings: for workers that are hired from now on.
func (s *Shift) writeConfig() error {
	connections, pipelines := map[string]any{}, map[string]any{}
	for _, n := range s.Nights {
		connections[n.Name] = n.connection()
		pipelines[n.Name] = n.pipeline()
	}
	// JSON is YAML.
	text, err := json.MarshalIndent(map[string]any{
		"connections": connections, "pipelines": pipelines,
		"storage": map[string]any{"bucket": s.options.Bucket, "prefix": s.Name},
	}, "", " ")
	next := s.ConfigPath() + ".next"
	if err == nil {
		err = os.WriteFile(next, text, 0o600)
	}
	if err == nil {
		err = os.Rename(next, s.ConfigPath()) // a worker that starts meanwhile reads the one or the other
	}
	if err != nil {
		return fmt.Errorf("writing the configuration of shift %s: %w", s.Name, err)
	}
	return nil
}

// ConfigPath is where the shift's tieout.yaml lies.
func (s *Shift) ConfigPath() string { return filepath.Join(s.Dir, "tieout.yaml") }

// environment is what a process of the shift finds Temporal, S3 and its configuration by.
func (s *Shift) environment() []string {
	return append(os.Environ(),
		"TEMPORAL_ADDRESS="+s.options.Temporal, "TEMPORAL_NAMESPACE="+s.Name, "TIEOUT_CONFIG="+s.ConfigPath(),
		"AWS_ENDPOINT_URL_S3="+s.S3.URL, "AWS_REGION="+s.ground.S3.Region,
		"AWS_ACCESS_KEY_ID="+s.ground.S3.AccessKey, "AWS_SECRET_ACCESS_KEY="+s.ground.S3.SecretKey)
}

// Close ends the shift's Concurs and connections. Its workers must have ended.
func (s *Shift) Close() error {
	for _, n := range s.Nights {
		n.Concur.Close()
	}
	if s.Client != nil {
		s.Client.Close()
	}
	return s.S3.Close()
}
