package report

import (
	"strings"

	"tieout/internal/reconcile"
)

// Class says in plain words what a class of findings means and what to do about it. HTML, XLSX, terminal and docs
// share these sentences.
type Class struct {
	Name  string // as in report.json
	Title string // heading, such as "Wrong parent"
	// One and Many name its findings: "1 unknown code", "2 unknown codes".
	One, Many string
	Means     string // one sentence
	Do        string // one sentence
	// Control is true for the checks on the file itself.
	Control bool
}

// Classes returns every class in the order in which a report shows them: checks on the file first, then the classes of
// codes in the order in which their rules are tried.
func Classes() []Class {
	return []Class{
		{reconcile.ControlRecordCount, "Record count", "record count that differs", "record counts that differ",
			"The header declares another number of rows than the file holds, so rows are missing or doubled.",
			"Do not post; fetch the file again, and if it still differs, ask SAP Concur support with the job id.", true},
		{reconcile.ControlJournalTotal, "Journal total", "journal total that differs", "journal totals that differ",
			"The journal amounts do not add up to the total that the header declares.",
			"Do not post; fetch the file again, and if it still differs, ask SAP Concur support with the job id.", true},
		{reconcile.ControlSequence, "Sequence", "break in the sequence", "breaks in the sequence",
			"The sequence numbers do not run from 1 without a gap, so rows may be missing, doubled or out of order.",
			"Compare the rows around the first break with Concur before posting.", true},
		{reconcile.ControlBatchGap, "Batch gap", "gap in the batch ids", "gaps in the batch ids",
			"Batch ids lie between this extract and the one before, so an extract was never landed.",
			"Look for the missing batch among Concur's jobs and land it before posting this one.", true},
		{reconcile.ControlBatchRepeat, "Batch repeat", "batch id seen before", "batch ids seen before",
			"An earlier extract carried the same batch id, so its rows may be posted twice.",
			"Make sure that the earlier batch was not posted, and post only one of the two.", true},
		{reconcile.ControlBatchMixed, "Mixed batches", "group of rows of another batch", "groups of rows of another batch",
			"Rows carry another batch id than the header of their file.",
			"Ask SAP Concur support why the file mixes batches, and post only after that.", true},
		{reconcile.ControlWidth, "Short rows", "group of short rows", "groups of short rows",
			"Rows are too short to hold a column that a check needs, so these rows were not checked.",
			"Compare the column numbers of the configuration with the layout of the extract.", true},
		{reconcile.ControlAmountFormat, "Amount format", "group of unreadable amounts", "groups of unreadable amounts",
			"The amount of these rows is not a plain decimal, so it is in no total.",
			"Correct the amount at its source, or set the amount column of the format.", true},
		{reconcile.ClassPlaceholder, "Placeholder", "placeholder", "placeholders",
			"Concur had no code here and wrote a placeholder text in its place.",
			"Assign the missing account or code in Concur's configuration, and correct these rows before posting.", false},
		{reconcile.ClassBlank, "Blank", "blank code", "blank codes",
			"No code at all is given where one is required.",
			"Add the code to these reports, or make the field required in Concur.", false},
		{reconcile.ClassSkippedLevel, "Skipped level", "path with a skipped level", "paths with a skipped level",
			"A lower level is filled although a level above it is empty, so the code has no parent.",
			"Fill the empty level, or correct the form that lets it be left out.", false},
		{reconcile.ClassRetired, "Retired", "retired code", "retired codes",
			"The code was in the list once and has been deleted since; the report was made before that.",
			"Post to the code that replaces it, or bring it back in the list.", false},
		{reconcile.ClassFormatOnly, "Written differently", "code written differently", "codes written differently",
			"The code differs from one in the list only in case, spaces, dashes or leading zeros.",
			"Use the suggested code, and correct the source that writes it differently.", false},
		{reconcile.ClassNameNotCode, "Name in place of code", "name in place of a code", "names in place of a code",
			"The field holds the name of a list item where its code belongs.",
			"Use the suggested code, and let the field export codes.", false},
		{reconcile.ClassWrongParent, "Wrong parent", "code under the wrong parent", "codes under the wrong parent",
			"The code exists, but under another parent than the one in this row.",
			"Correct the parent or the code; the suggestion shows where the code belongs.", false},
		{reconcile.ClassUnknown, "Unknown", "unknown code", "unknown codes",
			"The code is not in the list under its parent, now or earlier, in this or a similar form.",
			"Add the code to the list if it is right, else correct it in these reports.", false},
	}
}

// ClassOf returns what is known of a class; a class of a later version gets its name as title.
func ClassOf(name string) Class {
	for _, c := range Classes() {
		if c.Name == name {
			return c
		}
	}
	title := strings.ReplaceAll(show(name), "_", " ")
	return Class{Name: name, Title: title, One: title, Many: title, Means: "This class of finding is newer than this report's wording.",
		Do: "Look at the rows it names.", Control: false}
}
