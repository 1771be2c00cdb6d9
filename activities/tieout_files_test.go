package activities_test

import (
	"bytes"
	"encoding/csv"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"tieout/concur/concurtest"
	"tieout/concur/concurtest/extractgen"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
)

// zipWorld has a job of three files: two extracts that are tied out, and a third that is not.
func zipWorld() (concurtest.World, pipeline.Pipeline) {
	world, settings := cleanWorld(600, []int{8, 12, 25}, []int{240})
	spec := *world.Definitions[0].Files[0].Extract
	us, eu, other := spec, spec, spec
	us.Inject = []extractgen.Injection{
		{Check: concurtest.SampleOrgCheck, Class: extractgen.ClassUnknown, Findings: 3, Rows: 2},
		{Check: concurtest.SampleAccountCheck, Tuples: [][]string{{"##BOTH"}}, Rows: 4}}
	eu.Seed, eu.Rows = 99, 300
	eu.Inject = []extractgen.Injection{
		{Check: concurtest.SampleOrgCheck, Class: extractgen.ClassFormatOnly, Findings: 2, Rows: 3},
		{Check: concurtest.SampleAccountCheck, Tuples: [][]string{{"##BOTH"}}, Rows: 5}}
	other.Rows, other.Control.Records = 50, 7
	world.Definitions[0].Files = []concurtest.File{
		{Name: "extract_CES_SAE_us.txt", Extract: &us}, {Name: "extract_CES_SAE_eu.txt", Extract: &eu}, {Name: "extract_CES_TAX.txt", Extract: &other},
		{Name: "readme.txt", Content: []byte("not an extract")},
	}
	settings.Members = []string{"extract_CES_SAE_*"}
	return world, settings
}

// Of a zip the members that the pipeline names are tied out: each with its own control, their sum as the job's, and
// findings and rows that say which file they count in.
func TestZip(t *testing.T) {
	world, settings := zipWorld()
	b := newBench(t, world, config.ListsV1, settings)
	job, landed := b.extract(t, concurtest.SampleDefinition)
	require.Equal(t, 4, landed.Files, "all are landed")
	reported := b.tieOut(t, landed, "owner")
	b.handOver(t, b.handOverOf(reported.Result))
	doc, result := b.document(t, reported), reported.Result
	require.False(t, reported.ControlTotalsFail)

	var records int64
	injected := map[string][]extractgen.Injected{}
	require.Len(t, result.Files, 2)
	for i, file := range result.Files {
		extract, err := b.concur.Extract(job.ID, i)
		require.NoError(t, err)
		injected[file.Name] = extract.Injected()
		require.Equal(t, extract.Rows(), file.Control.Records)
		require.Equal(t, extract.Total(), file.Control.Total.String())
		require.True(t, file.Control.Agrees)
		require.Equal(t, *file.Control, doc.Control.Files[i].Control)
		records += file.Control.Records
	}
	require.Equal(t, []string{"extract_CES_SAE_us.txt", "extract_CES_SAE_eu.txt"}, []string{result.Files[0].Name, result.Files[1].Name})
	require.Equal(t, records, result.Control.Records)
	require.Equal(t, records, result.Control.DeclaredRecords)
	require.Equal(t, result.Files[0].Control.Total.Add(result.Files[1].Control.Total), result.Control.Total)
	require.True(t, result.Control.Agrees)
	require.NotNil(t, doc.Evidence.Raw)

	for _, f := range doc.Findings {
		if f.Path[0] == "##BOTH" {
			require.Equal(t, int64(9), f.Rows)
			require.Equal(t, "extract_CES_SAE_us.txt", f.File)
			require.Len(t, f.SampleRows, 4, "those of its file")
			continue
		}
		require.Contains(t, expected(injected[f.File], config.ListsV1), slices.Collect(maps.Keys(found([]reconcile.Finding{f})))[0])
	}
	require.Len(t, doc.Findings, 6)
	rows := map[string]int{}
	for _, record := range readCSV(t, b.read(t, result.Reports.Rows)) {
		rows[record["file"]]++
	}
	require.Equal(t, map[string]int{"extract_CES_SAE_us.txt": 3*2 + 4, "extract_CES_SAE_eu.txt": 2*3 + 5}, rows)

	// One file that does not agree is enough.
	b.scope.Settings.Members = []string{"*SAE_us*", "*TAX*"}
	reported = b.tieOut(t, landed, "other members")
	require.True(t, reported.ControlTotalsFail)
	require.Contains(t, reported.ControlMessage, "extract_CES_TAX.txt")
	require.NotContains(t, reported.ControlMessage, "SAE_us")
	require.Equal(t, []bool{true, false, false}, []bool{reported.Result.Files[0].Control.Agrees, reported.Result.Files[1].Control.Agrees, reported.Result.Control.Agrees})
	require.Equal(t, "extract_CES_TAX.txt", b.document(t, reported).Findings[0].File)

	// Patterns that choose nothing, and a member that is no extract.
	for members, wanted := range map[string][]string{
		"nothing*": {contract.CodeConfigInvalid, "nothing*", `"extract_CES_SAE_us.txt"`, `"extract_CES_TAX.txt"`, `"readme.txt"`},
		"readme*":  {contract.CodeFileFormat, "readme.txt"},
	} {
		b.scope.Settings.Members = []string{members}
		params := contract.TieOutParams{Scope: b.scope, Manifest: landed.Manifest, Owner: members}
		opened, err := call(b, contract.OpenTieOut, params)
		if err == nil {
			params.Number = opened.Number
			_, err = call(b, contract.Scan, params)
		}
		require.Error(t, err)
		kind, again := code(t, err)
		require.Equal(t, wanted[0], kind)
		require.False(t, again)
		for _, word := range wanted[1:] {
			require.Contains(t, err.Error(), word)
		}
	}
}

func readCSV(t *testing.T, text []byte) (records []map[string]string) {
	t.Helper()
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(t, err)
	for _, line := range lines[1:] {
		record := map[string]string{}
		for i, column := range lines[0] {
			record[column] = line[i]
		}
		records = append(records, record)
	}
	return records
}

// Every file format comes to the findings that were put in, and to its own control figures.
func TestFormats(t *testing.T) {
	narrow := extractgen.SAELayout()
	narrow.Width = 256
	narrow.PersonalData = slices.DeleteFunc(narrow.PersonalData, func(column int) bool { return column > narrow.Width })
	layout := func(change func(*extractgen.Layout)) *extractgen.Layout {
		l := extractgen.DelimitedLayout()
		change(&l)
		return &l
	}
	names := pipeline.Format{Name: "delimited", Delimiter: ";", Header: pipeline.HeaderNames, Amount: "amount", Currency: "currency", Report: "report_id", Entry: "entry_id", Sequence: "sequence"}
	numbers := pipeline.Format{Name: "delimited", Delimiter: ";", Amount: "5", Currency: "4", Report: "2", Entry: "3", Sequence: "1"}
	with := func(f pipeline.Format, header pipeline.Header, encoding string) pipeline.Format {
		f.Header, f.Encoding = header, encoding
		return f
	}
	delimited := []int{11, 12, 13, 7}
	for _, test := range []struct {
		name     string
		spec     extractgen.Spec
		format   pipeline.Format
		columns  []int // three of the organization, one account
		encoding encoding.Encoding
		declared bool
	}{
		{name: "sae", format: pipeline.Format{Name: "sae"}, declared: true},
		{name: "sae of 256 columns", spec: extractgen.Spec{Layout: &narrow}, format: pipeline.Format{Name: "sae"}, declared: true},
		{name: "sae, BOM, LF", spec: extractgen.Spec{BOM: true, LF: true}, format: pipeline.Format{Name: "sae"}, declared: true},
		{name: "prae", spec: extractgen.Spec{Format: extractgen.FormatPRAE}, format: pipeline.Format{Name: "prae"}, columns: []int{38, 39, 40, 61}, declared: true},
		{name: "names", spec: extractgen.Spec{Format: extractgen.FormatDelimited}, format: names, columns: delimited},
		{name: "names, BOM, LF", spec: extractgen.Spec{Format: extractgen.FormatDelimited, BOM: true, LF: true}, format: names, columns: delimited},
		{name: "no header", spec: extractgen.Spec{Format: extractgen.FormatDelimited, Layout: layout(func(l *extractgen.Layout) { l.Header = extractgen.HeaderNone })},
			format: with(numbers, pipeline.HeaderNone, ""), columns: delimited},
		{name: "control header", spec: extractgen.Spec{Format: extractgen.FormatDelimited, Layout: layout(func(l *extractgen.Layout) { l.Header = extractgen.HeaderSAE })},
			format: with(numbers, pipeline.HeaderControl, ""), columns: delimited, declared: true},
		{name: "tabs", spec: extractgen.Spec{Format: extractgen.FormatDelimited, Layout: layout(func(l *extractgen.Layout) { l.Delimiter = "\t" })},
			format: func() pipeline.Format { f := names; f.Delimiter = "\t"; return f }(), columns: delimited},
		{name: "utf-16 with BOM", spec: extractgen.Spec{Format: extractgen.FormatDelimited}, format: with(names, pipeline.HeaderNames, "utf-16"), columns: delimited,
			encoding: unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)},
		{name: "utf-16be", spec: extractgen.Spec{Format: extractgen.FormatDelimited}, format: with(names, pipeline.HeaderNames, "utf-16be"), columns: delimited,
			encoding: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
		{name: "windows-1252", spec: extractgen.Spec{}, format: pipeline.Format{Name: "sae", Encoding: "windows-1252"}, encoding: charmap.Windows1252, declared: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			world, settings := cleanWorld(400, []int{4, 6, 10}, []int{60})
			spec := world.Definitions[0].Files[0].Extract
			test.spec.Seed, test.spec.Rows, test.spec.Checks = spec.Seed, spec.Rows, spec.Checks
			for _, class := range []extractgen.Class{extractgen.ClassUnknown, extractgen.ClassNameNotCode, extractgen.ClassSkippedLevel} {
				test.spec.Inject = append(test.spec.Inject, extractgen.Injection{Check: concurtest.SampleOrgCheck, Class: class, Findings: 2, Rows: 3})
			}
			test.spec.Inject = append(test.spec.Inject, extractgen.Injection{Check: concurtest.SampleAccountCheck, Tuples: [][]string{{"Zürich – “3 €”"}, {"a;b|c\"d"}}, Rows: 2})
			settings.Format, settings.Checks[1].Skip = test.format, nil
			if test.columns != nil {
				test.spec.Checks[0].Columns, test.spec.Checks[1].Columns = test.columns[:3], test.columns[3:]
				settings.Checks[0].Columns, settings.Checks[1].Columns = []pipeline.Column{"11", "12", "13"}, []pipeline.Column{"7"}
				switch {
				case test.format.Name == "prae":
					settings.Checks[0].Columns, settings.Checks[1].Columns = []pipeline.Column{"request_org_unit_1", "request_org_unit_2", "request_org_unit_3"}, []pipeline.Column{"journal_account_code"}
				case test.format.Header == pipeline.HeaderNames:
					settings.Checks[0].Columns, settings.Checks[1].Columns = []pipeline.Column{"column_11", "column_12", "column_13"}, []pipeline.Column{"account"}
				}
			}
			extract, err := extractgen.New(test.spec, world.Lists...)
			require.NoError(t, err)
			var text bytes.Buffer
			_, err = extract.WriteTo(&text)
			require.NoError(t, err)
			content := text.Bytes()
			if test.encoding != nil {
				content, err = encoding.ReplaceUnsupported(test.encoding.NewEncoder()).Bytes(content)
				require.NoError(t, err)
			}
			world.Definitions[0].Files = []concurtest.File{{Name: "extract.txt", Content: content}}

			b := newBench(t, world, config.ListsV1, settings)
			_, landed := b.extract(t, concurtest.SampleDefinition)
			reported := b.tieOut(t, landed, "owner")
			doc := b.document(t, reported)
			same(t, extract.Injected(), config.ListsV1, doc.Findings)
			control := reported.Result.Control
			require.Equal(t, []any{extract.Rows(), test.declared, true}, []any{control.Records, control.Declared, control.Agrees})
			require.Equal(t, strings.TrimRight(extract.Total(), "0"), strings.TrimRight(control.Total.String(), "0"))
			require.Equal(t, doc.Summary.Rows, int64(len(distinctRows(readCSV(t, b.read(t, reported.Result.Reports.Rows))))))
		})
	}
}

func distinctRows(records []map[string]string) map[string]bool {
	rows := map[string]bool{}
	for _, record := range records {
		rows[record["file"]+" "+record["row"]] = true
	}
	return rows
}
