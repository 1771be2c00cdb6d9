package activities_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"tieout/concur/concurtest"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/report"
)

// The reports that a decision is written into say who decided, when, why and on which figures, and which rechecks came
// before and what they came to. The findings are those that were decided on, in every form.
func TestDecidedReports(t *testing.T) {
	world, settings := codes([]string{"##A", "##B"})
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, concurtest.SampleDefinition)
	recheck, approved := b.decided(t, landed)
	reports := approved.Result.Reports
	require.True(t, strings.HasSuffix(reports.JSON, "/tieout/002/decided/report.json"))
	require.Equal(t, b.sum(t, reports.JSON), reports.JSONSHA256)
	require.Equal(t, reports.HTML, reports.Link)
	require.True(t, strings.HasSuffix(reports.CSV, "/tieout/002/findings.csv"))

	var before, doc report.Document
	require.NoError(t, json.Unmarshal(b.read(t, strings.Replace(reports.JSON, "decided/", "", 1)), &before))
	require.NoError(t, json.Unmarshal(b.read(t, reports.JSON), &doc))
	require.Equal(t, before.Findings, doc.Findings)
	require.Equal(t, before.Summary, doc.Summary)
	require.Nil(t, before.Review)
	require.Equal(t, contract.OutcomeApproved, doc.Outcome)
	want := approved.Result.Review
	require.Equal(t, &contract.Review{Decision: "approve", By: want.By, Reason: want.Reason, At: want.At, TieOut: 2, Findings: 2, Rows: 4, Amounts: want.Amounts}, doc.Review)
	require.Len(t, doc.Rechecks, 1)
	require.Equal(t, before.Rechecks, doc.Rechecks)
	asked := recheck.Result.Review
	require.Equal(t, contract.Review{Decision: "recheck", By: asked.By, Reason: asked.Reason, At: asked.At, TieOut: 1, Findings: 2, Rows: 4, Amounts: asked.Amounts}, doc.Rechecks[0].Review)
	require.Equal(t, report.Figures{TieOut: 2, Findings: 2, Rows: 4, Amounts: want.Amounts}, doc.Rechecks[0].Then)
	require.Equal(t, reports.HTML, doc.Links.HTML)

	page := string(b.read(t, reports.HTML))
	require.NotContains(t, page, "No review was given")
	require.Contains(t, page, "approve by <bdi>jane.doe</bdi>")
	require.Contains(t, page, "tie-out 2: 2 findings in 4 rows, gross")
	require.Contains(t, page, "Rechecks before")
	require.Contains(t, page, "they were hashed while they were scanned")

	rows := func(place, sheet string) [][]string {
		f, err := excelize.OpenReader(bytes.NewReader(b.read(t, place)))
		require.NoError(t, err)
		defer f.Close()
		cells, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
		require.NoError(t, err)
		return cells
	}
	original := strings.Replace(reports.XLSX, "decided/", "", 1)
	for _, sheet := range []string{"Findings", "Rows", "Control"} {
		require.Equal(t, rows(original, sheet), rows(reports.XLSX, sheet), sheet)
	}
	require.Len(t, rows(reports.XLSX, "Rows"), 5)
	require.Contains(t, rows(reports.XLSX, "Evidence"), []string{"By", "jane.doe"})
}

// A recheck that came to nothing more is in the report that follows, although nobody had to decide on that one.
func TestRecheckStandsInTheNextReport(t *testing.T) {
	world, settings := codes([]string{"##A"})
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, concurtest.SampleDefinition)
	for _, owner := range []string{"owner/1", "owner/2"} {
		params := b.handOverOf(reviewed(b.tieOut(t, landed, owner).Result, contract.DecisionRecheck, contract.OutcomeFindings))
		params.Superseded = true
		b.handOver(t, params)
	}
	doc := b.document(t, b.tieOut(t, landed, "owner/3"))
	require.Len(t, doc.Rechecks, 2)
	require.Equal(t, []int{1, 2, 2, 3}, []int{doc.Rechecks[0].TieOut, doc.Rechecks[0].Then.TieOut, doc.Rechecks[1].TieOut, doc.Rechecks[1].Then.TieOut})
	require.Nil(t, doc.Review)
}

// A decision that is written again writes the same; what another version of the software began to write stands.
func TestDecideIsRepeatable(t *testing.T) {
	world, settings := codes([]string{"##A"})
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, concurtest.SampleDefinition)
	tied := b.tieOut(t, landed, "owner").Result
	page := strings.Replace(keyOf(tied.Reports.HTML), "report.html", "decided/report.html", 1)
	require.NoError(t, b.store.PutNew(t.Context(), page, "text/html", []byte("as an older version wrote it")))
	decided := b.decide(t, reviewed(tied, contract.DecisionReject, contract.OutcomeRejected))
	before := b.objects()
	require.Equal(t, decided, b.decide(t, reviewed(tied, contract.DecisionReject, contract.OutcomeRejected)))
	require.Equal(t, before, b.objects())
	b.handOver(t, b.handOverOf(decided))
	require.Empty(t, b.unnamed(t), "its own bytes are what the result lists")

	// Another decision on the same figures is none.
	_, err := call(b, contract.Decide, contract.DecideParams{Scope: b.scope, Result: reviewed(tied, contract.DecisionApprove, contract.OutcomeApproved)})
	kind, _ := code(t, err)
	require.Equal(t, contract.CodeLandingConflict, kind)
}

// What was changed after a person read it is not signed.
func TestChangedReportIsNotSigned(t *testing.T) {
	for _, name := range []string{"report.json", "rows.csv"} {
		world, settings := codes([]string{"##A"})
		b := newBench(t, world, config.ListsV1, settings)
		_, landed := b.extract(t, concurtest.SampleDefinition)
		tied := b.tieOut(t, landed, "owner").Result
		key := strings.Replace(keyOf(tied.Reports.JSON), "report.json", name, 1)
		restore := b.flip(t, key)
		result := reviewed(tied, contract.DecisionApprove, contract.OutcomeApproved)
		_, err := call(b, contract.Decide, contract.DecideParams{Scope: b.scope, Result: result})
		kind, again := code(t, err)
		require.Equal(t, contract.CodeLandingConflict, kind)
		require.False(t, again)
		require.ErrorContains(t, err, key+" is not what was written")
		restore()
		b.decide(t, result)
	}
}

// A result is not handed over on a report that was changed in the meantime.
func TestChangedReportIsNotHandedOver(t *testing.T) {
	world, settings := codes([]string{"##A"})
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, concurtest.SampleDefinition)
	params := b.handOverOf(b.tieOut(t, landed, "owner").Result)
	b.flip(t, keyOf(params.Result.Reports.JSON))
	_, err := call(b, contract.HandOver, params)
	kind, _ := code(t, err)
	require.Equal(t, contract.CodeLandingConflict, kind)
}
