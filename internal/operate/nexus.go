package operate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nexus-rpc/sdk-go/nexus"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporalnexus"

	"tieout/workflows"
)

// Dates is what the worker's configuration and S3 know of a pipeline's business dates.
type Dates interface {
	// Zone is the pipeline's time zone, nil for a pipeline that is not configured.
	Zone(pipeline string) *time.Location
	// Verdict is the result of the date's last run that reached one, nil where none has.
	Verdict(ctx context.Context, pipeline, businessDate string) (*workflows.ExtractResult, error)
}

// NewNexusService is the service `tieout` for workflows of other namespaces and languages: its operation `extract`
// takes an ExtractInput and answers with an ExtractResult once there is a verdict.
func NewNexusService(dates Dates) *nexus.Service {
	service := nexus.NewService(workflows.NexusService)
	// Register refuses only what two operations of one name, or none, would be.
	service.MustRegister(&extractOperation{dates: dates})
	return service
}

// extractOperation joins the run of a date that is on, answers with the verdict that a date has, and starts a run
// where there is neither: a date is not extracted twice.
type extractOperation struct {
	nexus.UnimplementedOperation[workflows.ExtractInput, *workflows.ExtractResult]
	dates Dates
}

// Name is the operation's name.
func (o *extractOperation) Name() string { return workflows.NexusOpExtract }

// Start joins or begins the run. A run that is on comes before a verdict: it may be about to change it.
func (o *extractOperation) Start(ctx context.Context, in workflows.ExtractInput, options nexus.StartOperationOptions) (nexus.HandlerStartOperationResult[*workflows.ExtractResult], error) {
	if err := checkNexusInput(in); err != nil {
		return nil, err
	}
	c := temporalnexus.GetClient(ctx)
	on, joined, err := On(ctx, c, in.Pipeline, in.BusinessDate, o.dates.Zone(in.Pipeline))
	if err != nil {
		return nil, err
	}
	run := client.StartWorkflowOptions{
		ID: workflows.ExtractID(in.Pipeline, in.BusinessDate), TaskQueue: workflows.TaskQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		StaticSummary:            fmt.Sprintf("%s of %s, asked for through Nexus", in.Pipeline, in.BusinessDate),
	}
	if joined {
		// An operation attaches to a run by a start under its id. Should it have ended meanwhile, none is started there.
		run.ID, run.WorkflowIDReusePolicy = on.WorkflowID, enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
	} else if verdict, err := o.dates.Verdict(ctx, in.Pipeline, in.BusinessDate); err != nil || verdict != nil {
		return &nexus.HandlerStartOperationResultSync[*workflows.ExtractResult]{Value: verdict}, err
	}
	started, err := temporalnexus.NewWorkflowRunOperation(o.Name(), workflows.ConcurExtract,
		func(context.Context, workflows.ExtractInput, nexus.StartOperationOptions) (client.StartWorkflowOptions, error) {
			return run, nil
		}).Start(ctx, in, options)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if !errors.As(err, &already) {
		return started, err
	}
	var result *workflows.ExtractResult
	if err := c.GetWorkflow(ctx, run.ID, already.RunId).Get(ctx, &result); err != nil {
		return nil, fmt.Errorf("reading the result of the run %s: %w", run.ID, err)
	}
	return &nexus.HandlerStartOperationResultSync[*workflows.ExtractResult]{Value: result}, nil
}

// Cancel ends nothing: the run is the pipeline's, and others may have joined it. Who cancels stops waiting for it.
func (o *extractOperation) Cancel(context.Context, string, nexus.CancelOperationOptions) error {
	return nil
}

// checkNexusInput wants pipeline and date: which one is meant must not depend on the configuration, nor on a clock in
// another zone.
func checkNexusInput(in workflows.ExtractInput) error {
	_, err := time.Parse(time.DateOnly, in.BusinessDate)
	switch {
	case in.Pipeline == "":
		return badRequest(`pipeline is missing: give for example {"pipeline":"nightly-sae","businessDate":"2026-11-20"}`)
	case err != nil:
		return badRequest(fmt.Sprintf("businessDate %q is not a date such as 2026-11-20; the operation needs one", in.BusinessDate))
	case in.JobID != "":
		return badRequest("jobId is for people: to take up a given job, start ConcurExtract, or use `starter run --job`")
	}
	return nil
}

func badRequest(message string) error {
	return nexus.NewHandlerErrorf(nexus.HandlerErrorTypeBadRequest, "%s", message)
}
