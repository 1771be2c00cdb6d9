// Package stack runs tieout's worker and the servers that it needs in one process, on loopback, with their state on disk:
// the Temporal server, its Web UI, an S3 server and a simulated Concur. All but the last are the real ones, in small.
package stack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/server/temporal"
)

// TemporalOptions says where the Temporal server listens and keeps its state.
type TemporalOptions struct {
	// Address is a loopback host:port; port 0 takes a free one.
	Address string
	// DataDir holds temporal.db and, with the server's warnings and errors, temporal.log.
	DataDir string
	// SearchAttributes are registered in the namespace, also in one that is older than they are.
	SearchAttributes map[string]enums.IndexedValueType
}

// Temporal is a running Temporal server.
type Temporal struct {
	// HostPort is the address of its frontend, for gRPC.
	HostPort string
	// Namespace is the namespace "default", made with the database.
	Namespace string

	server temporal.Server
	log    *serverLog
}

// StartTemporal starts a Temporal server and returns once it answers and has the namespace and the search attributes. Its
// state survives a kill of the process at any moment.
func StartTemporal(ctx context.Context, options TemporalOptions) (*Temporal, error) {
	address, err := resolve("Temporal", "--temporal", options.Address)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(options.DataDir, 0o755); err != nil {
		return nil, fmt.Errorf("making the data directory: %w", err)
	}
	log, err := openServerLog(filepath.Join(options.DataDir, "temporal.log"))
	if err != nil {
		return nil, err
	}
	t := &Temporal{HostPort: address.String(), Namespace: "default", log: log}
	if err := t.start(ctx, address, options); err != nil {
		return nil, fmt.Errorf("starting Temporal on %s with its state in %s: %w", address, options.DataDir, errors.Join(err, t.Stop()))
	}
	return t, nil
}

// start builds the server, starts it and waits until it serves the namespace.
func (t *Temporal) start(ctx context.Context, address netip.AddrPort, options TemporalOptions) error {
	database, err := openDatabase(filepath.Join(options.DataDir, "temporal.db"), t.Namespace, options.SearchAttributes)
	if err != nil {
		return err
	}
	config, err := serverConfig(address, database)
	if err != nil {
		return err
	}
	if t.server, err = t.log.startServer(config); err != nil {
		return err
	}
	return t.prepare(ctx, options.SearchAttributes)
}

// prepare waits for the frontend and registers search attributes that an older namespace lacks.
func (t *Temporal) prepare(ctx context.Context, attributes map[string]enums.IndexedValueType) error {
	c, err := client.DialContext(ctx, client.Options{HostPort: t.HostPort, Namespace: t.Namespace, Logger: quiet})
	if err != nil {
		return fmt.Errorf("reaching the server that has just started: %w", err)
	}
	defer c.Close()
	if _, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: t.Namespace}); err != nil {
		return fmt.Errorf("describing namespace %q: %w", t.Namespace, err)
	}
	known, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: t.Namespace})
	if err != nil {
		return fmt.Errorf("listing search attributes: %w", err)
	}
	missing := maps.Clone(attributes)
	maps.DeleteFunc(missing, func(name string, kind enums.IndexedValueType) bool { return known.GetCustomAttributes()[name] == kind })
	if len(missing) == 0 {
		return nil
	}
	if _, err := c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: t.Namespace, SearchAttributes: missing}); err != nil {
		return fmt.Errorf("adding search attributes %v: %w", slices.Sorted(maps.Keys(missing)), err)
	}
	return nil
}

// Stop ends the server and closes its database and log.
func (t *Temporal) Stop() error {
	var err error
	if t.server != nil {
		if err = t.server.Stop(); err != nil {
			err = fmt.Errorf("stopping Temporal: %w", err)
		}
		t.server = nil
	}
	return errors.Join(err, t.log.Close())
}
