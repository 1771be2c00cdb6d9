package app

import (
	"fmt"
	"os"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tieout/activities"
	"tieout/internal/contract"
	"tieout/workflows"
)

// StopTimeout is how long a stopping worker lets its activities finish. It must be below the grace period of a pod. An
// activity that does not finish continues on another worker from its last heartbeat.
const StopTimeout = 20 * time.Second

// NewWorker returns a worker on the task queue of tieout, ready to be started. The functions in changes adjust its options.
func (s *Service) NewWorker(c client.Client, searchAttributes bool, changes ...func(*worker.Options)) worker.Worker {
	options := worker.Options{
		WorkerStopTimeout: StopTimeout,
		Interceptors:      []interceptor.WorkerInterceptor{&activities.KeepAlive{}},
	}
	for _, change := range changes {
		change(&options)
	}
	w := worker.New(c, contract.TaskQueue, options)
	for name, function := range map[string]any{
		contract.TypeConcurExtract: workflows.ConcurExtract,
		contract.TypeReconcile:     workflows.Reconcile,
		contract.TypeNotice:        workflows.Notice,
		contract.TypeDueCheck:      workflows.DueCheck,
	} {
		w.RegisterWorkflowWithOptions(function, workflow.RegisterOptions{Name: name})
	}
	a := s.Activities(searchAttributes)
	a.Register(w)
	w.RegisterNexusService(nexusService(a))
	return w
}

// Variables that put a worker under Temporal's worker versioning.
const (
	deploymentName = "TEMPORAL_DEPLOYMENT_NAME"
	buildID        = "TEMPORAL_WORKER_BUILD_ID"
)

// Versioning returns the deployment version that the environment names, or nil where it names none. A run stays on the
// version that it began with.
func Versioning() (*worker.DeploymentOptions, error) {
	name, build := os.Getenv(deploymentName), os.Getenv(buildID)
	switch {
	case name == "" && build == "":
		return nil, nil
	case name == "" || build == "":
		return nil, fmt.Errorf("%s and %s belong together: set both to version the worker, or none", deploymentName, buildID)
	}
	return &worker.DeploymentOptions{
		UseVersioning:             true,
		Version:                   worker.WorkerDeploymentVersion{DeploymentName: name, BuildID: build},
		DefaultVersioningBehavior: workflow.VersioningBehaviorPinned,
	}, nil
}
