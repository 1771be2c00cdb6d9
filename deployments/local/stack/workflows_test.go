package stack

import (
	"context"
	"os"
	"time"

	"github.com/nexus-rpc/sdk-go/nexus"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/temporalnexus"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const testQueue = "test"

// startWorker makes a worker for the workflows below.
func startWorker(c client.Client) worker.Worker {
	w := worker.New(c, testQueue, worker.Options{})
	w.RegisterWorkflow(twoHalves)
	w.RegisterWorkflow(callsNexus)
	w.RegisterWorkflow(repeats)
	w.RegisterActivity(pid)
	service := nexus.NewService("test-service")
	if err := service.Register(repeatOperation); err != nil {
		panic(err)
	}
	w.RegisterNexusService(service)
	return w
}

// pid says which process an activity ran in.
func pid(context.Context) (int, error) { return os.Getpid(), nil }

// twoHalves returns the process of its first half and, after the signal "go-on", that of its second.
func twoHalves(ctx workflow.Context) ([]int, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
	var first, second int
	err := workflow.SetUpdateHandler(ctx, "first-half", func(ctx workflow.Context) (int, error) {
		err := workflow.Await(ctx, func() bool { return first != 0 })
		return first, err
	})
	if err != nil {
		return nil, err
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, temporal.NewSearchAttributeKeyKeyword("TieoutPipeline").ValueSet("nightly")); err != nil {
		return nil, err
	}
	if err := workflow.ExecuteActivity(ctx, pid).Get(ctx, &first); err != nil {
		return nil, err
	}
	workflow.GetSignalChannel(ctx, "go-on").Receive(ctx, nil)
	if err := workflow.UpsertTypedSearchAttributes(ctx, temporal.NewSearchAttributeKeyInt64("TieoutFindings").ValueSet(3)); err != nil {
		return nil, err
	}
	err = workflow.ExecuteActivity(ctx, pid).Get(ctx, &second)
	return []int{first, second}, err
}

// repeatOperation is asynchronous: its result comes back by callback when the workflow behind it ends.
var repeatOperation = temporalnexus.NewWorkflowRunOperation("repeat", repeats,
	func(_ context.Context, text string, options nexus.StartOperationOptions) (client.StartWorkflowOptions, error) {
		return client.StartWorkflowOptions{ID: "repeats-" + options.RequestID}, nil
	})

func repeats(_ workflow.Context, text string) (string, error) { return text, nil }

func callsNexus(ctx workflow.Context, text string) (string, error) {
	c := workflow.NewNexusClient("test-endpoint", "test-service")
	var answer string
	err := c.ExecuteOperation(ctx, repeatOperation, text, workflow.NexusOperationOptions{ScheduleToCloseTimeout: 20 * time.Second}).Get(ctx, &answer)
	return answer, err
}
