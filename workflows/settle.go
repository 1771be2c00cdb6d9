package workflows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
	"tieout/internal/wording"
)

// unsettledStart is an attempt at a start whose outcome is unknown.
type unsettledStart struct {
	RunID string
	// Known are the jobs that Concur listed before it.
	Known []string
	// Sent is the latest time at which its POST can have reached Concur.
	Sent time.Time
	Why  string
}

// settle looks for the job after an unknown outcome. It adopts exactly one new job, and asks a person about several, or
// about a list that may have hidden one. It returns no job where Concur shows that nothing was started.
func (r *extractRun) settle(ctx workflow.Context, start unsettledStart) (jobID string, err error) {
	until := start.Sent.Add(time.Duration(r.scope.Settings.Poll.Visibility))
	r.tell(ctx, contract.PhaseStarting, fmt.Sprintf("The outcome of the start is not known (%s); looking for the job until %s",
		start.Why, until.UTC().Format(time.TimeOnly)), "adopting the job once Concur lists it")
	found, err := execute(ctx, poll("Look for the job that may have been started", pipeline.Poll{
		First: pipeline.Duration(2 * time.Second), Max: pipeline.Duration(30 * time.Second)}, longestOutage),
		contract.FindStarted, contract.FindStartedParams{Scope: r.scope, RunID: start.RunID, Known: start.Known, Until: until})
	switch {
	case err != nil:
		return "", err
	case len(found.JobIDs) == 1:
		return found.JobIDs[0], nil
	case len(found.JobIDs) > 1:
		return r.askPerson(ctx, "Several new jobs appeared after the start: "+strings.Join(found.JobIDs, ", "))
	case found.Lost:
		return r.askPerson(ctx, "Concur's list has lost jobs that it held before the start and shows no new one, so a job that was started cannot be told from one that was not")
	}
	return "", nil
}

// askPerson waits for the update resolve-start, and reminds people while nobody decides. It returns the adopted job, or
// none where the decision is to start again.
func (r *extractRun) askPerson(ctx workflow.Context, why string) (jobID string, err error) {
	r.resolution = nil
	r.tell(ctx, contract.PhaseAmbiguous, why,
		"a person decides with the update resolve-start: adopt a job, start-again, or stop (`tieout resolve`)")
	r.attributes(ctx, attributeOutcome.ValueSet(string(contract.AttributeAmbiguous)))
	for since := workflow.Now(ctx); r.resolution == nil; {
		message := why
		if waited := workflow.Now(ctx).Sub(since); waited > 0 {
			message = fmt.Sprintf("Nobody has decided for %s. %s", wording.Span(waited), why)
		}
		r.notify(ctx, contract.NoticeReview, contract.CodeStartAmbiguous, message)
		if _, err := awaitUntil(ctx, startReminder, line("Remind people after %s", wording.Span(startReminder)), func() bool { return r.resolution != nil }); err != nil {
			return "", err
		}
	}
	decision := *r.resolution
	r.resolved = &decision
	r.attributes(ctx, attributeOutcome.ValueUnset())
	r.tell(ctx, contract.PhaseStarting, fmt.Sprintf("%s decided: %s (%s)", decision.By, decision.Decision, decision.Reason), "going on with that")
	switch decision.Decision {
	case contract.DecisionAdopt:
		return decision.JobID, nil
	case contract.DecisionStartAgain:
		r.allowed = true
		return "", nil
	}
	r.stopped = &contract.Stopped{By: decision.By, Reason: decision.Reason}
	return "", failure(contract.CodeStartAmbiguous, fmt.Sprintf(
		"%s stopped the run (%s). %s. Nothing is lost: should a job have been started after all, the next run lands it.", decision.By, decision.Reason, why))
}

// registerResolveStart registers the update by which a person decides on an ambiguous start. The first decision counts.
func (r *extractRun) registerResolveStart(ctx workflow.Context) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, contract.UpdateResolveStart,
		func(ctx workflow.Context, in contract.ResolveStartInput) (string, error) {
			if in.Decision == contract.DecisionAdopt {
				if err := r.seeJob(ctx, in.JobID); err != nil {
					return "", err
				}
			}
			if err := r.mayResolve(); err != nil { // another decision may have come while the job was looked up
				return "", err
			}
			r.resolution = &in
			return fmt.Sprintf("Noted: %s by %s", in.Decision, in.By), nil
		},
		workflow.UpdateHandlerOptions{
			Description: `Decide on a start whose outcome is not known: adopt a job, start-again, or stop. Data: {"decision":"adopt","jobId":"the job's id","by":"your name","reason":"why"}`,
			Validator: func(ctx workflow.Context, in contract.ResolveStartInput) error {
				if err := r.mayResolve(); err != nil {
					return err
				}
				switch {
				case !slices.Contains([]contract.Decision{contract.DecisionAdopt, contract.DecisionStartAgain, contract.DecisionStop}, in.Decision):
					return fmt.Errorf("decision %q is none of adopt, start-again, stop", in.Decision)
				case in.Decision == contract.DecisionAdopt && in.JobID == "":
					return fmt.Errorf("adopt needs the jobId of the job to adopt")
				case strings.TrimSpace(in.By) == "" || strings.TrimSpace(in.Reason) == "":
					return fmt.Errorf("by and reason are required: the decision stands in the evidence")
				}
				return nil
			},
		})
}

// seeJob checks that the job which a person wants to adopt exists. Another decision ends the check, because the run may
// have gone on before Concur answers.
func (r *extractRun) seeJob(ctx workflow.Context, jobID string) error {
	looking, done := workflow.WithCancel(ctx)
	defer done()
	look := start(looking, read(line("See that job %s exists", jobID)), contract.DescribeJob,
		contract.JobParams{Scope: r.scope, JobID: jobID})
	if err := workflow.Await(ctx, func() bool { return look.IsReady() || r.resolution != nil }); err != nil || !look.IsReady() {
		return err
	}
	if err := look.Get(ctx, nil); err != nil {
		code, message := codeOf(err)
		return failure(code, fmt.Sprintf("job %s cannot be adopted. %s", jobID, message))
	}
	return nil
}

// mayResolve returns an error where no decision is asked for, or where somebody has decided already.
func (r *extractRun) mayResolve() error {
	switch {
	case r.isFront():
		return r.frontRefusal("resolve the start of")
	case r.resolution != nil:
		return fmt.Errorf("%s has decided already: %s. That decision stands", r.resolution.By, r.resolution.Decision)
	case r.progress.Phase != contract.PhaseAmbiguous:
		return fmt.Errorf("nothing to resolve: the run is in phase %q", r.progress.Phase)
	}
	return nil
}
