package activities

import (
	"context"
	"fmt"
	"time"

	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// run is what an activity works with: the ports, and the evidence of its run in the storage that the run began with.
// Activities itself reads and writes nothing, so evidence cannot end up in the storage that tieout.yaml names by now.
type run struct {
	*Activities
	evidence.Pipeline
	scope contract.Scope
}

// run returns the run of a scope. It is the first line of every activity that has one.
func (a *Activities) run(scope contract.Scope) *run {
	storage := a.storage()
	if scope.Storage != nil {
		storage = *scope.Storage
	}
	return &run{a, a.Evidence.Of(storage, scope.Settings.Name), scope}
}

// storage returns the configured storage, where the runs that begin now keep their evidence.
func (a *Activities) storage() contract.Storage {
	return contract.Storage{Bucket: a.Config.Storage.Bucket, Prefix: a.Config.Storage.Prefix}
}

// otherWorkerPause is the pause before an activity that this worker cannot do is tried again. Workers are replaced one
// after the other, so another one may take it.
const otherWorkerPause = 10 * time.Second

// concur returns the connection of the run. A run keeps the settings that it began with: a worker whose configuration
// lacks the connection leaves the activity to one that has it.
func (r *run) concur(ctx context.Context) (Concur, error) {
	connection, ok := r.Connections[r.scope.Settings.Connection]
	if !ok {
		return nil, again(ctx, noConnection(r.scope), otherWorkerPause)
	}
	return connection, nil
}

func noConnection(scope contract.Scope) string {
	return fmt.Sprintf("The worker that tried this has no connection %q in its tieout.yaml, which the run began with. A worker that has it goes on: "+
		"put the connection back and restart the worker, or cancel the run", scope.Settings.Connection)
}
