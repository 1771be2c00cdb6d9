package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/wording"
)

// Reconcile ties out a landed job: it scans the files once, reads the list branches that their codes need, matches and
// reports (docs/concepts.md). As a child of ConcurExtract it uses the settings of that run, which hands over the result.
// Started by itself, it uses today's settings and hands over the result itself.
func Reconcile(ctx workflow.Context, in contract.ReconcileInput) (*contract.ExtractResult, error) {
	result, err := reconcileRun(ctx, in)
	if err != nil {
		return nil, coded(err)
	}
	return result, nil
}

func reconcileRun(ctx workflow.Context, in contract.ReconcileInput) (*contract.ExtractResult, error) {
	scope, err := reconcileScope(ctx, in)
	if err != nil {
		return nil, err
	}
	params := contract.TieOutParams{Scope: scope, Manifest: in.Manifest, LeftOver: in.LeftOver, At: workflow.Now(ctx)}
	var reported contract.ReportResult
	for opening := 1; ; opening++ {
		params.Owner = fmt.Sprintf("%s/%d", workflow.GetInfo(ctx).OriginalRunID, opening)
		params.Number = 0
		reported, err = tieOutOnce(ctx, &params)
		// Another version of the software may have written objects of this number before it was replaced. They are not
		// overwritten, so the tie-out gets another number.
		if !isTaken(err) || opening == tieOutOpenings {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	if reported.ControlTotalsFail {
		tellTieOut(ctx, params, reported.ControlMessage)
		return nil, failure(contract.CodeControlTotals, reported.ControlMessage, reported.Result)
	}
	if in.Scope == nil {
		if _, err := execute(ctx, read(line("Write the result. %s", verdict(&reported.Result, len(scope.Settings.Checks)))), contract.HandOver,
			contract.HandOverParams{Scope: scope, Result: reported.Result, TieOut: params.Number, At: workflow.Now(ctx)}); err != nil {
			return nil, err
		}
	}
	tellTieOut(ctx, params, verdict(&reported.Result, len(scope.Settings.Checks)))
	return &reported.Result, nil
}

// tieOutOnce opens a tie-out, sets its number in params, and carries it through to its reports.
func tieOutOnce(ctx workflow.Context, params *contract.TieOutParams) (contract.ReportResult, error) {
	opened, err := execute(ctx, read("Give the tie-out its number"), contract.OpenTieOut, *params)
	if err != nil {
		return contract.ReportResult{}, err
	}
	params.Number = opened.Number
	tellTieOut(ctx, *params, "Reading the files")
	scanned, err := execute(ctx, transfer(fmt.Sprintf("Read %s once (%s): totals, and every code with its rows", wording.Counted(opened.Files, "file", "files"), wording.Size(opened.Bytes))), contract.Scan, *params)
	if err != nil {
		return contract.ReportResult{}, err
	}
	codes := wording.Counted(scanned.Tuples, "combination of codes", "combinations of codes")
	tellTieOut(ctx, *params, "Reading Concur's lists for "+codes)
	if _, err := execute(ctx, transfer("Read Concur's lists for "+codes), contract.ReadLists, *params); err != nil {
		return contract.ReportResult{}, err
	}
	tellTieOut(ctx, *params, "Matching the codes and writing the reports")
	return execute(ctx, transfer(fmt.Sprintf("Match the codes of %s and write the reports", wording.Counted(scanned.Records, "record", "records"))), contract.Report, *params)
}

// tellTieOut shows in the Web UI what the tie-out is doing.
func tellTieOut(ctx workflow.Context, params contract.TieOutParams, what string) {
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("**%s** (since %s)\n\n- Tie-out: %03d\n- Manifest: `%s`\n",
		what, wording.Moment(workflow.Now(ctx)), params.Number, params.Manifest))
}

// reconcileScope returns the scope of the run, or one with today's settings for a tie-out that was started by itself.
func reconcileScope(ctx workflow.Context, in contract.ReconcileInput) (contract.Scope, error) {
	if in.Scope != nil {
		return *in.Scope, nil
	}
	if in.Pipeline == "" || in.Manifest == "" {
		return contract.Scope{}, failure(contract.CodeConfigInvalid, `Reconcile needs {"pipeline":"…","manifest":"s3://…/manifest.json"}.`)
	}
	info := workflow.GetInfo(ctx)
	configured, err := execute(ctx, read(configurationOf(in.Pipeline)), contract.Configure,
		contract.ConfigureParams{Input: contract.ExtractInput{Pipeline: in.Pipeline}, At: info.WorkflowStartTime, Manifest: in.Manifest})
	if err != nil {
		return contract.Scope{}, err
	}
	scope := newScope(configured, info)
	prepared, err := execute(ctx, read("See that Concur has the extract and the lists, and S3 the bucket"), contract.Prepare, contract.PrepareParams{Scope: scope})
	scope.DefinitionID = prepared.DefinitionID
	return scope, err
}
