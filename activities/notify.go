package activities

import (
	"context"
	"fmt"
	"net/url"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// Notifier delivers one notice to one target.
type Notifier interface {
	Send(ctx context.Context, target pipeline.Notice, notice contract.NotifyParams) error
}

// Notify tells one target. Its address and secret are read from today's configuration, so that they never enter
// history and may have been renewed since the run began. A worker whose configuration lacks the target leaves it to
// one that has it, because workers are replaced one after the other.
func (a *Activities) Notify(ctx context.Context, p contract.NotifyParams) error {
	settings, err := a.Config.Pipeline(p.Scope.Settings.Name)
	if err != nil { // another worker may know it, as in concur
		return again(ctx, err.Error(), otherWorkerPause)
	}
	number := p.Target.Number
	if number < 1 || number > len(settings.Notify) || webhookHost(settings.Notify[number-1]) != p.Target.Host {
		return again(ctx, fmt.Sprintf("The worker that tried this has no webhook at %s as entry %d of notify of pipeline %s in its tieout.yaml, which the run began with. "+
			"A worker that has it tells people: put the entry back and restart the worker. After a day it is given up, and nobody is told there",
			p.Target.Host, number, settings.Name), otherWorkerPause)
	}
	return failed(ctx, "Sending the notice", a.Notices.Send(ctx, settings.Notify[number-1], p))
}

// noticeTargets returns the pipeline's webhooks without their addresses.
func noticeTargets(settings pipeline.Pipeline) []contract.NoticeTarget {
	var targets []contract.NoticeTarget
	for i, notice := range settings.Notify {
		targets = append(targets, contract.NoticeTarget{Number: i + 1, Host: webhookHost(notice), On: notice.On})
	}
	return targets
}

func webhookHost(notice pipeline.Notice) string {
	u, err := url.Parse(notice.Webhook)
	if err != nil {
		return "" // config refuses such an address
	}
	return u.Hostname()
}
