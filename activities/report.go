package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tieout/internal/contract"
	"tieout/internal/reconcile"
	"tieout/internal/report"
)

// Report matches the scanned tuples with the lists and writes the tie-out's reports.
func (a *Activities) Report(ctx context.Context, p contract.TieOutParams) (contract.ReportResult, error) {
	r := a.run(p.Scope)
	t, err := r.tieOut(ctx, p)
	if err != nil {
		return contract.ReportResult{}, failed(ctx, "Reading the manifest", err)
	}
	scanned, err := t.Resume(ctx)
	if err != nil {
		return contract.ReportResult{}, failed(ctx, "Reading what the tie-out needs", err)
	}
	for i, file := range t.Files {
		if file.SHA256 != scanned[i].Summary.SHA256 {
			return contract.ReportResult{}, invalid(fmt.Sprintf("%s names other bytes of %s than were scanned: it has changed in the meantime. Restore the version that was written (docs/bucket.md, Versioning) and run again.", p.Manifest, file.Name))
		}
	}
	objects := t.Objects.(tieOutObjects)
	link := func(name string) string { return r.Config.Storage.ReportLink(r.URI(objects.key(name))) }
	t.Links = report.Links{JSON: link("report.json"), HTML: link("report.html"), XLSX: link("report.xlsx"), Findings: link("findings.csv"), Rows: link("rows.csv")}
	t.Evidence.Software = t.Basis.Software
	judged, err := t.Judge(ctx, scanned)
	if unread, ok := errors.AsType[*reconcile.UnreadError](err); ok {
		return contract.ReportResult{}, final(contract.CodeListUnavailable, unread.Error())
	}
	if input, ok := errors.AsType[*reconcile.InputError](err); ok {
		return contract.ReportResult{}, invalid("Matching the codes: " + input.Error()) // no retry makes other input of it
	}
	if err != nil {
		return contract.ReportResult{}, failed(ctx, "Tying the files out", err)
	}
	doc, uri := judged.Document, ""
	result := contract.ReportResult{ControlTotalsFail: judged.ControlTotalsFail()}
	if result.ControlTotalsFail { // such a tie-out ends the run: nothing is handed over
		result.ControlMessage = controlMessage(doc)
	} else {
		doc.Links.Result, uri = link("result.json"), r.URI(objects.key("result.json"))
	}
	reports, err := judged.Write(ctx)
	if err != nil {
		return contract.ReportResult{}, failed(ctx, "Writing the reports", err)
	}
	result.Result = resultOf(doc, reports, uri)
	return result, nil
}

// resultOf returns a tie-out as workflows and result.json know it.
func resultOf(doc *report.Document, reports contract.Reports, uri string) contract.ExtractResult {
	result := contract.ExtractResult{
		Schema: 1, Pipeline: doc.Run.Pipeline, BusinessDate: doc.Run.BusinessDate, Outcome: doc.Outcome, Job: doc.Job, TieOut: doc.Run.TieOut,
		Manifest: doc.Evidence.Manifest, ResultURI: uri, Control: doc.Control.Control, Findings: doc.Summary, Reports: reports,
		Recovered: []contract.Recovered{},
	}
	for i, file := range doc.Evidence.Files {
		file.Control, file.Proof, file.ScannedSHA256 = &doc.Control.Files[i].Control, "", "" // those are in the report
		result.Files = append(result.Files, file)
	}
	return result
}

// controlMessage returns the sentences about the figures that do not agree.
func controlMessage(doc *report.Document) string {
	var b strings.Builder
	for _, file := range doc.Control.Files {
		if !file.Agrees {
			fmt.Fprintf(&b, "%s declares %d records and %s in total, but holds %d and %s. ", file.Name,
				file.DeclaredRecords, file.DeclaredTotal, file.Records, file.Total)
		}
	}
	return b.String() + "Do not post it: ask SAP Concur for the extract again. The file and the report are kept: " + doc.Links.HTML
}
