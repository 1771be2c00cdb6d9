package stack

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strconv"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/temporal"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	storeName   = "sqlite"
	clusterName = "active"
	// retention is long, since people come to look at finished runs.
	retention = 90 * 24 * time.Hour
)

// openDatabase makes the SQLite file on first use and returns how to connect to it. The schema is written to a file of
// another name first, so that a process that is killed meanwhile leaves no half-made database.
func openDatabase(path, namespace string, attributes map[string]enums.IndexedValueType) (*config.SQL, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		unfinished := path + ".new"
		for _, leftover := range []string{unfinished, unfinished + "-journal", path + "-wal", path + "-shm"} {
			if err := os.Remove(leftover); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("clearing away an unfinished database: %w", err)
			}
		}
		if err := sqliteschema.SetupSchema(sqliteConfig(unfinished, "delete")); err != nil {
			return nil, fmt.Errorf("making the database: %w", err)
		}
		if err := os.Rename(unfinished, path); err != nil {
			return nil, fmt.Errorf("making the database: %w", err)
		}
	} else if err != nil {
		return nil, fmt.Errorf("looking for the database: %w", err)
	}

	database := sqliteConfig(path, "wal")
	wanted, err := sqliteschema.NewNamespaceConfig(clusterName, namespace, false, attributes)
	if err != nil {
		return nil, fmt.Errorf("describing namespace %q: %w", namespace, err)
	}
	wanted.Detail.Config.Retention = durationpb.New(retention)
	if err := sqliteschema.CreateNamespaces(database, wanted); err != nil {
		return nil, fmt.Errorf("making namespace %q: %w", namespace, err)
	}
	return database, nil
}

// sqliteConfig connects to a SQLite file. With a write-ahead log, commits survive a kill of the process without a flush of
// the disk for each.
func sqliteConfig(path, journalMode string) *config.SQL {
	return &config.SQL{
		PluginName:   sqlite.PluginName,
		DatabaseName: path,
		ConnectAttributes: map[string]string{
			"mode":         "rwc",
			"journal_mode": journalMode,
			"synchronous":  "normal",
			"busy_timeout": "5000",
		},
	}
}

// serverConfig configures all four services of a server in one process: the frontend on address, the others on free
// ports of the same host. Metrics, profiling and membership have no listeners.
func serverConfig(address netip.AddrPort, database *config.SQL) (*config.Config, error) {
	ports, err := freePorts(address.Addr(), 4)
	if err != nil {
		return nil, err
	}
	service := func(grpcPort, httpPort uint16) config.Service {
		return config.Service{RPC: config.RPC{
			BindOnIP: address.Addr().String(),
			GRPCPort: int(grpcPort),
			HTTPPort: int(httpPort),
		}}
	}
	archival := config.ArchivalNamespaceDefaults{
		History:    config.HistoryArchivalNamespaceDefaults{State: "disabled"},
		Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
	}
	return &config.Config{
		Global: config.Global{Membership: config.Membership{
			MaxJoinDuration:  30 * time.Second,
			BroadcastAddress: address.Addr().String(),
		}},
		Persistence: config.Persistence{
			DefaultStore:     storeName,
			VisibilityStore:  storeName,
			NumHistoryShards: 1,
			DataStores:       map[string]config.DataStore{storeName: {SQL: database}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
				Enabled:                true,
				InitialFailoverVersion: 1,
				RPCAddress:             address.String(),
				// The results of Nexus operations come back over HTTP.
				HTTPAddress: netip.AddrPortFrom(address.Addr(), ports[0]).String(),
			}},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services: map[string]config.Service{
			string(primitives.FrontendService): service(address.Port(), ports[0]),
			string(primitives.HistoryService):  service(ports[1], 0),
			string(primitives.MatchingService): service(ports[2], 0),
			string(primitives.WorkerService):   service(ports[3], 0),
		},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: "disabled"},
			Visibility: config.VisibilityArchival{State: "disabled"},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: archival},
		PublicClient:      config.PublicClient{HostPort: address.String()},
	}, nil
}

// staticHosts gives each service the addresses of the others, instead of a membership protocol.
func staticHosts(cfg *config.Config) temporal.ServerOption {
	hosts := make(map[primitives.ServiceName]static.Hosts, len(cfg.Services))
	for name, service := range cfg.Services {
		hosts[primitives.ServiceName(name)] = static.SingleLocalHost(service.RPC.BindOnIP + ":" + strconv.Itoa(service.RPC.GRPCPort))
	}
	return temporal.WithStaticHosts(hosts)
}

// dynamicConfig changes defaults of the server that do not suit one process on one machine.
func dynamicConfig() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		// The server would report its version to its makers.
		dynamicconfig.EnableServerVersionCheck.Key(): false,
		// One person with a browser reads lists faster than the default of 10 a second allows.
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 200,
		// A task queue with one partition hands a task to the next free poller at once.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
		// The next request finds what has just been registered.
		dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key(): true,
		dynamicconfig.ForceNexusEndpointRefreshOnRead.Key():         true,
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key():            8192,
		// By default timers wait a second for hosts whose clocks are behind. Here there is one clock.
		dynamicconfig.TimerProcessorMaxTimeShift.Key(): 10 * time.Millisecond,
		// The default looks for timers 20 times a second.
		dynamicconfig.TimerProcessorMaxPollRPS.Key(): 500,
	}
}
