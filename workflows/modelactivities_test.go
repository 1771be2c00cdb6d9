package workflows_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"

	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/money"
)

// action gives an activity that reports only whether it succeeded the shape of the others.
func action[P any](do func(context.Context, P) error) func(context.Context, P) (contract.None, error) {
	return func(ctx context.Context, p P) (contract.None, error) { return contract.None{}, do(ctx, p) }
}

// done is an activity of the tie-out that has nothing to do in the model.
func done[P, R any](context.Context, P) (result R, _ error) { return result, nil }

// seldom polls less often than the policies ask for: the test environment gives up after ten attempts.
func seldom[P, R any](pause time.Duration, do func(context.Context, P) (R, error)) func(context.Context, P) (R, error) {
	return func(ctx context.Context, p P) (R, error) {
		result, err := do(ctx, p)
		if application, ok := errors.AsType[*temporal.ApplicationError](err); ok && !application.NonRetryable() {
			err = temporal.NewApplicationErrorWithOptions(application.Message(), application.Type(), temporal.ApplicationErrorOptions{NextRetryDelay: pause})
		}
		return result, err
	}
}

// scopeIn returns the scope in an activity's parameters, or nil for those that have none.
func scopeIn(params any) *contract.Scope {
	switch p := params.(type) {
	case *contract.StartRunParams:
		return &p.Scope
	case *contract.PrepareParams:
		return &p.Scope
	case *contract.SnapshotJobsParams:
		return &p.Scope
	case *contract.StartJobParams:
		return &p.Scope
	case *contract.FenceStartParams:
		return &p.Scope
	case *contract.FindStartedParams:
		return &p.Scope
	case *contract.JobParams:
		return &p.Scope
	case *contract.LandParams:
		return &p.Scope
	case *contract.TieOutParams:
		return &p.Scope
	case *contract.HandOverParams:
		return &p.Scope
	case *contract.RecordRunParams:
		return &p.Scope
	}
	return nil
}

func (x *execution) register() {
	a := x.activities
	act(x, contract.Configure, nil, x.configure)
	act(x, contract.StartRun, nil, a.StartRun)
	act(x, contract.WaitForRun, nil, seldom(10*time.Minute, a.WaitForRun))
	act(x, contract.Prepare, nil, a.Prepare)
	act(x, contract.SnapshotJobs, func() { x.somebodyStarts(); x.meet(); x.mayCut() }, x.snapshotJobs)
	act(x, contract.StartJob, func() { x.posts++; x.somebodyStarts() }, x.startJob)
	act(x, contract.FenceStart, func() { x.meet(); x.mayCut() }, a.FenceStart)
	act(x, contract.FindStarted, x.beforeFind, x.findStarted)
	act(x, contract.DescribeJob, nil, a.DescribeJob)
	act(x, contract.PickUp, nil, a.PickUp)
	act(x, contract.FindLeftOver, nil, a.FindLeftOver)
	act(x, contract.ClaimJob, func() { x.meet(); x.mayCut() }, action(a.ClaimJob))
	act(x, contract.WaitForJob, x.mayCut, seldom(10*time.Minute, a.WaitForJob))
	act(x, contract.Land, nil, x.land)
	act(x, contract.OpenTieOut, nil, x.openTieOut)
	act(x, contract.Scan, nil, done)
	act(x, contract.ReadLists, nil, done)
	act(x, contract.Report, nil, x.report)
	act(x, contract.HandOver, x.mayCut, func(ctx context.Context, p contract.HandOverParams) (contract.None, error) {
		p.At = p.At.Add(x.skew)
		return contract.None{}, a.HandOver(ctx, p)
	})
	act(x, contract.RecordRun, nil, func(ctx context.Context, p contract.RecordRunParams) (contract.None, error) {
		p.At = p.At.Add(x.skew)
		return contract.None{}, a.RecordRun(ctx, p)
	})
}

func (x *execution) configure(ctx context.Context, p contract.ConfigureParams) (contract.Configured, error) {
	p.At = p.At.Add(x.skew)
	p.RunID = x.run.runID
	if p.WorkflowID != x.run.id {
		x.childBegan(p.WorkflowID)
		p.RunID += " " + p.WorkflowID
	}
	c, err := x.activities.Configure(ctx, p)
	if err == nil && p.WorkflowID == x.run.id && !c.Slot.IsZero() {
		x.run.slot = &c.Slot
	}
	return c, err
}

// snapshotJobs speaks to the workflow in its own time.
func (x *execution) snapshotJobs(ctx context.Context, p contract.SnapshotJobsParams) (contract.JobsSnapshot, error) {
	snapshot, err := x.activities.SnapshotJobs(ctx, p)
	if snapshot.Open != nil {
		snapshot.Open.At = snapshot.Open.At.Add(-x.skew)
	}
	x.run.knows = max(x.run.knows, snapshot.Attempts)
	return snapshot, err
}

func (x *execution) findStarted(ctx context.Context, p contract.FindStartedParams) (contract.FindStartedResult, error) {
	p.Until = p.Until.Add(x.skew)
	if p.RunID == x.given {
		p.RunID = x.run.runID
	}
	pause := 35 * time.Second
	if p.Running {
		pause = 5 * time.Minute
	}
	return seldom(pause, x.activities.FindStarted)(ctx, p)
}

func (x *execution) beforeFind() {
	if x.finds++; x.finds > 2 {
		return
	}
	x.somebodyStarts()
	x.meet()
	x.mayCut()
	if x.cut == whole && x.m.choose("while looking", "goes on", "cancelled") == 1 {
		x.m.ledger.cancelled = true
		x.CancelWorkflow()
	}
}

// somebodyStarts is a person in Concur who starts a job meanwhile.
func (x *execution) somebodyStarts() {
	m := x.m
	if m.s.meets == nobody && !m.concur.on(m.now()) && m.choose("meanwhile", "nothing", "somebody else starts a job") == 1 {
		m.concur.add(anothers, m.now(), shortJob, 0)
	}
}

func (x *execution) land(ctx context.Context, p contract.LandParams) (contract.Landed, error) {
	keys, jobKey := x.m.keys, contract.JobKey(p.Job.ID)
	raw := evidence.File{Name: "extract", Key: keys.Raw(jobKey, "extract")}
	err := evidence.WriteManifest(ctx, x.m.store, keys.Manifest(jobKey), &evidence.Manifest{
		Schema: 1, Pipeline: x.m.settings.Name, Job: evidence.Job{ID: p.Job.ID, Definition: "def"}, Raw: raw, Files: []evidence.File{raw}})
	return contract.Landed{Manifest: x.m.store.URI(keys.Manifest(jobKey)), JobKey: jobKey, Landing: 1, Files: 1, Job: p.Job}, err
}

// openTieOut gives a tie-out its number.
func (x *execution) openTieOut(_ context.Context, p contract.TieOutParams) (contract.OpenTieOutResult, error) {
	x.m.tieOuts[p.Manifest]++
	return contract.OpenTieOutResult{Number: x.m.tieOuts[p.Manifest], Files: 1}, nil
}

func (x *execution) report(ctx context.Context, p contract.TieOutParams) (contract.ReportResult, error) {
	key, err := x.m.store.Key(p.Manifest)
	if err != nil {
		return contract.ReportResult{}, err
	}
	manifest, err := evidence.ReadManifest(ctx, x.m.store, key)
	if err != nil {
		return contract.ReportResult{}, err
	}
	jobKey := contract.JobKey(manifest.Job.ID)
	report, text := x.m.keys.TieOut(jobKey, p.Number, "report.json"), []byte("{}")
	if err := x.m.store.PutNew(ctx, report, "application/json", text); err != nil {
		return contract.ReportResult{}, err
	}
	return contract.ReportResult{Result: contract.ExtractResult{
		Schema: 1, Pipeline: p.Scope.Settings.Name, BusinessDate: p.Scope.BusinessDate, Outcome: contract.OutcomeClean,
		Job: contract.Job{ID: manifest.Job.ID}, Manifest: p.Manifest, TieOut: p.Number,
		ResultURI: x.m.store.URI(x.m.keys.Result(jobKey, p.Number)),
		Reports:   contract.Reports{JSON: x.m.store.URI(report), JSONSHA256: fmt.Sprintf("%x", sha256.Sum256(text))},
		Findings:  contract.FindingsSummary{Amounts: money.Sums{}},
	}}, nil
}
