package workflows

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nexus-rpc/sdk-go/nexus"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporalnexus"
)

// Names of the Nexus service and its operation (DESIGN §3).
const (
	NexusService   = "tieout"
	NexusOpExtract = "extract"
)

// NewNexusService is the service `tieout` for workflows of other namespaces and languages: its operation `extract`
// takes an ExtractInput and answers with an ExtractResult once there is a verdict.
func NewNexusService() *nexus.Service {
	service := nexus.NewService(NexusService)
	// Register refuses only what two operations of one name, or none, would be.
	service.MustRegister(&extractOperation{run: temporalnexus.NewWorkflowRunOperation(NexusOpExtract, ConcurExtract, nexusOptions)})
	return service
}

// nexusOptions names the run by its business date, which joins a caller to a run that is on. Pipeline and date must
// be given: which one is meant must not depend on the configuration, nor on a clock in another zone.
func nexusOptions(_ context.Context, in ExtractInput, _ nexus.StartOperationOptions) (client.StartWorkflowOptions, error) {
	_, err := time.Parse(time.DateOnly, in.BusinessDate)
	switch {
	case in.Pipeline == "":
		return client.StartWorkflowOptions{}, badRequest(`pipeline is missing: give for example {"pipeline":"nightly-sae","businessDate":"2026-11-20"}`)
	case err != nil:
		return client.StartWorkflowOptions{}, badRequest(fmt.Sprintf("businessDate %q is not a date such as 2026-11-20; the operation needs one", in.BusinessDate))
	case in.JobID != "":
		return client.StartWorkflowOptions{}, badRequest("jobId is for people: to take up a given job, start ConcurExtract, or use `starter run --job`")
	}
	return client.StartWorkflowOptions{
		ID:                       ExtractID(in.Pipeline, in.BusinessDate),
		TaskQueue:                TaskQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		StaticSummary:            fmt.Sprintf("%s of %s, asked for through Nexus", in.Pipeline, in.BusinessDate),
	}, nil
}

func badRequest(message string) error {
	return nexus.NewHandlerErrorf(nexus.HandlerErrorTypeBadRequest, "%s", message)
}

// extractOperation starts a run or joins the one that is on; a date that has its verdict already is answered with it
// instead of with a second extract.
type extractOperation struct {
	nexus.UnimplementedOperation[ExtractInput, *ExtractResult]
	run nexus.Operation[ExtractInput, *ExtractResult]
}

// Name is the operation's name.
func (o *extractOperation) Name() string { return o.run.Name() }

// Start begins or joins the run.
func (o *extractOperation) Start(ctx context.Context, in ExtractInput, options nexus.StartOperationOptions) (nexus.HandlerStartOperationResult[*ExtractResult], error) {
	started, err := o.run.Start(ctx, in, options)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if !errors.As(err, &already) {
		return started, err
	}
	var result *ExtractResult
	id := ExtractID(in.Pipeline, in.BusinessDate)
	if err := temporalnexus.GetClient(ctx).GetWorkflow(ctx, id, already.RunId).Get(ctx, &result); err != nil {
		return nil, fmt.Errorf("reading the result of the run %s: %w", id, err)
	}
	return &nexus.HandlerStartOperationResultSync[*ExtractResult]{Value: result}, nil
}

// Cancel ends nothing: the run is the pipeline's, and others may have joined it. Who cancels stops waiting for it.
func (o *extractOperation) Cancel(context.Context, string, nexus.CancelOperationOptions) error {
	return nil
}
