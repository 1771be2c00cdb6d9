package activities

import (
	"context"
	"fmt"
	"time"

	"tieout/internal/landing"
	"tieout/internal/pipeline"
	"tieout/workflows"
)

// Configure reads the pipeline's settings as a run is to record them. Nothing outside is asked, but for the business date
// of a landed job that is tied out again.
func (a *Activities) Configure(ctx context.Context, p workflows.ConfigureParams) (workflows.Configured, error) {
	settings, err := a.Config.Pipeline(p.Pipeline)
	if err != nil {
		return workflows.Configured{}, invalid(err.Error())
	}
	if p.Manifest != "" {
		if p.BusinessDate, err = a.dateOf(ctx, settings, p.Manifest); err != nil {
			return workflows.Configured{}, failed(ctx, "Reading the business date of the landed job", err)
		}
	}
	date, err := businessDate(settings, p)
	if err != nil {
		return workflows.Configured{}, invalid(err.Error())
	}
	return workflows.Configured{
		Settings: settings, ConfigHash: a.Config.Hash, BusinessDate: date,
		SearchAttributes: a.SearchAttributes, Targets: noticeTargets(settings),
		Storage: &workflows.Storage{Bucket: a.Config.Storage.Bucket, Prefix: a.Config.Storage.Prefix},
	}, nil
}

// businessDate is the one given, or the date of the scheduled time in the pipeline's zone.
func businessDate(settings pipeline.Pipeline, p workflows.ConfigureParams) (string, error) {
	if p.BusinessDate == "" {
		zone, err := settings.Location()
		if err != nil {
			return "", fmt.Errorf("time zone of pipeline %s: %w", settings.Name, err)
		}
		return p.At.In(zone).Format(time.DateOnly), nil
	}
	if _, err := time.Parse(time.DateOnly, p.BusinessDate); err != nil {
		return "", fmt.Errorf("businessDate %q is not a date such as 2026-11-20", p.BusinessDate)
	}
	return p.BusinessDate, nil
}

// dateOf is the business date of the run that was on a landed job last, "" where no claim tells.
func (a *Activities) dateOf(ctx context.Context, settings pipeline.Pipeline, manifest string) (string, error) {
	key, err := a.Store.Key(manifest)
	if err != nil {
		return "", invalid(err.Error())
	}
	place, ok := landing.LandingOf(key)
	if !ok {
		return "", nil // what is no manifest is said when it is read
	}
	there, err := readClaim(ctx, a.Store, a.keys(workflows.Scope{Settings: settings}), place.JobKey)
	return there.BusinessDate, err
}
