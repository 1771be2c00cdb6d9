package reconcile

import (
	"tieout/internal/extractfile"
	"tieout/internal/money"
)

// Classes of findings, in the order in which the rules are tried (docs/report.md).
const (
	ClassPlaceholder  = "placeholder"
	ClassBlank        = "blank"
	ClassSkippedLevel = "skipped_level"
	ClassRetired      = "retired"
	ClassFormatOnly   = "format_only"
	ClassNameNotCode  = "name_not_code"
	ClassWrongParent  = "wrong_parent"
	ClassUnknown      = "unknown"
)

// Control checks on the file; each is the class of its finding.
const (
	ControlRecordCount  = "record_count"
	ControlJournalTotal = "journal_total"
	ControlSequence     = extractfile.ControlSequence
	ControlBatchGap     = "batch_gap"
	ControlBatchRepeat  = "batch_repeat"
	ControlBatchMixed   = extractfile.ControlBatchMixed
	ControlWidth        = extractfile.ControlWidth
	ControlAmountFormat = extractfile.ControlAmountFormat
)

// CheckControl is the check that the findings of the control checks carry.
const CheckControl = "control"

// Statuses of a finding against the previous run of the pipeline.
const (
	StatusNew      = "new"
	StatusRepeated = "repeated"
)

// SearchedPartial is Finding.Searched where list_walk_limit stopped the search for another parent.
const SearchedPartial = "partial"

// Classes returns the classes in the order of the rules, which is the order of findings.
func Classes() []string {
	return []string{ClassPlaceholder, ClassBlank, ClassSkippedLevel, ClassRetired, ClassFormatOnly, ClassNameNotCode, ClassWrongParent, ClassUnknown}
}

// Controls returns the control checks in the order of their findings.
func Controls() []string {
	return []string{ControlRecordCount, ControlJournalTotal, ControlSequence, ControlBatchGap, ControlBatchRepeat, ControlBatchMixed, ControlWidth, ControlAmountFormat}
}

// Finding is one thing that does not tie out. Its JSON is published: docs/schema/report.schema.json.
type Finding struct {
	ID    string `json:"id"`
	Check string `json:"check"`
	Class string `json:"class"`
	// Level counts from 1; 0 for control findings.
	Level int      `json:"level,omitempty"`
	Path  []string `json:"path,omitempty"`
	// Declared and Computed stand instead of a path in a control finding.
	Declared      string     `json:"declared,omitempty"`
	Computed      string     `json:"computed,omitempty"`
	Rows          int64      `json:"rows"`
	Reports       int64      `json:"reports"`
	Amounts       money.Sums `json:"amounts"`
	FirstRow      int64      `json:"firstRow,omitempty"`
	SampleRows    []int64    `json:"sampleRows"`
	SampleReports []string   `json:"sampleReports"`
	// File is the file that FirstRow and SampleRows count in, when the job has several.
	File       string      `json:"file,omitempty"`
	Suggestion *Suggestion `json:"suggestion,omitempty"`
	// Searched is "partial" where list_walk_limit stopped the search for another parent.
	Searched string `json:"searched,omitempty"`
	Status   string `json:"status"`
	// Since is the business date on which the finding was first seen.
	Since  string  `json:"since"`
	Waived *Waived `json:"waived"`
}

// Suggestion names the item that was probably meant.
type Suggestion struct {
	Path []string `json:"path"`
	Name string   `json:"name"`
}

// Waived says which waiver covers a finding.
type Waived struct {
	Reason string `json:"reason"`
	By     string `json:"by"`
	Until  string `json:"until"`
}
