package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
)

// gonePatience is how often a front starts a run again that Temporal has forgotten meanwhile.
const gonePatience = 3

// isFront reports whether the workflow is a front. The run that it starts is not its child, so that cancelling or
// terminating the front does not end the run.
func (r *extractRun) isFront() bool {
	return r.configured.Run != "" && r.configured.Run != r.scope.WorkflowID
}

// front starts or joins the run, waits for its end, and ends as the run did. It asks Concur nothing, writes nothing and
// sends no notices.
func (r *extractRun) front(ctx workflow.Context) (*contract.ExtractResult, error) {
	run := r.configured.Run
	for gone := 0; ; gone++ {
		r.tell(ctx, contract.PhaseJoined, "Starting or joining the run "+run, "its verdict")
		started, err := execute(ctx, begin("Start or join the run "+run), contract.StartRun,
			contract.StartRunParams{Scope: r.scope, Run: run, Input: r.inputOfRun()})
		if err != nil {
			return nil, err
		}
		if started.Verdict != nil {
			return r.answer(ctx, started.Verdict), nil
		}
		r.tell(ctx, contract.PhaseJoined, "Waiting for the run "+run, "its verdict. Review it there: this workflow only stands before it")
		end, err := r.waitForRun(ctx, "Wait for the run "+run+"; review it there", run)
		if err != nil {
			return nil, err
		}
		if end.Status == contract.RunGone && gone < gonePatience {
			continue
		}
		return r.endAs(ctx, run, end)
	}
}

// inputOfRun returns the input with which a front starts its run.
func (r *extractRun) inputOfRun() contract.ExtractInput {
	in := contract.ExtractInput{Pipeline: r.scope.Settings.Name, JobID: r.configured.JobID}
	if in.JobID == "" {
		in.BusinessDate = r.scope.Slot.First().String()
	} else {
		in.BusinessDate = r.input.BusinessDate // a date that nobody named is not the job's
	}
	return in
}

// waitForRun waits for the end of a run or of its tie-out, and takes its result.
func (r *extractRun) waitForRun(ctx workflow.Context, summary, id string) (contract.WaitForRunResult, error) {
	return r.waitForEnd(ctx, summary, contract.WaitForRunParams{WorkflowID: id, Result: true})
}

// waitForEnd waits for the end of the newest execution under a workflow id.
func (r *extractRun) waitForEnd(ctx workflow.Context, summary string, params contract.WaitForRunParams) (contract.WaitForRunResult, error) {
	end, err := execute(ctx, follow(line("%s", summary)), contract.WaitForRun, params)
	if outOfTime(err) {
		return end, failure(contract.CodeTemporary, fmt.Sprintf("%s is still running after all the time that this workflow may wait for it: look there.", params.WorkflowID))
	}
	return end, err
}

// endAs returns the result or the failure of the front's run.
func (r *extractRun) endAs(ctx workflow.Context, run string, end contract.WaitForRunResult) (*contract.ExtractResult, error) {
	switch end.Status {
	case contract.RunCompleted:
		r.progress.Outcome = end.Result.Outcome
		r.tell(ctx, contract.PhaseDone, "The run "+run+" reached its verdict: "+verdict(end.Result, len(r.scope.Settings.Checks)), "")
		return end.Result, nil
	case contract.RunFailed:
		return nil, failed(end)
	case contract.RunGone:
		return nil, failure(contract.CodeTemporary, fmt.Sprintf("Temporal has forgotten the run %s again and again. Nothing is lost: start the date again, and it takes the job that it has.", run))
	}
	return nil, failure(contract.CodeTemporary, fmt.Sprintf("The run %s was %s. Nothing is lost: start the date again, and it takes the job that it has.", run, end.Status))
}

// failed returns the failure of a workflow that was waited for, with its own code, sentence and result.
func failed(end contract.WaitForRunResult) error {
	if end.Code == "" {
		end.Code = contract.CodeTemporary
	}
	if end.Result != nil {
		return failure(end.Code, end.Message, *end.Result)
	}
	return failure(end.Code, end.Message)
}

// answer returns the verdict that the slot had before, as the result of a run or of a front.
func (r *extractRun) answer(ctx workflow.Context, result *contract.ExtractResult) *contract.ExtractResult {
	r.progress.JobID, r.progress.Job, r.progress.Outcome = result.Job.ID, result.Job.Origin, result.Outcome
	r.progress.Records, r.progress.TieOut = result.Control.Records, result.TieOut
	r.progress.Findings, r.progress.Reports = result.Findings.Count, &result.Reports
	if !r.isFront() {
		r.showOutcome(ctx, contract.OutcomeAttribute(result.Outcome), result.Findings.Count)
	}
	r.tell(ctx, contract.PhaseDone, fmt.Sprintf("%s was extracted already, and this is the verdict of %s. %s", r.scope.Slot, result.Answered,
		verdict(result, len(r.scope.Settings.Checks))),
		fmt.Sprintf("for a further extract of the date: `tieout run %s --date %s --again`", r.scope.Settings.Name, r.scope.Slot.First()))
	return result
}

// afterClaimant waits for another run that has claimed the job of this one, and returns its verdict on the job if it has
// one.
func (r *extractRun) afterClaimant(ctx workflow.Context) (*contract.ExtractResult, error) {
	for r.configured.Claimed != "" {
		other := r.configured.Claimed
		r.tell(ctx, contract.PhaseWaiting, "Waiting for the run "+other+", which has the job", "its verdict, or the job itself")
		end, err := r.waitForRun(ctx, "Wait for the run "+other+", which has the job", other)
		if err != nil {
			return nil, err
		}
		if end.Status == contract.RunCompleted && end.Result != nil && end.Result.Job.ID == r.configured.JobID && r.again == nil {
			return r.answer(ctx, end.Result), nil
		}
		if err := r.configure(ctx); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// frontRefusal returns the error for a decision that was sent to a front instead of its run.
func (r *extractRun) frontRefusal(doing string) error {
	return fmt.Errorf("this is a front: %s %s", doing, r.configured.Run)
}
