// Package activities does what a run asks for: it talks to Concur and S3 through ports and gives workflows references,
// hashes and counts. Each activity has its file; errors.go maps every error, and nothing else does.
package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"

	"tieout/concur"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// Concur is what a run needs of one connection. *concur.Client implements it.
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
	// Evidence gives out the evidence of a run; run is the way to it.
	Evidence evidence.Storage
	// Runs knows which runs are running. In a worker it is TemporalRuns.
	Runs Runs
	// SearchAttributes says whether the namespace has tieout's search attributes.
	SearchAttributes bool
	// Software is the version that stands in manifests and reports.
	Software string
	// Notices sends notices; its addresses come from Config.
	Notices Notifier
	// Clock returns the time at which something is noted or compared. Nil stands for the machine's clock.
	Clock func() time.Time
}

func (a *Activities) now() time.Time {
	if a.Clock != nil {
		return a.Clock()
	}
	return time.Now()
}

// Register registers the activities with a worker.
func (a *Activities) Register(registry worker.ActivityRegistry) {
	register(registry, contract.Configure, a.Configure)
	register(registry, contract.StartRun, a.StartRun)
	register(registry, contract.WaitForRun, a.WaitForRun)
	register(registry, contract.Prepare, a.Prepare)
	register(registry, contract.SnapshotJobs, a.SnapshotJobs)
	register(registry, contract.StartJob, a.StartJob)
	register(registry, contract.FenceStart, a.FenceStart)
	register(registry, contract.FindStarted, a.FindStarted)
	register(registry, contract.DescribeJob, a.DescribeJob)
	register(registry, contract.PickUp, a.PickUp)
	register(registry, contract.FindLeftOver, a.FindLeftOver)
	registerAction(registry, contract.ClaimJob, a.ClaimJob)
	register(registry, contract.WaitForJob, a.WaitForJob)
	register(registry, contract.Land, a.Land)
	register(registry, contract.OpenTieOut, a.OpenTieOut)
	register(registry, contract.Scan, a.Scan)
	register(registry, contract.ReadLists, a.ReadLists)
	register(registry, contract.Report, a.Report)
	register(registry, contract.Decide, a.Decide)
	registerAction(registry, contract.HandOver, a.HandOver)
	registerAction(registry, contract.RecordRun, a.RecordRun)
	registerAction(registry, contract.Notify, a.Notify)
	register(registry, contract.PlanDue, a.PlanDue)
	register(registry, contract.CheckDue, a.CheckDue)
}

func register[P, R any](registry worker.ActivityRegistry, name contract.Activity[P, R], function func(context.Context, P) (R, error)) {
	registry.RegisterActivityWithOptions(function, activity.RegisterOptions{Name: string(name)})
}

// registerAction registers an activity that returns only whether it succeeded.
func registerAction[P any](registry worker.ActivityRegistry, name contract.Activity[P, contract.None], function func(context.Context, P) error) {
	registry.RegisterActivityWithOptions(function, activity.RegisterOptions{Name: string(name)})
}
