package extractgen

import (
	"fmt"
	"slices"
)

// Format names the columns of a generated file.
type Format string

// Formats of generated files.
const (
	FormatSAE       Format = "sae"       // SAELayout
	FormatPRAE      Format = "prae"      // Payment Request Accounting Extract (invoices)
	FormatDelimited Format = "delimited" // DelimitedLayout
)

// Header is the form of a file's first record.
type Header string

// Forms of the first record.
const (
	HeaderSAE   Header = "sae"   // EXTRACT|yyyy-MM-dd|records|total|batch
	HeaderPRAE  Header = "prae"  // EXTRACT|batch|yyyy/MM/dd|records|total
	HeaderNames Header = "names" // the columns' names
	HeaderNone  Header = "none"
)

// Layout says which column of a file holds what. Columns count from 1; 0 means that the format has none.
type Layout struct {
	Width     int    `json:"width"`               // in columns
	Delimiter string `json:"delimiter,omitempty"` // one byte; "" stands for "|"
	Header    Header `json:"header"`              // the first record

	Constant    int `json:"constant,omitempty"`    // DETAIL
	Batch       int `json:"batch,omitempty"`       // the batch id
	Sequence    int `json:"sequence,omitempty"`    // the number of the row, from 1
	Report      int `json:"report"`                // the id of the report
	Entry       int `json:"entry,omitempty"`       // the id of the entry
	Currency    int `json:"currency"`              // of the report
	Amount      int `json:"amount"`                // signed, with up to 8 decimals
	DebitCredit int `json:"debitCredit,omitempty"` // DR or CR
	Account     int `json:"account,omitempty"`     // the account code
	Personal    int `json:"personal,omitempty"`    // Y or N
	CashAdvance int `json:"cashAdvance,omitempty"` // filled where the row is of a cash advance
	TaxCode     int `json:"taxCode,omitempty"`     // filled where the row is of a tax
	// PersonalData are the columns whose values carry markers of Canaries.
	PersonalData []int `json:"personalData,omitempty"`
}

// SAELayout returns the Standard Accounting Extract, version 3: 400 columns.
func SAELayout() Layout {
	private := []int{5, 6, 7, 8, 16, 17, 130, 154, 264, 265}
	for column := 291; column <= 305; column++ {
		private = append(private, column)
	}
	return Layout{
		Width: 400, Delimiter: "|", Header: HeaderSAE, Constant: 1, Batch: 2, Sequence: 4, Report: 19, Entry: 61, Currency: 22,
		Amount: 169, DebitCredit: 168, Account: 167, Personal: 68, CashAdvance: 185, TaxCode: 232, PersonalData: private,
	}
}

// praeLayout returns the Payment Request Accounting Extract (invoices): 256 columns. Its report is the payment request, its
// entry the line item. Rows carry neither a batch id nor a sequence number, and no kinds of rows that a check skips.
func praeLayout() Layout {
	var private []int // columns without a name in the published table: persons, addresses, bank accounts
	for _, span := range [][2]int{{54, 57}, {95, 99}, {168, 173}, {175, 177}} {
		for column := span[0]; column <= span[1]; column++ {
			private = append(private, column)
		}
	}
	return Layout{
		Width: 256, Delimiter: "|", Header: HeaderPRAE, Constant: 1, Report: 51, Entry: 132, Currency: 65,
		Amount: 62, DebitCredit: 64, Account: 61, PersonalData: private,
	}
}

// DelimitedLayout returns a small file with a row of names, such as other systems hand over.
func DelimitedLayout() Layout {
	return Layout{
		Width: 24, Delimiter: ";", Header: HeaderNames, Sequence: 1, Report: 2, Entry: 3, Currency: 4, Amount: 5, DebitCredit: 6,
		Account: 7, Personal: 8, PersonalData: []int{9, 10},
	}
}

func layoutOf(format Format) (Layout, error) {
	switch format {
	case "", FormatSAE:
		return SAELayout(), nil
	case FormatPRAE:
		return praeLayout(), nil
	case FormatDelimited:
		return DelimitedLayout(), nil
	}
	return Layout{}, fmt.Errorf("format %q is none of sae, prae, delimited", format)
}

// columnName returns the name that a file with HeaderNames gives to a column.
func (l Layout) columnName(column int) string {
	switch column {
	case l.Sequence:
		return "sequence"
	case l.Report:
		return "report_id"
	case l.Entry:
		return "entry_id"
	case l.Currency:
		return "currency"
	case l.Amount:
		return "amount"
	case l.DebitCredit:
		return "debit_credit"
	case l.Account:
		return "account"
	case l.Personal:
		return "personal"
	}
	return fmt.Sprintf("column_%d", column)
}

// Canaries returns a distinct marker for each column with personal data of an SAE or a PRAE. Generated rows carry them
// verbatim, so a test that finds one in a log, a history, a metric or a report has found a leak.
func Canaries() []string {
	var markers []string
	columns := slices.Concat(SAELayout().PersonalData, praeLayout().PersonalData)
	slices.Sort(columns)
	for _, column := range slices.Compact(columns) {
		markers = append(markers, canary(column))
	}
	return markers
}

func canary(column int) string { return fmt.Sprintf("CANARY%03dx", column) }
