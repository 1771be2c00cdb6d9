package report

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/extractfile"
	"tieout/internal/money"
	"tieout/internal/reconcile"
)

func readCSV(t testing.TB, text []byte) []map[string]string {
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(t, err)
	var records []map[string]string
	for _, line := range lines[1:] {
		record := map[string]string{}
		for i, column := range lines[0] {
			record[column] = line[i]
		}
		records = append(records, record)
	}
	return records
}

func TestFindingsCSV(t *testing.T) {
	doc := sampleSmall(t)
	var out bytes.Buffer
	require.NoError(t, WriteFindingsCSV(&out, doc.Findings))
	records := readCSV(t, out.Bytes())
	require.Equal(t, len(doc.Findings)+1, len(records), "one finding is in two currencies")
	require.Equal(t, "D10 / 1007-03", records[0]["path"])
	require.Equal(t, "1007-03", records[0]["value"])
	require.Equal(t, "D10 / 01007-03", records[0]["suggested_path"])
	require.Equal(t, "-763.2500", records[0]["net"], "a negative amount is a number")
	// Columns of figures add up.
	rows, total := 0, money.Sums{}
	for _, r := range records {
		if r["rows"] != "" {
			rows += int(amount(t, r["rows"]).Cmp(money.Amount{}))
		}
		if r["currency"] != "" {
			total.Merge(money.Sums{r["currency"]: {Net: amount(t, r["net"]), Gross: amount(t, r["gross"])}})
		}
	}
	require.Equal(t, 10, rows, "every finding with rows gives them once")
	want := money.Sums{}
	for _, f := range doc.Findings {
		want.Merge(f.Amounts)
	}
	require.Equal(t, want, total)
}

func TestRowsCSV(t *testing.T) {
	findings := []reconcile.Finding{{ID: "c", Check: "control", Class: "sequence", File: "f.txt"}, {ID: "a", Check: "Cost centre", Class: "unknown", Level: 2, Path: []string{"D10", "-X"}},
		{ID: "b", Check: "GL account", Class: "blank", Level: 1, Path: []string{""}}}
	row := extractfile.Row{Number: 17, Sequence: "17", Report: "R1", Entry: "=E", Amount: "-12.50", Currency: "USD", Findings: []extractfile.RowFinding{
		{Check: 0, Finding: 1, Values: []string{"D10", "-X", "deeper"}}, {Check: 1, Finding: 2}}, Controls: []string{"sequence"}}
	var out bytes.Buffer
	rows := NewRowsCSV(&out)
	require.NoError(t, rows.Write("f.txt", &row, findings))
	require.NoError(t, rows.Write("f.txt", &extractfile.Row{Number: 18}, findings))
	require.NoError(t, rows.Flush())
	require.Equal(t, strings.Join(RowsColumns, ",")+"\n"+
		"f.txt,17,17,R1,'=E,Cost centre,unknown,2,'-X,D10 / -X / deeper,-12.50,USD,1,a\n"+
		"f.txt,17,17,R1,'=E,GL account,blank,1,,,-12.50,USD,2,b\n"+
		"f.txt,17,17,R1,'=E,control,sequence,,,,-12.50,USD,3,c\n", out.String())
	row.Findings[0].Finding = 3
	require.ErrorContains(t, rows.Write("f.txt", &row, findings), "row 17 of file \"f.txt\" is in finding 3 of 3")
}

func TestCSVOfHostileTexts(t *testing.T) {
	doc := sampleHostile(t)
	var out bytes.Buffer
	require.NoError(t, WriteFindingsCSV(&out, doc.Findings))
	rows := NewRowsCSV(&out)
	row := extractfile.Row{Number: 1, Sequence: hostileText, Report: hostileText, Entry: hostileText, Amount: hostileText, Currency: hostileText,
		Findings: []extractfile.RowFinding{{Values: []string{hostileText}}}, Controls: []string{hostileText}}
	require.NoError(t, rows.Write(hostileText, &row, doc.Findings))
	require.NoError(t, rows.Flush())
	reader := csv.NewReader(&out)
	reader.FieldsPerRecord = -1
	lines, err := reader.ReadAll()
	require.NoError(t, err)
	for _, cell := range append(lines[1], lines[len(lines)-1]...) {
		if _, err := money.Parse(cell); err != nil && cell != "" && cell[0] != '\'' {
			require.False(t, startsFormula(cell), "%q", cell)
		}
	}
	require.Contains(t, lines[1][1]+lines[1][2], "\u202e", "the whole text is kept")
}
