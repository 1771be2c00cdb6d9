package extractgen

// Class is what is wrong with a code, or with the file as a whole.
type Class string

// Classes of codes that Spec.Inject knows. The package's introduction says what each means.
const (
	ClassPlaceholder  Class = "placeholder"
	ClassBlank        Class = "blank"
	ClassSkippedLevel Class = "skipped_level"
	ClassRetired      Class = "retired"
	ClassFormatOnly   Class = "format_only"
	ClassNameNotCode  Class = "name_not_code"
	ClassWrongParent  Class = "wrong_parent"
	ClassUnknown      Class = "unknown"
)

// Classes of the faults that Spec.Control puts into a file.
const (
	ControlRecordCount  Class = "record_count"
	ControlJournalTotal Class = "journal_total"
	ControlSequence     Class = "sequence"
	ControlBatchMixed   Class = "batch_mixed"
	ControlWidth        Class = "width"
	ControlAmountFormat Class = "amount_format"
)

// CheckControl is the check that Injected names for control faults.
const CheckControl = "control"

// Spec describes a generated extract. The same spec makes the same bytes each time.
type Spec struct {
	// Seed decides everything that is left open.
	Seed uint64 `json:"seed,omitempty"`
	// Rows is the number of rows after the header.
	Rows int64 `json:"rows"`
	// Format decides the columns; "" stands for FormatSAE. Layout goes before it.
	Format Format  `json:"format,omitempty"`
	Layout *Layout `json:"layout,omitempty"`
	// Date is that of the header, yyyy-mm-dd; "" stands for 2026-11-20.
	Date string `json:"date,omitempty"`
	// Batch is the batch id.
	Batch int64 `json:"batch,omitempty"`
	// BOM puts a byte order mark in front.
	BOM bool `json:"bom,omitempty"`
	// LF ends rows with LF instead of CRLF.
	LF bool `json:"lf,omitempty"`
	// Currencies are those of the reports; none stands for USD, EUR, GBP, JPY and CHF. JPY and KRW have no decimals.
	Currencies []string `json:"currencies,omitempty"`
	// Checks say which columns carry which list.
	Checks []Check `json:"checks,omitempty"`
	// Inject puts findings into the rows.
	Inject []Injection `json:"inject,omitempty"`
	// Skip mixes in rows that a tie-out of the account column must leave out.
	Skip SkipRows `json:"skip,omitzero"`
	// Control puts control faults into the file.
	Control ControlFaults `json:"control,omitzero"`
}

// Check names the columns that carry the codes of one list, level 1 first. Columns count from 1.
type Check struct {
	Name    string `json:"name"`
	List    string `json:"list"` // its name
	Columns []int  `json:"columns"`
	// Placeholders are texts that stand where Concur had no code.
	Placeholders []string `json:"placeholders,omitempty"`
	// Spread bounds the distinct valid tuples in the file. 0 stands for all leaves of the list.
	Spread int `json:"spread,omitempty"`
}

// Injection asks for findings of one class.
type Injection struct {
	Check string `json:"check"` // its name
	Class Class  `json:"class"`
	// Level is that of the findings, counted from 1. 0 spreads them over the levels that the class can have.
	Level int `json:"level,omitempty"`
	// Findings is the number of findings, and Rows that of the rows of each; 0 rows stand for 1.
	Findings int `json:"findings"`
	Rows     int `json:"rows,omitempty"`
	// Tuples are put into the rows as they are, one per finding, with one code for each column of the check, for texts that
	// are meant to hurt. Class, Level and Findings do not count then; Injected tells them.
	Tuples [][]string `json:"tuples,omitempty"`
}

// SkipRows are shares of rows in a thousand. Each kind puts a text of its own into the account column, in no list, so a
// check of that column needs a skip rule for it.
type SkipRows struct {
	Personal    int `json:"personal,omitempty"`    // column 68 is Y
	CashAdvance int `json:"cashAdvance,omitempty"` // column 185 is filled
	Tax         int `json:"tax,omitempty"`         // column 232 is filled, its tax code stands in column 167
}

// ControlFaults are what is wrong with the file as a whole.
type ControlFaults struct {
	// Records and Total ("-0.01") are added to what the header declares.
	Records int64  `json:"records,omitempty"`
	Total   string `json:"total,omitempty"`
	// Sequence and BatchMixed are numbers of rows, with a wrong sequence number or another batch id.
	Sequence   int `json:"sequence,omitempty"`
	BatchMixed int `json:"batchMixed,omitempty"`
	// Width is the number of rows that are cut after 30 columns, or after half of those of a file that is narrow. Such a
	// row has no amount; the header's total is that of the other rows.
	Width int `json:"width,omitempty"`
	// AmountFormat is the number of rows with a malformed amount, which the header's total leaves out.
	AmountFormat int `json:"amountFormat,omitempty"`
}

// cutColumns is the number of columns that a row keeps which ControlFaults.Width cuts.
const cutColumns = 30

// Injected is one finding that a tie-out of a generated file must come to.
type Injected struct {
	Check string `json:"check"` // its name, or CheckControl
	Class Class  `json:"class"`
	// ClassV1 is the class where List v1 is all that is known of the lists, which has no deleted items.
	ClassV1 Class `json:"classV1"`
	// Level and Path are those of the first code that is not in the list; 0 and empty for control faults.
	Level int      `json:"level,omitempty"`
	Path  []string `json:"path,omitempty"`
	// Rows and Reports count the rows and the distinct report ids.
	Rows    int64 `json:"rows"`
	Reports int64 `json:"reports"`
	// FirstRow counts from 1 at the first record after the header.
	FirstRow int64          `json:"firstRow,omitempty"`
	Amounts  map[string]Sum `json:"amounts,omitempty"` // by currency
	// Suggestion and SuggestionV1 are the item meant, as List v4 and as List v1 tell it. They are nil where there is none,
	// or where SuggestionOpen says that several would do equally well.
	Suggestion     *Suggestion `json:"suggestion,omitempty"`
	SuggestionV1   *Suggestion `json:"suggestionV1,omitempty"`
	SuggestionOpen bool        `json:"suggestionOpen,omitempty"`
	// Declared and Computed are those of record_count and journal_total.
	Declared string `json:"declared,omitempty"`
	Computed string `json:"computed,omitempty"`
}

// Sum holds exact decimals with 4 to 8 places. Gross adds amounts without their signs.
type Sum struct {
	Net   string `json:"net"`
	Gross string `json:"gross"`
}

// Suggestion names an item by the codes from level 1 down.
type Suggestion struct {
	Path []string `json:"path"`
	Name string   `json:"name"`
}
