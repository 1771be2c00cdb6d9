package extractgen

// Classes of findings that Spec.Inject knows.
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

// Classes of control faults, as Injected names them. The batch ones are the definition's: see Definition.
const (
	ControlRecordCount  = "record_count"
	ControlJournalTotal = "journal_total"
	ControlSequence     = "sequence"
	ControlBatchMixed   = "batch_mixed"
	ControlWidth        = "width"
	ControlAmountFormat = "amount_format"
)

// CheckControl is the check that Injected names for control faults.
const CheckControl = "control"

// Spec describes a generated extract: plain data, and the same bytes each time.
type Spec struct {
	// Seed decides everything that is left open. The server mixes the job's number into it.
	Seed uint64 `json:"seed,omitempty"`
	Rows int64  `json:"rows"`
	// Format is sae (default), prae or delimited; Layout overrides its columns.
	Format string  `json:"format,omitempty"`
	Layout *Layout `json:"layout,omitempty"`
	// Date is yyyy-mm-dd; the server fills in the day on which the job started.
	Date string `json:"date,omitempty"`
	// Batch is the batch id; the server counts it up by one per job, from 1 or from Definition.FirstBatch.
	Batch int64 `json:"batch,omitempty"`
	// BOM puts a byte order mark in front; LF ends rows with LF instead of CRLF.
	BOM bool `json:"bom,omitempty"`
	LF  bool `json:"lf,omitempty"`
	// Currencies of the reports, default USD, EUR, GBP, JPY and CHF. JPY has no decimals.
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

// Check names the columns that carry the codes of one list, level 1 first.
type Check struct {
	Name    string `json:"name"`
	List    string `json:"list"`
	Columns []int  `json:"columns"`
	// Placeholders are texts that stand where Concur had no code.
	Placeholders []string `json:"placeholders,omitempty"`
	// Spread bounds the distinct valid tuples in the file; 0: any leaf of the list may occur.
	Spread int `json:"spread,omitempty"`
}

// Injection asks for so many findings of a class, each on so many rows.
type Injection struct {
	Check string `json:"check"`
	Class string `json:"class"`
	// Level of the findings; 0 spreads them over the levels that the class can have.
	Level    int `json:"level,omitempty"`
	Findings int `json:"findings"`
	Rows     int `json:"rows,omitempty"` // per finding, default 1
	// Tuples are put into the rows as they are, one per finding, with one code for each column of the check; Class,
	// Level and Findings are not asked then, Injected tells them. For texts that are meant to hurt.
	Tuples [][]string `json:"tuples,omitempty"`
}

// SkipRows are rows in a thousand. Each kind puts a text of its own into the account column, in no list: a check of
// that column needs a skip rule for it.
type SkipRows struct {
	Personal    int `json:"personal,omitempty"`    // column 68 is Y
	CashAdvance int `json:"cashAdvance,omitempty"` // column 185 is filled
	Tax         int `json:"tax,omitempty"`         // column 232 is filled, its tax code stands in column 167
}

// ControlFaults are what is wrong with the file as a whole.
type ControlFaults struct {
	// Records and Total are added to what the header declares ("-0.01").
	Records int64  `json:"records,omitempty"`
	Total   string `json:"total,omitempty"`
	// Numbers of rows with a wrong sequence number, another batch id, too few columns (WidthCut), a malformed amount.
	Sequence     int `json:"sequence,omitempty"`
	BatchMixed   int `json:"batchMixed,omitempty"`
	Width        int `json:"width,omitempty"`
	AmountFormat int `json:"amountFormat,omitempty"`
}

// WidthCut is the number of columns that a row keeps which ControlFaults.Width cut short (or half of a file that is
// no wider). Such a row has no amount; the header's total is that of the other rows.
const WidthCut = 30

// Injected is one finding that a tie-out of a generated file must come to.
type Injected struct {
	Check string `json:"check"`
	Class string `json:"class"`
	// ClassV1 is the class where List v1 is all that is known of the lists: deleted items are not there.
	ClassV1 string `json:"classV1"`
	// Level and Path are those of the first code that is not in the list; 0 and empty for control faults.
	Level int      `json:"level,omitempty"`
	Path  []string `json:"path,omitempty"`
	Rows  int64    `json:"rows"`
	// Reports counts distinct report ids.
	Reports int64 `json:"reports"`
	// FirstRow counts from 1 at the first record after the header.
	FirstRow int64          `json:"firstRow,omitempty"`
	Amounts  map[string]Sum `json:"amounts,omitempty"` // by currency
	// Suggestion is the item meant, as List v4 and as List v1 tell it. Nil where there is none, or where
	// SuggestionOpen says that several would do equally well.
	Suggestion     *Suggestion `json:"suggestion,omitempty"`
	SuggestionV1   *Suggestion `json:"suggestionV1,omitempty"`
	SuggestionOpen bool        `json:"suggestionOpen,omitempty"`
	// Declared and Computed are those of record_count and journal_total.
	Declared string `json:"declared,omitempty"`
	Computed string `json:"computed,omitempty"`
}

// Sum holds exact decimals with 4 to 8 places.
type Sum struct {
	Net   string `json:"net"`
	Gross string `json:"gross"`
}

// Suggestion names an item by the codes from level 1 down.
type Suggestion struct {
	Path []string `json:"path"`
	Name string   `json:"name"`
}
