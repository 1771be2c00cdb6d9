package app

import (
	"context"
	"errors"
	"time"

	"github.com/nexus-rpc/sdk-go/nexus"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/temporalnexus"

	"tieout/internal/contract"
	"tieout/internal/runs"
	"tieout/workflows"
)

// Dates is what the worker's configuration and S3 know of what a pipeline extracts.
type Dates interface {
	// Slot reads what a business date names, by the pipeline's schedule.
	Slot(pipeline, businessDate string) (contract.Slot, error)
	// Verdict is the result that the slot has come to, nil where it has come to none.
	Verdict(ctx context.Context, pipeline string, slot contract.Slot) (*contract.ExtractResult, error)
}

// nexusService is the service `tieout` for workflows of other namespaces and languages: its operation `extract`
// takes an ExtractInput and answers with an ExtractResult once there is a verdict.
func nexusService(dates Dates) *nexus.Service {
	service := nexus.NewService(contract.NexusService)
	// Register refuses only what two operations of one name, or none, would be.
	service.MustRegister(&extractOperation{dates: dates})
	return service
}

// extractOperation joins the run of a date that is running, answers with the verdict that a date has, and starts a run
// where there is neither: a date is not extracted twice.
type extractOperation struct {
	nexus.UnimplementedOperation[contract.ExtractInput, *contract.ExtractResult]
	dates Dates
}

// Name is the operation's name.
func (o *extractOperation) Name() string { return contract.NexusOpExtract }

// Start joins or begins the run in one atomic call. A run that completed is answered for from the bucket, where the
// date's verdict stands; where none does any more, the run is begun anew.
func (o *extractOperation) Start(ctx context.Context, in contract.ExtractInput, options nexus.StartOperationOptions) (nexus.HandlerStartOperationResult[*contract.ExtractResult], error) {
	slot, err := o.slotOf(in)
	if err != nil {
		return nil, err
	}
	run := runs.Options(contract.Run{Pipeline: in.Pipeline, Slot: slot})
	start := func() (nexus.HandlerStartOperationResult[*contract.ExtractResult], error) {
		return temporalnexus.NewWorkflowRunOperation(o.Name(), workflows.ConcurExtract,
			func(context.Context, contract.ExtractInput, nexus.StartOperationOptions) (client.StartWorkflowOptions, error) {
				return run, nil
			}).Start(ctx, in, options)
	}
	started, err := start()
	var completed *serviceerror.WorkflowExecutionAlreadyStarted
	if !errors.As(err, &completed) {
		return started, err
	}
	reading, cancel := context.WithTimeout(ctx, verdictPatience)
	defer cancel()
	verdict, err := o.dates.Verdict(reading, in.Pipeline, slot)
	if err != nil || verdict != nil {
		return &nexus.HandlerStartOperationResultSync[*contract.ExtractResult]{Value: verdict}, err
	}
	run.WorkflowIDReusePolicy = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	return start()
}

// verdictPatience bounds the look into the bucket: a handler that takes longer than 10 s is taken for dead, and an error
// is asked again.
const verdictPatience = 5 * time.Second

// Cancel ends nothing: the run is the pipeline's, and others may have joined it. Who cancels stops waiting for it.
func (o *extractOperation) Cancel(context.Context, string, nexus.CancelOperationOptions) error {
	return nil
}

// slotOf wants pipeline and date: which one is meant must not depend on the configuration, nor on a clock in another zone.
func (o *extractOperation) slotOf(in contract.ExtractInput) (contract.Slot, error) {
	switch {
	case in.Pipeline == "":
		return contract.Slot{}, badRequest(`pipeline is missing: give for example {"pipeline":"nightly-sae","businessDate":"2026-11-20"}`)
	case in.JobID != "":
		return contract.Slot{}, badRequest("jobId is for people: to take up a given job, start ConcurExtract, or use `tieout run --job`")
	case in.Again:
		return contract.Slot{}, badRequest("again is for people: for a further extract of a date use `tieout run --again`")
	case in.BusinessDate == "":
		return contract.Slot{}, badRequest(`businessDate is missing: give one such as 2026-11-20`)
	}
	slot, err := o.dates.Slot(in.Pipeline, in.BusinessDate)
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		return slot, badRequest(application.Message()) // without what the SDK adds
	}
	if err != nil {
		return slot, badRequest(err.Error())
	}
	return slot, nil
}

func badRequest(message string) error {
	return nexus.NewHandlerErrorf(nexus.HandlerErrorTypeBadRequest, "%s", message)
}
