package concurtest

import (
	"time"

	"tieout/concur/concurtest/extractgen"
)

// Names in the sample world.
const (
	SampleDefinition = "Standard Accounting Extract"
	SampleOrgList    = "Organization List"
	SampleAccounts   = "Chart of Accounts"
	// SampleOrgCheck reads columns 35 to 37 (report_org_unit_1 to 3), SampleAccountCheck column 167.
	SampleOrgCheck     = "Cost centre"
	SampleAccountCheck = "GL account"
)

// SamplePlaceholders returns the placeholders of the sample's account check.
func SamplePlaceholders() []string { return []string{"Inactive-Call Concur", "Pending Client"} }

// SampleWorld returns a small company with one extract of the given number of rows, of which 0 stands for 10,000, and a
// handful of findings of each class. Below 500 rows there is no room for them, and the file is clean. Its control totals
// agree. A pipeline that fits it:
//
//	definition: Standard Accounting Extract
//	format: sae
//	checks:
//	  - {name: Cost centre, list: Organization List, columns: [35, 36, 37], blank: report}
//	  - name: GL account
//	    list: Chart of Accounts
//	    columns: [167]
//	    placeholders: [Inactive-Call Concur, Pending Client]
//	    skip:
//	      - {column: 68, equals: "Y"}      # personal
//	      - {column: 185, filled: true}    # cash advances
//	      - {column: 232, filled: true}    # tax rows
func SampleWorld(rows int) World {
	if rows <= 0 {
		rows = 10_000
	}
	spec := extractgen.Spec{
		Seed: 2026, Rows: int64(rows),
		Checks: []extractgen.Check{
			{Name: SampleOrgCheck, List: SampleOrgList, Columns: []int{35, 36, 37}, Spread: 60},
			{Name: SampleAccountCheck, List: SampleAccounts, Columns: []int{167}, Placeholders: SamplePlaceholders(), Spread: 120},
		},
		Skip: extractgen.SkipRows{Personal: 15, CashAdvance: 5, Tax: 20},
	}
	if rows >= 500 {
		spec.Inject = sampleFindings()
	}
	return World{
		Seed: 2026,
		Definitions: []Definition{{
			Name: SampleDefinition, Files: []File{{Extract: &spec}}, FirstBatch: 1204,
			Timing: Timing{Queued: 500 * time.Millisecond, Running: 1500 * time.Millisecond},
		}},
		Lists: []extractgen.List{
			{Name: SampleOrgList, Generate: &extractgen.ListSpec{Seed: 11, Branching: []int{8, 12, 25}}},
			{Name: SampleAccounts, Generate: &extractgen.ListSpec{Seed: 12, Branching: []int{240}}},
			{Name: "Airlines", Vendor: true, Items: []extractgen.Item{{Code: "LH", Name: "Lufthansa"}, {Code: "UA", Name: "United Airlines"}}},
		},
	}
}

func sampleFindings() []extractgen.Injection {
	org, account := SampleOrgCheck, SampleAccountCheck
	return []extractgen.Injection{
		{Check: account, Class: extractgen.ClassPlaceholder, Findings: 2, Rows: 4},
		{Check: account, Class: extractgen.ClassRetired, Findings: 1, Rows: 3},
		{Check: account, Class: extractgen.ClassFormatOnly, Findings: 2, Rows: 2},
		{Check: account, Class: extractgen.ClassNameNotCode, Findings: 1, Rows: 2},
		{Check: account, Class: extractgen.ClassUnknown, Findings: 3, Rows: 3},
		{Check: org, Class: extractgen.ClassBlank, Findings: 1, Rows: 2},
		{Check: org, Class: extractgen.ClassSkippedLevel, Level: 2, Findings: 1, Rows: 3},
		{Check: org, Class: extractgen.ClassRetired, Level: 3, Findings: 1, Rows: 4},
		{Check: org, Class: extractgen.ClassFormatOnly, Level: 2, Findings: 2, Rows: 3},
		{Check: org, Class: extractgen.ClassNameNotCode, Level: 3, Findings: 1, Rows: 2},
		{Check: org, Class: extractgen.ClassWrongParent, Level: 3, Findings: 2, Rows: 4},
		{Check: org, Class: extractgen.ClassUnknown, Level: 3, Findings: 2, Rows: 2},
	}
}
