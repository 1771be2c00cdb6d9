package activities

import (
	"context"
	"slices"

	"go.temporal.io/sdk/activity"

	"tieout/internal/pipeline"
	"tieout/workflows"
)

// Notifier delivers one notice to one target.
type Notifier interface {
	Send(ctx context.Context, target pipeline.Notice, id string, notice workflows.NotifyParams) error
}

// Notify tells people. Addresses and secrets are read from today's configuration, so that they never enter history;
// the id is the same for every attempt, so that a receiver can tell a repeated notice.
func (a *Activities) Notify(ctx context.Context, p workflows.NotifyParams) error {
	settings, err := a.Config.Pipeline(p.Scope.Settings.Name)
	if err != nil {
		return invalid(err.Error())
	}
	info := activity.GetInfo(ctx)
	id := info.WorkflowExecution.RunID + "/" + p.Kind
	for _, target := range settings.Notify {
		if slices.Contains(target.On, p.Kind) {
			if err := a.Notices.Send(ctx, target, id, p); err != nil {
				return failed(ctx, "Sending the notice", err)
			}
		}
	}
	return nil
}
