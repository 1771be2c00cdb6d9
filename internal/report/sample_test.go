package report

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/contract"
	"tieout/internal/extractfile"
	"tieout/internal/money"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
)

// -samples DIR writes every report of every sample there, to be looked at.
var samplesDir = flag.String("samples", "", "write the sample reports to this directory")

func amount(t testing.TB, text string) money.Amount {
	a, err := money.Parse(text)
	require.NoError(t, err)
	return a
}

func sums(t testing.TB, parts ...string) money.Sums {
	s := money.Sums{}
	for i := 0; i < len(parts); i += 3 {
		s[parts[i]] = money.Sum{Net: amount(t, parts[i+1]), Gross: amount(t, parts[i+2])}
	}
	return s
}

// sampleClean is a run without a finding.
func sampleClean(t testing.TB) *Document {
	control := contract.Control{Records: 10_214, DeclaredRecords: 10_214, Total: amount(t, "1284733.9"), DeclaredTotal: amount(t, "1284733.9"),
		Agrees: true, Declared: true}
	uri := "s3://acme-finance/concur/nightly-sae/jobs/8c1f3a90d2b45e67/"
	hash := strings.Repeat("5e9f02c1", 8)
	name := "extract_CES_SAE_v3_p0025644mo4c_20261120040211.txt"
	doc := &Document{
		Schema: Schema, Outcome: "clean",
		Run: Run{Pipeline: "nightly-sae", BusinessDate: "2026-11-20", TieOut: 1, TiedOutAt: "2026-11-20T09:04:51Z",
			WorkflowID: "extract/nightly-sae/2026-11-20", RunID: "019aa0b2-6d1e-7a3f-9f51-0c7e5f6f2b11"},
		Job: contract.Job{ID: "gWqmsMJ27KYsYDsraMCRfUtd5Y9ha96y3", Definition: "gWqmsMJ27KYsYDsraMCRfUtd5Y9hd89y2", Origin: "started",
			StartTime: "2026-11-20T09:00:12Z", StopTime: "2026-11-20T09:02:11Z"},
		Control:  reconcile.Control{Control: control, Files: []reconcile.FileControl{{Name: name, Control: control, Amounts: sums(t, "USD", "1284733.9", "1502811.22")}}},
		Findings: []reconcile.Finding{}, Resolved: []reconcile.Resolved{},
		Lists: []ListUsed{
			{Name: "Organization List", API: "v1", ID: "gWlJmfTQqx1nYqGx6QJbXn3zH", Levels: 3, Items: 412, Requests: 38, ReadAt: "2026-11-20T09:04:40Z",
				URI: uri + "tieout/001/lists/organization-list.json", SHA256: hash},
			{Name: "Chart of Accounts", API: "v1", ID: "gWlJmfTQqx1nYqGx6QJbXn9aB", Levels: 1, Items: 1_088, Requests: 1, ReadAt: "2026-11-20T09:04:42Z",
				URI: uri + "tieout/001/lists/chart-of-accounts.json", SHA256: hash}},
		Evidence: Evidence{Manifest: uri + "manifest.json", Config: strings.Repeat("07bd", 16), Software: "tieout 1.0.0 (3f2c1aa)",
			Files: []contract.File{{Name: name, URI: uri + "raw/" + name, Bytes: 13_411_902, SHA256: hash, ScannedSHA256: hash, Records: 10_214, Proof: "content-length"}},
			Start: &StartDecision{Decision: "Started: Concur answered 201 to the only POST"}, CorrelationIDs: []string{"4f7c6b1e-03aa-4a57-8d7e-2b4ef7c0a911"},
			LandedAt: "2026-11-20T09:03:02Z", ScannedAt: "2026-11-20T09:04:33Z"},
		Summary: contract.FindingsSummary{ByClass: map[string]int{}, Amounts: money.Sums{}},
		Checks: []reconcile.CheckUsed{{Name: "Cost centre", List: "Organization List", Columns: []pipeline.Column{"report_org_unit_1", "report_org_unit_2", "report_org_unit_3"}, Tuples: 388},
			{Name: "GL account", List: "Chart of Accounts", Columns: []pipeline.Column{"journal_account_code"}, Tuples: 96, Skipped: 41}},
		Links: Links{JSON: uri + "tieout/001/report.json", HTML: uri + "tieout/001/report.html", XLSX: uri + "tieout/001/report.xlsx",
			Findings: uri + "tieout/001/findings.csv", Rows: uri + "tieout/001/rows.csv", Result: uri + "tieout/001/result.json"},
	}
	for i := range 22 {
		doc.Trend = append(doc.Trend, TrendPoint{BusinessDate: fmt.Sprintf("2026-10-%02d", i+1), Findings: (i * 5) % 13, Rows: int64(i * 9),
			ByCheck: map[string]map[string]int{"Cost centre": {"unknown": (i * 3) % 7, "format_only": i % 4}, "GL account": {"placeholder": (i * 7) % 5}}})
	}
	doc.Trend[21] = TrendPoint{BusinessDate: "2026-11-20", ByCheck: map[string]map[string]int{}}
	return doc
}

// sampleSmall holds a finding of most classes, in two currencies, some repeated, some waived.
func sampleSmall(t testing.TB) *Document {
	doc := sampleClean(t)
	doc.Outcome = "findings"
	doc.Lists[0].Doubles, doc.Lists[0].DoubleCount = []reconcile.Double{{Path: []string{"D10", "2200"}, Names: []string{"Warehouse", "Warehouse (old)"}}}, 3
	f := func(check, class string, level int, path ...string) *reconcile.Finding {
		n := len(doc.Findings) + 1
		doc.Findings = append(doc.Findings, reconcile.Finding{ID: fmt.Sprintf("%016x", n*0x1f3d5b79), Check: check, Class: class, Level: level, Path: path,
			Rows: int64(n * 3), Reports: int64(n + 1), Amounts: sums(t, "USD", fmt.Sprintf("%d.25", n*137-900), fmt.Sprintf("%d.75", n*1371)), FirstRow: int64(17 * n),
			SampleRows: []int64{int64(17 * n), int64(90 * n), int64(1200 + n)}, SampleReports: []string{fmt.Sprintf("R%07d", n*12), fmt.Sprintf("R%07d", n*31)},
			Status: reconcile.StatusNew, Since: "2026-11-20"})
		return &doc.Findings[len(doc.Findings)-1]
	}
	f("Cost centre", reconcile.ClassFormatOnly, 2, "D10", "1007-03").Suggestion = &reconcile.Suggestion{Path: []string{"D10", "01007-03"}, Name: "Dept north"}
	f("Cost centre", reconcile.ClassWrongParent, 2, "D10", "2200").Suggestion = &reconcile.Suggestion{Path: []string{"D20", "2200"}, Name: "Warehouse"}
	f("Cost centre", reconcile.ClassSkippedLevel, 2, "D10", "", "A7")
	repeated := f("Cost centre", reconcile.ClassUnknown, 1, "D99")
	repeated.Status, repeated.Since = reconcile.StatusRepeated, "2026-11-17"
	repeated.Amounts = sums(t, "USD", "12840", "12840.12345678", "EUR", "-220.5", "410.5")
	f("Cost centre", reconcile.ClassUnknown, 3, "D10", "01007-03", "Z1").Searched = "partial"
	f("Cost centre", reconcile.ClassNameNotCode, 2, "D10", "Dept north").Suggestion = &reconcile.Suggestion{Path: []string{"D10", "01007-03"}, Name: "Dept north"}
	f("GL account", reconcile.ClassPlaceholder, 1, "Inactive-Call Concur")
	f("GL account", reconcile.ClassRetired, 1, "610000").Suggestion = &reconcile.Suggestion{Path: []string{"610010"}, Name: "Travel, domestic"}
	f("GL account", reconcile.ClassBlank, 1, "")
	f("GL account", reconcile.ClassUnknown, 1, "6100").Waived = &reconcile.Waived{Reason: "closing next quarter", By: "controller", Until: "2027-01-31"}
	gap := f(reconcile.CheckControl, reconcile.ControlBatchGap, 0)
	gap.Declared, gap.Computed, gap.Rows, gap.Reports, gap.Amounts, gap.SampleRows, gap.SampleReports, gap.FirstRow = "1814", "1813 is missing after 1812 of 2026-11-18", 0, 0, nil, nil, nil, 0
	doc.Resolved = []reconcile.Resolved{{ID: "00aa11bb22cc33dd", Check: "GL account", Class: reconcile.ClassUnknown, Level: 1, Path: []string{"699999"}, Since: "2026-11-12", LastSeen: "2026-11-19"}}
	doc.Summary = contract.FindingsSummary{Count: 10, Rows: 151, Waived: 1, ByClass: map[string]int{"unknown": 2, "format_only": 1, "wrong_parent": 1, "skipped_level": 1,
		"name_not_code": 1, "placeholder": 1, "retired": 1, "blank": 1, "batch_gap": 1}, Amounts: sums(t, "USD", "-1204.5", "48211.12345678", "EUR", "-220.5", "410.5")}
	doc.Trend[21] = TrendPoint{BusinessDate: "2026-11-20", Findings: 10, Rows: 151, ByCheck: map[string]map[string]int{
		"Cost centre": {"unknown": 2, "format_only": 1, "wrong_parent": 1, "skipped_level": 1, "name_not_code": 1}, "GL account": {"placeholder": 1, "retired": 1, "blank": 1}, "control": {"batch_gap": 1}}}
	return doc
}

// sampleHuge has n findings over two files, three checks and all classes of codes.
func sampleHuge(t testing.TB, n int) *Document {
	doc := sampleClean(t)
	doc.Outcome = "findings"
	second := doc.Control.Files[0]
	second.Name = "extract_CES_SAE_v3_p0025644mo4c_20261120040211_2.txt"
	doc.Control.Files = append(doc.Control.Files, second)
	doc.Control.Control.Records, doc.Control.Control.DeclaredRecords = 204_280, 204_280
	for i := range doc.Control.Files {
		doc.Control.Files[i].Control.Records, doc.Control.Files[i].Control.DeclaredRecords = 102_140, 102_140
	}
	doc.Control.Total, doc.Control.DeclaredTotal = amount(t, "2569467.8"), amount(t, "2569467.8")
	classes := Classes()[8:]
	checks := []string{"Cost centre", "GL account", "Project"}
	summary := contract.FindingsSummary{Count: n, Rows: int64(n) * 2, ByClass: map[string]int{}, Amounts: money.Sums{}}
	for i := range n {
		class := classes[i%len(classes)]
		f := reconcile.Finding{ID: fmt.Sprintf("%016x", i), Check: checks[i/7%3], Class: class.Name, Level: 3, Path: []string{fmt.Sprintf("D%02d", i%40), fmt.Sprintf("%05d-%02d", i%9000, i%7), fmt.Sprintf("P%06d", i)},
			Rows: 2, Reports: 2, Amounts: sums(t, "USD", fmt.Sprintf("-%d.10", i%5000), fmt.Sprintf("%d.90", i%5000+3)), FirstRow: int64(i + 1), SampleRows: []int64{int64(i + 1), int64(i + 90)},
			SampleReports: []string{fmt.Sprintf("R%09d", i), fmt.Sprintf("R%09d", i+1)}, File: doc.Control.Files[i%2].Name, Status: reconcile.StatusNew, Since: "2026-11-20"}
		if i%3 == 0 {
			f.Suggestion = &reconcile.Suggestion{Path: []string{f.Path[0], f.Path[1], "P1" + f.Path[2][1:]}, Name: "Project of the northern warehouse"}
		}
		if i%4 == 0 {
			f.Status, f.Since = reconcile.StatusRepeated, "2026-11-03"
		}
		if i%50 == 0 {
			f.Amounts.Merge(sums(t, "EUR", "77.1", "99.35", "JPY", "-12000", "12000"))
		}
		summary.ByClass[f.Class]++
		summary.Amounts.Merge(f.Amounts)
		doc.Findings = append(doc.Findings, f)
	}
	doc.Summary = summary
	counts := map[string]map[string]int{}
	for _, f := range doc.Findings {
		if counts[f.Check] == nil {
			counts[f.Check] = map[string]int{}
		}
		counts[f.Check][f.Class]++
	}
	doc.Trend[21] = TrendPoint{BusinessDate: "2026-11-20", Findings: n, Rows: int64(n) * 2, ByCheck: counts}
	return doc
}

// sampleEmpty is a file with no rows.
func sampleEmpty(t testing.TB) *Document {
	doc := sampleClean(t)
	doc.Outcome = "empty"
	zero := contract.Control{Agrees: true, Declared: true}
	doc.Control = reconcile.Control{Control: zero, Files: []reconcile.FileControl{{Name: doc.Control.Files[0].Name, Control: zero}}}
	doc.Lists, doc.Trend = []ListUsed{}, doc.Trend[:1]
	doc.Evidence.Files[0].Records, doc.Evidence.Files[0].Bytes = 0, 43
	for i := range doc.Checks {
		doc.Checks[i].Tuples, doc.Checks[i].Skipped = 0, 0
	}
	return doc
}

// sampleDiffers does not tie out with its own header, and came as a zip of two files.
func sampleDiffers(t testing.TB) *Document {
	doc := sampleSmall(t)
	doc.Control.DeclaredRecords, doc.Control.DeclaredTotal, doc.Control.Agrees = 10_220, amount(t, "1291044.12345678"), false
	doc.Control.Files[0].Control = doc.Control.Control
	doc.Findings = append(doc.Findings, reconcile.Finding{ID: "ab", Check: "control", Class: reconcile.ControlRecordCount, Declared: "10220", Computed: "10214", Status: "new", Since: "2026-11-20"},
		reconcile.Finding{ID: "ac", Check: "control", Class: reconcile.ControlJournalTotal, Declared: "1291044.12345678", Computed: "1284733.9000", Status: "new", Since: "2026-11-20"})
	raw := doc.Evidence.Files[0]
	raw.Name, raw.Proof = "extract.zip", "zip"
	doc.Evidence.Raw = &raw
	return doc
}

// sampleApproved is a held run that somebody approved.
func sampleApproved(t testing.TB) *Document {
	doc := sampleSmall(t)
	doc.Outcome = "approved"
	doc.Review = &contract.Review{Decision: "approve", By: "jane.doe", Reason: "Corrected in the ledger by journal 4711.", At: "2026-11-20T10:12:00Z", TieOut: 1,
		Findings: doc.Summary.Count, Rows: doc.Summary.Rows, Amounts: doc.Summary.Amounts}
	doc.Run.TieOut, doc.Review.TieOut = 2, 2
	doc.Rechecks = []Recheck{{
		Review: contract.Review{Decision: "recheck", By: "kim.lee", Reason: "Two departments were added to the list.", At: "2026-11-20T09:40:00Z", TieOut: 1,
			Findings: doc.Summary.Count + 2, Rows: doc.Summary.Rows + 9, Amounts: doc.Summary.Amounts},
		Then: Figures{TieOut: 2, Findings: doc.Summary.Count, Rows: doc.Summary.Rows, Amounts: doc.Summary.Amounts}}}
	return doc
}

// Samples are the documents that every writer is tried on.
func Samples(t testing.TB) map[string]*Document {
	return map[string]*Document{"clean": sampleClean(t), "small": sampleSmall(t), "empty": sampleEmpty(t), "differs": sampleDiffers(t),
		"approved": sampleApproved(t), "hostile": sampleHostile(t)}
}

// sampleRows hands out rows that belong to the first findings of a document.
func sampleRows(doc *Document, n int, each func(file string, row *extractfile.Row)) {
	for i := range n {
		row := extractfile.Row{Number: int64(i + 1), Sequence: fmt.Sprint(i + 1), Report: "R0000012", Entry: fmt.Sprintf("E%d", i), Amount: "-12.50", Currency: "USD",
			Findings: []extractfile.RowFinding{{Check: 0, Finding: i % len(doc.Findings), Values: doc.Findings[i%len(doc.Findings)].Path}}}
		each(doc.Control.Files[0].Name, &row)
	}
}

func TestSamples(t *testing.T) {
	if *samplesDir == "" {
		t.Skip("-samples DIR writes the sample reports")
	}
	all := Samples(t)
	all["huge"] = sampleHuge(t, 50_000)
	for name, doc := range all {
		write := func(suffix string, f func(*os.File) error) {
			file, err := os.Create(filepath.Join(*samplesDir, name+suffix))
			require.NoError(t, err)
			require.NoError(t, f(file))
			require.NoError(t, file.Close())
		}
		write(".json", func(f *os.File) error { return WriteJSON(f, doc) })
		write(".html", func(f *os.File) error { return WriteHTML(f, doc) })
		write(".csv", func(f *os.File) error { return WriteFindingsCSV(f, doc.Findings) })
		write(".txt", func(f *os.File) error { return WriteSummary(f, doc, SummaryOptions{}) })
		write(".ansi", func(f *os.File) error { return WriteSummary(f, doc, SummaryOptions{Color: true, Width: 72}) })
		write(".xlsx", func(f *os.File) error {
			x, err := NewXLSX(doc)
			if err != nil {
				return err
			}
			defer x.Close()
			if len(doc.Findings) > 0 {
				sampleRows(doc, 200, func(file string, row *extractfile.Row) { require.NoError(t, x.WriteRow(file, row, doc.Findings)) })
			}
			err = x.Write(f)
			return err
		})
	}
}
