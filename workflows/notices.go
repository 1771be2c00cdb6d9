package workflows

import (
	"errors"
	"fmt"
	"slices"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
)

// Notice sends one notice to every target. It is a separate workflow, so that a webhook that does not answer does not hold
// up a run. Each target has an activity of its own, so that the failure of one does not repeat the notice to another.
func Notice(ctx workflow.Context, in contract.NoticeInput) error {
	told := make([]workflow.Future, len(in.Targets))
	for i, target := range in.Targets {
		params := in.Notice
		params.Target = target
		told[i] = start(ctx, notice(line("Tell %s", target.Host)), contract.Notify, params)
	}
	var problems []error
	for _, future := range told {
		problems = append(problems, future.Get(ctx, nil))
	}
	return coded(errors.Join(problems...))
}

// targetsOf returns the targets that want notices of a kind.
func targetsOf(targets []contract.NoticeTarget, kind contract.NoticeKind) []contract.NoticeTarget {
	if kind == contract.NoticeRecovery {
		kind = contract.NoticeFailed
	}
	return slices.DeleteFunc(slices.Clone(targets), func(t contract.NoticeTarget) bool { return !slices.Contains(t.On, string(kind)) })
}

// notifyResult tells people about a result.
func (r *extractRun) notifyResult(ctx workflow.Context, kind contract.NoticeKind, message string, result *contract.ExtractResult) {
	r.send(ctx, contract.NotifyParams{Scope: r.scope, Kind: kind, Outcome: result.Outcome, Message: message, JobID: result.Job.ID,
		Findings: result.Findings, Report: result.Reports.Link})
}

// notify tells people about something that is not a result.
func (r *extractRun) notify(ctx workflow.Context, kind contract.NoticeKind, code, message string) {
	r.send(ctx, contract.NotifyParams{Scope: r.scope, Kind: kind, Code: code, Message: message, JobID: r.progress.JobID})
}

// send starts a Notice and logs its failure, because the verdict stands even if nobody can be told. A run sends each kind
// once, and review again whenever it reminds a person.
func (r *extractRun) send(ctx workflow.Context, params contract.NotifyParams) {
	targets := targetsOf(r.configured.Targets, params.Kind)
	if len(targets) == 0 {
		return
	}
	params.ID, params.At = r.noticeID(params.Kind), workflow.Now(ctx)
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            r.scope.WorkflowID + "/notice/" + params.ID,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		StaticSummary:         line("Tell people: %s, %s of %s", params.Kind, r.scope.Settings.Name, r.scope.BusinessDate),
	})
	future := workflow.ExecuteChildWorkflow(child, contract.TypeNotice, contract.NoticeInput{Notice: params, Targets: targets})
	if err := future.GetChildWorkflowExecution().Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Error("Sending a notice failed", "kind", params.Kind, "error", err)
	}
}

// noticeID returns an id that is the same after a reset, so that a notice is not sent twice.
func (r *extractRun) noticeID(kind contract.NoticeKind) string {
	if r.notices == nil {
		r.notices = map[contract.NoticeKind]int{}
	}
	r.notices[kind]++
	id := r.scope.RunID + "/" + string(kind)
	if times := r.notices[kind]; times > 1 {
		id += fmt.Sprintf("/%d", times)
	}
	return id
}
