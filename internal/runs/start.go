// Package runs holds what people do with runs through Temporal alone: start, list, watch and land again. The command
// line and the local stack share it.
package runs

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// Started is what Start started or joined: a run, or a front that stands before one.
type Started struct {
	client.WorkflowRun
	// Joined is true for a run that was running before.
	Joined bool
	// Front is true for a front, which starts or joins the run, or answers with the verdict of the date.
	Front bool
}

// Start starts the run that an input asks for, or joins it while it is running. A date that has its verdict, and a
// further extract of a date, need a front: only a worker knows what lies in the bucket.
func Start(ctx context.Context, c client.Client, in contract.ExtractInput) (Started, error) {
	run := contract.Run{Pipeline: in.Pipeline}
	slot, ok := contract.ParseSlot(in.BusinessDate)
	switch {
	case in.JobID != "":
		run.JobKey = contract.JobKey(in.JobID)
	case ok && !in.Again:
		run.Slot = slot
	default:
		return startFront(ctx, c, in)
	}
	before, err := c.DescribeWorkflowExecution(ctx, run.ID(), "")
	if err != nil && !IsNotFound(err) {
		return Started{}, fmt.Errorf("asking for the run %s: %w", run.ID(), err)
	}
	started, err := c.ExecuteWorkflow(ctx, Options(run), contract.TypeConcurExtract, in)
	if _, completed := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); completed {
		return startFront(ctx, c, in)
	}
	if err != nil {
		return Started{}, fmt.Errorf("starting the run %s: %w", run.ID(), err)
	}
	return Started{WorkflowRun: started, Joined: before.GetWorkflowExecutionInfo().GetExecution().GetRunId() == started.GetRunID()}, nil
}

// IsNotFound reports whether Temporal said that it does not know what it was asked for.
func IsNotFound(err error) bool {
	_, ok := errors.AsType[*serviceerror.NotFound](err)
	return ok
}

func startFront(ctx context.Context, c client.Client, in contract.ExtractInput) (Started, error) {
	id := path.Join("front", in.Pipeline, in.BusinessDate, uuid.NewString())
	started, err := c.ExecuteWorkflow(ctx, FrontOptions(id, in), contract.TypeConcurExtract, in)
	if err != nil {
		return Started{}, fmt.Errorf("starting %s: %w", id, err)
	}
	return Started{WorkflowRun: started, Front: true}, nil
}

// Behind waits until a front has its run, and returns the id of the run. It returns the id of the front where the front
// ended without one: with the verdict that its date has, or because it could not start the run.
func Behind(ctx context.Context, c client.Client, front client.WorkflowRun) (string, error) {
	for {
		described, err := c.DescribeWorkflowExecution(ctx, front.GetID(), front.GetRunID())
		switch {
		case err != nil && !unreachable(err):
			return "", fmt.Errorf("asking for the front %s: %w", front.GetID(), err)
		case described.GetWorkflowExecutionInfo().GetCloseTime() != nil:
			return front.GetID(), nil
		case isWaiting(described):
			if progress, err := askProgress(ctx, c, front.GetID(), front.GetRunID()); err == nil && progress.Run != "" {
				return progress.Run, nil
			}
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(lookEvery / 5):
		}
	}
}

// isWaiting reports whether a front waits for the end of its run.
func isWaiting(described *workflowservice.DescribeWorkflowExecutionResponse) bool {
	return slices.ContainsFunc(described.GetPendingActivities(), func(a *workflow.PendingActivityInfo) bool {
		return a.GetActivityType().GetName() == string(contract.WaitForRun)
	})
}

// Reconcile starts the tie-out of a landed job again, or joins it while it is running.
func Reconcile(ctx context.Context, c client.Client, in contract.ReconcileInput) (client.WorkflowRun, error) {
	key, inS3 := strings.CutPrefix(in.Manifest, "s3://")
	landed, ok := evidence.LandingOf(key)
	if !inS3 || !ok || !contract.IsJobKey(landed.JobKey) {
		return nil, fmt.Errorf("%q %w", in.Manifest, ErrNoManifest)
	}
	options := tieOutOptions(in.Pipeline, landed.JobKey)
	run, err := c.ExecuteWorkflow(ctx, options, contract.TypeReconcile, in)
	if err != nil {
		return nil, fmt.Errorf("starting the tie-out %s: %w", options.ID, err)
	}
	return run, nil
}

// ErrNoManifest says that Reconcile was given a name that cannot be the URI of a manifest.
var ErrNoManifest = errors.New("is not a manifest: name it as s3://bucket/…/jobs/<job>/manifest.json, as `tieout report` prints it")
