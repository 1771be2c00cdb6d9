package activities

import (
	"context"
	"fmt"
	"time"

	"tieout/internal/pipeline"
	"tieout/workflows"
)

// Configure reads the pipeline's settings as a run is to record them. Nothing outside is asked.
func (a *Activities) Configure(_ context.Context, p workflows.ConfigureParams) (workflows.Configured, error) {
	settings, err := a.Config.Pipeline(p.Pipeline)
	if err != nil {
		return workflows.Configured{}, invalid(err.Error())
	}
	date, err := businessDate(settings, p)
	if err != nil {
		return workflows.Configured{}, invalid(err.Error())
	}
	return workflows.Configured{
		Settings: settings, ConfigHash: a.Config.Hash, BusinessDate: date,
		SearchAttributes: a.SearchAttributes, Targets: noticeTargets(settings),
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
