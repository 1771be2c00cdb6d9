package doctor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"tieout/internal/app"
	"tieout/internal/contract"
	"tieout/internal/wording"
	"tieout/starter/schedule"
)

func (d *doctor) temporal(ctx context.Context) {
	c, namespace, err := d.Dial(ctx)
	if err != nil {
		d.failed("temporal", err)
		return
	}
	defer c.Close()
	// Who may work in a namespace may not be allowed to describe it, so that only a missing namespace is a failure.
	_, err = c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	if _, missing := errors.AsType[*serviceerror.NamespaceNotFound](err); missing {
		d.failed("temporal", err)
		return
	}
	d.namespace = namespace
	d.ok("temporal", "reached, namespace %s", namespace)
	d.searchAttributes(ctx, c)
	d.workers(ctx, c)
	d.schedules(ctx, c)
}

func (d *doctor) searchAttributes(ctx context.Context, c client.Client) {
	const part = "search attributes"
	missing, wrong, err := app.CompareSearchAttributes(ctx, c, d.namespace)
	switch {
	case err != nil:
		d.warn(part, fmt.Sprintf("they cannot be asked for: %v", err), "Runs go on without them; `runs` and the Web UI then cannot filter by outcome")
	case len(wrong) > 0:
		d.warn(part, "of another type than tieout needs: "+strings.Join(wrong, ", "), "Remove them and let the worker register them; until then runs go on without")
	case len(missing) > 0:
		d.warn(part, "not registered: "+strings.Join(missing, ", "),
			"The worker registers them when it starts and may; else have an administrator run: "+app.RegisterCommand(d.namespace))
	default:
		d.ok(part, "registered: %s", strings.Join(slices.Sorted(maps.Keys(app.SearchAttributes())), ", "))
	}
}

// workers examines whether any worker polls the task queue.
func (d *doctor) workers(ctx context.Context, c client.Client) {
	const part = "workers"
	described, err := c.WorkflowService().DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{Namespace: d.namespace,
		TaskQueue: &taskqueue.TaskQueue{Name: contract.TaskQueue}, TaskQueueType: enums.TASK_QUEUE_TYPE_WORKFLOW})
	switch pollers := described.GetPollers(); {
	case err != nil:
		d.warn(part, fmt.Sprintf("the task queue %q cannot be looked at: %v", contract.TaskQueue, err), "")
	case len(pollers) == 0:
		d.warn(part, fmt.Sprintf("none on the task queue %q", contract.TaskQueue), "Runs wait until one is started: tieout-worker --config "+d.Config)
	default:
		d.ok(part, "%s on the task queue %q", wording.Counted(len(pollers), "poller", "pollers"), contract.TaskQueue)
	}
}

// schedules examines whether the schedules are those of the configuration.
func (d *doctor) schedules(ctx context.Context, c client.Client) {
	const part = "schedules"
	if d.settings == nil {
		return
	}
	wanted, err := schedule.Wanted(d.settings)
	if err != nil {
		d.failed(part, err)
		return
	}
	existing, err := schedule.Existing(ctx, c.ScheduleClient(), wanted)
	if err != nil {
		d.warn(part, app.Message(err), "")
		return
	}
	steps := schedule.Plan(wanted, existing, false)
	var differ []string
	for _, s := range steps {
		switch s.Do {
		case schedule.Create:
			differ = append(differ, s.ID+" (not there)")
		case schedule.Update:
			differ = append(differ, s.ID+" (differs)")
		case schedule.Extra:
			differ = append(differ, fmt.Sprintf("%s (%s)", s.ID, s.Do))
		}
	}
	slices.Sort(differ)
	switch {
	case len(differ) > 0:
		d.warn(part, strings.Join(differ, ", "), fmt.Sprintf("`%s schedule apply` makes them equal to the configuration", d.Program))
	case len(steps) == 0:
		d.ok(part, "none is configured")
	default:
		d.ok(part, "%s as configured", wording.Counted(len(steps), "schedule", "schedules"))
	}
}
