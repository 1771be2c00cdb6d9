package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"tieout/internal/app"
	"tieout/internal/contract"
)

func (d *doctor) temporal(ctx context.Context) {
	c, namespace, err := d.a.dial(ctx)
	if err != nil {
		d.failed("temporal", &unreachableError{err})
		return
	}
	defer c.Close()
	// Who may work in a namespace may not be allowed to describe it: only that it is not there stops here.
	var missing *serviceerror.NamespaceNotFound
	if _, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace}); errors.As(err, &missing) {
		d.failed("temporal", err)
		return
	}
	d.namespace = namespace
	d.ok("temporal", "reached, namespace %s", namespace)
	d.searchAttributes(ctx, c, namespace)
	d.workers(ctx, c, namespace)
	d.schedules(ctx, c)
}

func (d *doctor) searchAttributes(ctx context.Context, c client.Client, namespace string) {
	const part = "search attributes"
	there, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		d.warn(part, fmt.Sprintf("they cannot be asked for: %v", err), "Runs go on without them; `runs` and the Web UI then cannot filter by outcome")
		return
	}
	missing, wrong, all := compareAttributes(there.GetCustomAttributes())
	switch {
	case len(wrong) > 0:
		d.warn(part, "of another type than tieout needs: "+strings.Join(wrong, ", "), "Remove them and let the worker register them; until then runs go on without")
	case len(missing) > 0:
		d.warn(part, "not registered: "+strings.Join(missing, ", "),
			"The worker registers them when it starts and may; else have an administrator run: temporal operator search-attribute create --namespace "+namespace+
				" --name TieoutPipeline --type Keyword --name TieoutBusinessDate --type Keyword --name TieoutOutcome --type Keyword --name TieoutFindings --type Int")
	default:
		d.ok(part, "registered: %s", strings.Join(all, ", "))
	}
}

// compareAttributes tells which of tieout's search attributes are missing or of another type.
func compareAttributes(there map[string]enums.IndexedValueType) (missing, wrong, all []string) {
	attributes := app.SearchAttributes()
	all = sortedKeys(attributes)
	for _, name := range all {
		switch kind, ok := there[name]; {
		case !ok:
			missing = append(missing, name)
		case kind != attributes[name]:
			wrong = append(wrong, name)
		}
	}
	return missing, wrong, all
}

// workers tells whether anybody works on the task queue.
func (d *doctor) workers(ctx context.Context, c client.Client, namespace string) {
	const part = "workers"
	described, err := c.WorkflowService().DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{Namespace: namespace,
		TaskQueue: &taskqueue.TaskQueue{Name: contract.TaskQueue}, TaskQueueType: enums.TASK_QUEUE_TYPE_WORKFLOW})
	if err != nil {
		d.warn(part, fmt.Sprintf("the task queue %q cannot be looked at: %v", contract.TaskQueue, err), "")
		return
	}
	if len(described.GetPollers()) == 0 {
		d.warn(part, fmt.Sprintf("none on the task queue %q", contract.TaskQueue), "Runs wait until one is started: worker --config "+d.a.config)
		return
	}
	d.ok(part, "%s on the task queue %q", plural(len(described.GetPollers()), "poller"), contract.TaskQueue)
}

// schedules tells whether the schedules are those of the configuration.
func (d *doctor) schedules(ctx context.Context, c client.Client) {
	const part = "schedules"
	if d.settings == nil {
		return
	}
	wanted, err := wantedSchedules(d.settings)
	if err != nil {
		d.failed(part, err)
		return
	}
	there, err := schedulesThere(ctx, c, wanted)
	if err != nil {
		d.warn(part, messageOf(err), "")
		return
	}
	steps := plan(wanted, there, false)
	var differ []string
	for _, s := range steps {
		if s.Do != stepKeep {
			differ = append(differ, s.ID+" ("+map[string]string{stepCreate: "not there", stepUpdate: "differs", stepExtra: stepExtra}[s.Do]+")")
		}
	}
	slices.Sort(differ)
	if len(differ) > 0 {
		d.warn(part, strings.Join(differ, ", "), fmt.Sprintf("`%s schedule apply` makes them equal to the configuration", d.a.name))
		return
	}
	if len(steps) == 0 {
		d.ok(part, "none is configured")
		return
	}
	d.ok(part, "%s as configured", plural(len(steps), "schedule"))
}
