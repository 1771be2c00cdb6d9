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

// Dates knows the slots of pipelines from the configuration, and their verdicts from S3.
type Dates interface {
	// Slot returns the slot that a business date names, by the schedule of the pipeline.
	Slot(pipeline, businessDate string) (contract.Slot, error)
	// Verdict returns the result of a slot, or nil where it has none.
	Verdict(ctx context.Context, pipeline string, slot contract.Slot) (*contract.ExtractResult, error)
}

// nexusService returns the service `tieout` for workflows of other namespaces and languages. Its operation `extract` takes
// an ExtractInput and answers with an ExtractResult once there is a verdict.
func nexusService(dates Dates) *nexus.Service {
	service := nexus.NewService(contract.NexusService)
	service.MustRegister(&extractOperation{dates: dates})
	return service
}

// extractOperation joins the run of a date, answers with the verdict of the date, or starts a run where there is neither.
// So a date is not extracted twice.
type extractOperation struct {
	nexus.UnimplementedOperation[contract.ExtractInput, *contract.ExtractResult]
	dates Dates
}

// Name returns the name of the operation.
func (o *extractOperation) Name() string { return contract.NexusOpExtract }

// Start joins or starts the run in one atomic call. After a run that completed it answers with the verdict in the bucket,
// and starts the run anew where that is gone.
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
	if _, completed := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); !completed {
		return started, err
	}
	reading, cancel := context.WithTimeout(ctx, verdictWithin)
	defer cancel()
	verdict, err := o.dates.Verdict(reading, in.Pipeline, slot)
	if err != nil || verdict != nil {
		return &nexus.HandlerStartOperationResultSync[*contract.ExtractResult]{Value: verdict}, err
	}
	run.WorkflowIDReusePolicy = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	return start()
}

// verdictWithin is how long the bucket has to answer. Nexus takes a handler for dead after 10 s, and retries an error.
const verdictWithin = 5 * time.Second

// Cancel ends the waiting of the caller and not the run, which others may have joined.
func (o *extractOperation) Cancel(context.Context, string, nexus.CancelOperationOptions) error {
	return nil
}

// slotOf returns the slot of an input. The input must name pipeline and date, so that the answer does not depend on the
// number of pipelines or on the clock of another zone.
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
	if application, ok := errors.AsType[*temporal.ApplicationError](err); ok {
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
