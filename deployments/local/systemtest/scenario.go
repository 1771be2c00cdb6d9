package systemtest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/durationpb"

	"tieout/deployments/local/stack"
	"tieout/internal/app"
)

// Scenario is a namespace with a configuration, its pipelines and the workers that serve them.
type Scenario struct {
	// Name is the name of the namespace, and the prefix in the bucket.
	Name      string
	Pipelines []*Pipeline
	// S3 stands between the workers and the S3 server.
	S3     *S3Proxy
	Client client.Client
	// Dir holds tieout.yaml and the workers' logs.
	Dir string

	servers *Servers
	options ScenarioOptions
	workers int // started so far
	steps   steps
	writing sync.Mutex // held while the configuration changes
}

// ScenarioOptions change the configuration of a scenario. The zero value suits most tests.
type ScenarioOptions struct {
	// Bucket replaces the servers' bucket.
	Bucket string
	// Temporal replaces the address at which the workers look for Temporal.
	Temporal string
}

// NewScenario registers a namespace, starts a simulated Concur for each pipeline and writes the configuration. The caller
// closes the scenario.
func (v *Servers) NewScenario(ctx context.Context, name string, o ScenarioOptions, pipelines ...*Pipeline) (*Scenario, error) {
	o.Bucket, o.Temporal = cmp.Or(o.Bucket, Bucket), cmp.Or(o.Temporal, v.Temporal.HostPort)
	s := &Scenario{Name: name, Pipelines: pipelines, Dir: filepath.Join(v.Dir, "scenarios", name), servers: v, options: o}
	for _, p := range pipelines {
		p.start(s)
	}
	var err error
	if s.S3, err = newS3Proxy(v.S3.Endpoint, s.steps.step); err != nil {
		return nil, err
	}
	if err = s.openNamespace(ctx); err == nil {
		err = s.writeConfig()
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// openNamespace connects to Temporal and registers the namespace with its search attributes.
func (s *Scenario) openNamespace(ctx context.Context) (err error) {
	// The client connects with its first request. On a busy machine that may time out, and the loop below repeats it.
	s.Client, err = client.NewLazyClient(client.Options{HostPort: s.servers.Temporal.HostPort, Namespace: s.Name,
		Logger: app.TemporalLog(zap.NewNop())})
	if err != nil {
		return fmt.Errorf("connecting to Temporal: %w", err)
	}
	// The server registers only a few namespaces a second, and one at a time.
	s.servers.registering.Lock()
	defer s.servers.registering.Unlock()
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

func (s *Scenario) register(ctx context.Context) error {
	_, err := s.Client.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: s.Name, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour)})
	if _, exists := errors.AsType[*serviceerror.NamespaceAlreadyExists](err); err != nil && !exists {
		return err
	}
	return app.EnsureSearchAttributes(ctx, s.Client, s.Name)
}

// writeConfig writes tieout.yaml for the workers that start from now on.
func (s *Scenario) writeConfig() error {
	connections, pipelines := map[string]any{}, map[string]any{}
	for _, p := range s.Pipelines {
		connections[p.Name], pipelines[p.Name] = p.connectionSettings(), p.pipelineSettings()
	}
	return writeConfig(s.ConfigPath(), s.options.Bucket, s.Name, connections, pipelines)
}

func writeConfig(path, bucket, prefix string, connections, pipelines map[string]any) error {
	text, err := json.MarshalIndent(map[string]any{ // JSON is YAML
		"connections": connections, "pipelines": pipelines, "storage": map[string]any{"bucket": bucket, "prefix": prefix}}, "", " ")
	if err != nil {
		return fmt.Errorf("encoding %s: %w", path, err)
	}
	return stack.WriteFile(path, text)
}

// ConfigPath returns the path of the scenario's tieout.yaml.
func (s *Scenario) ConfigPath() string { return filepath.Join(s.Dir, "tieout.yaml") }

// environment returns the variables by which a process finds Temporal, S3 and the scenario's configuration.
func (s *Scenario) environment() []string {
	return environment(s.options.Temporal, s.Name, s.ConfigPath(), s.S3.URL, s.servers.S3)
}

func environment(temporal, namespace, config, endpoint string, s3 *stack.S3) []string {
	return append(os.Environ(), "TEMPORAL_ADDRESS="+temporal, "TEMPORAL_NAMESPACE="+namespace, "TIEOUT_CONFIG="+config,
		"AWS_ENDPOINT_URL_S3="+endpoint, "AWS_REGION="+s3.Region, "AWS_ACCESS_KEY_ID="+s3.AccessKey, "AWS_SECRET_ACCESS_KEY="+s3.SecretKey)
}

// Close stops each simulated Concur and closes the connections. The workers must have ended before.
func (s *Scenario) Close() error {
	for _, p := range s.Pipelines {
		p.Concur.Close()
	}
	if s.Client != nil {
		s.Client.Close()
	}
	return s.S3.Close()
}
