package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/wording"
)

var (
	attributePipeline     = temporal.NewSearchAttributeKeyKeyword(contract.AttributePipeline)
	attributeBusinessDate = temporal.NewSearchAttributeKeyKeyword(contract.AttributeBusinessDate)
	attributeOutcome      = temporal.NewSearchAttributeKeyKeyword(contract.AttributeOutcome)
	attributeFindings     = temporal.NewSearchAttributeKeyInt64(contract.AttributeFindings)
)

// tell moves the run to a phase, and shows that in the query progress and in the Web UI's details of the run.
func (r *extractRun) tell(ctx workflow.Context, phase contract.Phase, message, next string) {
	r.progress.Phase = phase
	r.progress.Since = workflow.Now(ctx).UTC().Format(time.RFC3339)
	r.progress.Message = message
	r.progress.Next = next
	workflow.SetCurrentDetails(ctx, markdown(r.progress))
}

// markdown returns the details of a run for the Web UI.
func markdown(p contract.Progress) string {
	since := p.Since
	if t, err := time.Parse(time.RFC3339, p.Since); err == nil {
		since = wording.Moment(t)
	}
	text := fmt.Sprintf("**%s** (since %s)\n\n", p.Message, since)
	if p.Next != "" {
		text += "Next: " + p.Next + "\n\n"
	}
	row := func(name, value string) {
		if value != "" && value != "0" {
			text += "- " + name + ": " + value + "\n"
		}
	}
	row("Pipeline", p.Pipeline)
	row("Business date", p.BusinessDate)
	if p.JobID != "" {
		row("Job", fmt.Sprintf("`%s`, %s", p.JobID, cameBy(p.Job)))
	}
	if p.Files > 0 {
		row("Landed", wording.Counted(p.Files, "file", "files")+", "+wording.Size(p.Bytes))
	}
	row("Records", wording.Count(p.Records))
	row("Outcome", string(p.Outcome))
	row("Findings", wording.Count(int64(p.Findings)))
	if p.Reports != nil {
		link := "`" + p.Reports.Link + "`"
		if strings.HasPrefix(p.Reports.Link, "http") {
			link = "[open the report](" + p.Reports.Link + ")"
		}
		row("Report", link)
	}
	for _, job := range p.Recovered {
		row("Recovered job", "`"+job.ID+"`")
	}
	for _, job := range p.LeftOver[:min(len(p.LeftOver), recoveredANight)] {
		row("Left over", leftOverLine(job))
	}
	if more := len(p.LeftOver) - recoveredANight; more > 0 {
		row("Left over", wording.Counted(more, "more job", "more jobs"))
	}
	if p.Gap != nil {
		row("Gap", gapMessage(*p.Gap))
	}
	row("Recovery", p.RecoveryProblem)
	return text
}

// showOutcome sets the search attributes of a run that has a tie-out.
func (r *extractRun) showOutcome(ctx workflow.Context, value contract.OutcomeAttribute, findings int) {
	r.attributes(ctx, attributeOutcome.ValueSet(string(value)), attributeFindings.ValueSet(int64(findings)))
}

// attributes sets search attributes, where they are registered.
func (r *extractRun) attributes(ctx workflow.Context, updates ...temporal.SearchAttributeUpdate) {
	if !r.configured.SearchAttributes {
		return
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		workflow.GetLogger(ctx).Warn("Setting search attributes failed", "error", err)
	}
}
