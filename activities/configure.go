package activities

import (
	"context"
	"fmt"
	"time"

	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/pipeline"
)

// Configure decides which run a workflow is, or is the front of, and reads the pipeline's settings as a run is to record
// them. It reads the slot's verdict and the job's claim in the bucket, and asks Concur nothing.
func (a *Activities) Configure(ctx context.Context, p contract.ConfigureParams) (contract.Configured, error) {
	own, isRun := contract.ParseRun(p.WorkflowID)
	if isRun && p.Input.Pipeline == "" {
		p.Input.Pipeline = own.Pipeline
	}
	settings, err := a.Config.Pipeline(p.Input.Pipeline)
	if err != nil {
		return contract.Configured{}, invalid(err.Error())
	}
	zone, err := settings.Location()
	if err != nil {
		return contract.Configured{}, invalid(fmt.Sprintf("Time zone of pipeline %s: %v", settings.Name, err))
	}
	p.At = p.At.In(zone)
	storage := a.storage()
	documents := a.Evidence.Of(storage, settings.Name)
	c := contract.Configured{
		Settings: settings, ConfigHash: a.Config.Hash, BusinessDate: p.At.Format(time.DateOnly),
		SearchAttributes: a.SearchAttributes, Targets: noticeTargets(settings),
		Storage:  &storage,
		ListsAPI: a.Config.Connections[settings.Connection].ListsAPI,
	}
	switch {
	case p.Manifest != "":
		return c, failed(ctx, "Reading the business date of the landed job", a.ofManifest(ctx, &c, documents, p.Manifest))
	case isRun && own.Pipeline != settings.Name:
		return c, invalid(fmt.Sprintf("The workflow id %s is that of a run of pipeline %s, and the input names pipeline %s: leave one of them out.", p.WorkflowID, own.Pipeline, settings.Name))
	case p.Input.Again && p.Input.JobID != "":
		return c, invalid("again asks for a further extract and jobId for one that exists: give one of them.")
	case own.JobKey != "" || p.Input.JobID != "":
		return c, failed(ctx, "Looking at the claim of the job", a.ofJob(ctx, &c, documents, p, own, isRun))
	}
	return c, failed(ctx, "Looking at the runs of the date", a.ofSlot(ctx, &c, documents, p, own))
}

// ofManifest takes the business date from the claim of a landed job, where the job has one.
func (a *Activities) ofManifest(ctx context.Context, c *contract.Configured, documents evidence.Pipeline, manifest string) error {
	key, err := documents.Key(manifest)
	if err != nil {
		return invalid(err.Error())
	}
	landing, _ := evidence.LandingOf(key) // another object than a manifest is refused where it is read
	claim, err := documents.Claim(ctx, landing.JobKey)
	if claim.BusinessDate != "" {
		c.BusinessDate = claim.BusinessDate
	}
	return err
}

// ofJob configures the run of a job, or its front. The job belongs to the slot that claimed it first, else to the date
// that a person names. One that recovery takes up belongs to no slot: it only has the date of the run that took it up.
func (a *Activities) ofJob(ctx context.Context, c *contract.Configured, documents evidence.Pipeline, p contract.ConfigureParams, own contract.Run, isRun bool) error {
	jobKey := own.JobKey
	if p.Input.JobID != "" {
		jobKey = contract.JobKey(p.Input.JobID)
	}
	c.Run = contract.Run{Pipeline: c.Settings.Name, JobKey: jobKey}.ID()
	if isRun && c.Run != p.WorkflowID {
		return invalid(fmt.Sprintf("The workflow id %s is not that of the run of job %s: start it as %s, or under an id of your own.", p.WorkflowID, p.Input.JobID, c.Run))
	}
	if p.Input.Again {
		return invalid("again asks for a further extract of a date, and this is the run of a job: leave it out.")
	}
	claim, err := documents.Claim(ctx, jobKey)
	if err != nil {
		return err
	}
	if c.JobID = p.Input.JobID; c.JobID == "" {
		c.JobID = claim.JobID
	}
	if c.JobID == "" {
		return invalid(fmt.Sprintf("No run has claimed the job of %s, so its id is not known: give jobId.", p.WorkflowID))
	}
	switch {
	case !claim.IsZero():
		c.BusinessDate, c.Slot = claim.BusinessDate, claim.Of()
	case p.Input.BusinessDate != "":
		slot, err := slotOf(c.Settings, p.Input.BusinessDate, contract.Slot{}, p.At)
		if err == nil {
			err = a.begun(slot)
		}
		if err != nil {
			return err
		}
		if c.BusinessDate = slot.Date; p.TakenUpBy == "" {
			c.Slot = slot
		}
	}
	// A run that takes up what its own late worker claimed waits for this one, and not the other way round.
	if claim.IsZero() || claim.RunID == p.RunID || claim.WorkflowID == p.WorkflowID || claim.WorkflowID == p.TakenUpBy {
		return nil
	}
	running, err := a.Runs.IsRunning(ctx, claim.WorkflowID, claim.RunID)
	if running {
		c.Claimed = claim.WorkflowID
	}
	return err
}

// ofSlot configures the run of a slot, or its front.
func (a *Activities) ofSlot(ctx context.Context, c *contract.Configured, documents evidence.Pipeline, p contract.ConfigureParams, own contract.Run) error {
	if p.Input.Again && !own.Slot.IsZero() {
		return invalid(fmt.Sprintf("again asks for a further extract, and %s is the id of one run: start it under an id of your own, or with `tieout run --again`.", p.WorkflowID))
	}
	slot, err := slotOf(c.Settings, p.Input.BusinessDate, own.Slot, p.At)
	if err == nil {
		err = a.begun(slot)
	}
	if err != nil {
		return err
	}
	if p.Input.Again {
		if slot, err = further(ctx, documents, slot); err != nil {
			return err
		}
	}
	c.BusinessDate, c.Slot, c.Run = slot.Date, slot, contract.Run{Pipeline: c.Settings.Name, Slot: slot}.ID()
	if c.Run == p.WorkflowID {
		c.Verdict, err = verdict(ctx, documents, slot)
	}
	return err
}

// begun refuses a date that has not begun anywhere on earth: its run would start tonight's job under another night's name.
func (a *Activities) begun(slot contract.Slot) error {
	if today := a.now().In(contract.FirstZone()).Format(time.DateOnly); slot.Date > today {
		return invalid(fmt.Sprintf("%s has not begun anywhere yet: today is %s at the latest. Leave the date out for today's run; a schedule runs later ones.", slot.Date, today))
	}
	return nil
}

// slotOf returns the slot that the input names, or the workflow's id, or else the time at which it was to start.
func slotOf(settings pipeline.Pipeline, named string, own contract.Slot, at time.Time) (contract.Slot, error) {
	slot := own
	if named != "" {
		parsed, ok := contract.ParseSlot(named)
		switch {
		case !ok || parsed.Again > 0:
			return slot, invalid(fmt.Sprintf("businessDate %q is not a date such as 2026-11-20, or 2026-11-20T0400 for one of several times of day.", named))
		case own.IsZero():
			slot = parsed
		case parsed.Date != own.Date || parsed.Time != "" && parsed.Time != own.Time:
			return slot, invalid(fmt.Sprintf("The workflow id is that of the run of %s, and the input names %s: leave one of them out.", own, named))
		}
	}
	if slot.IsZero() {
		slot = contract.Slot{Date: at.Format(time.DateOnly)}
	}
	slot, err := config.SlotOf(settings, slot, at)
	if err != nil {
		return slot, invalid(err.Error())
	}
	return slot, nil
}

// further returns the first slot of a date, the date itself included, that has neither a verdict nor a job and that no
// person stopped: the further extract that somebody asks for.
func further(ctx context.Context, documents evidence.Pipeline, slot contract.Slot) (contract.Slot, error) {
	records, err := documents.Records(ctx, slot.Date)
	if err != nil {
		return slot, err
	}
	used := map[string]bool{}
	for _, record := range records {
		if record.JobID != "" || record.Stopped != nil {
			used[record.Slot] = true
		}
	}
	for used[slot.Word()] {
		slot = slot.Next()
	}
	return slot, nil
}
