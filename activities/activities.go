// Package activities does what a run asks for: it talks to Concur and S3 through ports and hands workflows references,
// hashes and counts. One file per activity; errors.go maps every error, once.
package activities

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"

	"tieout/concur"
	"tieout/internal/config"
	"tieout/internal/evidence"
	"tieout/internal/landing"
	"tieout/workflows"
)

// Concur is what a run needs of one connection; *concur.Client is one.
type Concur interface {
	Definitions(ctx context.Context) ([]concur.Definition, error)
	Jobs(ctx context.Context, definition string) ([]concur.Job, error)
	StartJob(ctx context.Context, definition string) (concur.Job, error)
	Job(ctx context.Context, definition, job string) (concur.Job, error)
	JobStatus(ctx context.Context, definition, job string) (concur.Job, error)
	File(ctx context.Context, definition, job string, r concur.FileRequest) (*concur.File, error)
	ListsBy(ctx context.Context, api concur.ListAPI) ([]concur.List, error)
	Items(ctx context.Context, list concur.List, parent concur.Parent) ([]concur.Item, error)
	DeletedItems(ctx context.Context, list concur.List, parent concur.Parent) ([]concur.Item, error)
}

// Activities holds the ports that the activities share.
type Activities struct {
	Config *config.Config
	// Connections are the configured ones by name.
	Connections map[string]Concur
	Store       *landing.Store
	// Runs knows which runs are on; TemporalRuns in a worker.
	Runs Runs
	// SearchAttributes says whether the namespace has tieout's search attributes.
	SearchAttributes bool
	// Software is the version that stands in manifests and reports.
	Software string
	// Notices sends notices; its addresses come from Config.
	Notices Notifier
	// Clock tells the time at which something is noted or compared; nil stands for the machine's.
	Clock func() time.Time
}

func (a *Activities) now() time.Time {
	if a.Clock != nil {
		return a.Clock()
	}
	return time.Now()
}

// Register makes the activities known to a worker under the names of package workflows.
func (a *Activities) Register(registry worker.ActivityRegistry) {
	for name, function := range map[string]any{
		workflows.ActivityConfigure:    a.Configure,
		workflows.ActivityStartRun:     a.StartRun,
		workflows.ActivityWaitForRun:   a.WaitForRun,
		workflows.ActivityPrepare:      a.Prepare,
		workflows.ActivitySnapshotJobs: a.SnapshotJobs,
		workflows.ActivityStartJob:     a.StartJob,
		workflows.ActivityFenceStart:   a.FenceStart,
		workflows.ActivityFindStarted:  a.FindStarted,
		workflows.ActivityDescribeJob:  a.DescribeJob,
		workflows.ActivityPickUp:       a.PickUp,
		workflows.ActivityFindLeftOver: a.FindLeftOver,
		workflows.ActivityClaimJob:     a.ClaimJob,
		workflows.ActivityWaitForJob:   a.WaitForJob,
		workflows.ActivityLand:         a.Land,
		workflows.ActivityOpenTieOut:   a.OpenTieOut,
		workflows.ActivityScan:         a.Scan,
		workflows.ActivityReadLists:    a.ReadLists,
		workflows.ActivityReport:       a.Report,
		workflows.ActivityDecide:       a.Decide,
		workflows.ActivityHandOver:     a.HandOver,
		workflows.ActivityRecordRun:    a.RecordRun,
		workflows.ActivityNotify:       a.Notify,
		workflows.ActivityPlanDue:      a.PlanDue,
		workflows.ActivityCheckDue:     a.CheckDue,
	} {
		registry.RegisterActivityWithOptions(function, activity.RegisterOptions{Name: name})
	}
}

// elsewhere is when an activity is tried again that this worker cannot do: workers are replaced one after the other.
const elsewhere = 10 * time.Second

// concur is the connection of the run's pipeline. A run that has begun keeps its settings: a worker whose configuration
// does not have the connection leaves the activity to one whose has.
func (a *Activities) concur(ctx context.Context, scope workflows.Scope) (Concur, error) {
	connection, ok := a.Connections[scope.Settings.Connection]
	if !ok {
		return nil, again(ctx, noConnection(scope), elsewhere)
	}
	return connection, nil
}

func noConnection(scope workflows.Scope) string {
	return fmt.Sprintf("The worker that tried this has no connection %q in its tieout.yaml, which the run began with. A worker that has it goes on: "+
		"put the connection back and restart the worker, or cancel the run", scope.Settings.Connection)
}

// on are the activities on the storage that the run began with: where tieout.yaml names another by now, the run's evidence
// still stands in one place.
func (a *Activities) on(scope workflows.Scope) *Activities {
	if scope.Storage == nil || scope.Storage.Bucket == a.Config.Storage.Bucket && scope.Storage.Prefix == a.Config.Storage.Prefix {
		return a
	}
	there, settings := *a, *a.Config
	settings.Storage.Bucket, settings.Storage.Prefix = scope.Storage.Bucket, scope.Storage.Prefix
	there.Config, there.Store = &settings, a.Store.In(scope.Storage.Bucket)
	return &there
}

func (a *Activities) keys(scope workflows.Scope) landing.Keys {
	return a.evidence(scope.Settings.Name).Keys
}

// evidence returns the documents of a pipeline in the bucket.
func (a *Activities) evidence(pipeline string) evidence.Pipeline {
	return evidence.Of(a.Store, a.Config.Storage.Prefix, pipeline)
}
