package extractfile

import "tieout/internal/money"

// Header is what the first record of a file declares, as far as the format has one.
type Header struct {
	// Present is false for formats without a control header; nothing is declared then.
	Present bool         `json:"present"`
	Date    string       `json:"date,omitempty"` // yyyy-mm-dd
	Records int64        `json:"records"`
	Total   money.Amount `json:"total"`
	Batch   string       `json:"batch,omitempty"`
}

// Summary is what one pass over one file found. It is bounded by the distinct tuples, not by the rows.
type Summary struct {
	Header Header `json:"header"`
	Bytes  int64  `json:"bytes"`
	// SHA256 is of the bytes that were scanned, in hex, where whoever scanned them hashed them.
	SHA256  string       `json:"sha256,omitempty"`
	Records int64        `json:"records"` // rows after the header
	Total   money.Amount `json:"total"`   // signed sum over all rows, currencies mixed, as the header declares it
	Amounts money.Sums   `json:"amounts"` // the same per currency; see NoCurrency

	Sequence     Fault `json:"sequence"`     // rows whose sequence column is not 1..n
	BatchMixed   Fault `json:"batchMixed"`   // rows that carry another batch id than the header
	Width        Fault `json:"width"`        // rows too short for a mapped column
	AmountFormat Fault `json:"amountFormat"` // rows whose amount is not a decimal

	// Checks are in the order of the pipeline's. Write and ReadSummary pass them on.
	Checks []CheckSummary `json:"-"`
}

// Fault counts the rows that one control check objects to.
type Fault struct {
	Rows     int64   `json:"rows"`
	FirstRow int64   `json:"firstRow,omitempty"`
	Samples  []int64 `json:"samples,omitempty"` // first 10 rows
	// Declared and Computed describe the first row: what was expected there and what stood there. Never personal data.
	Declared string `json:"declared,omitempty"`
	Computed string `json:"computed,omitempty"`
}

// CheckSummary holds the distinct tuples of one check.
type CheckSummary struct {
	Skipped int64  `json:"skipped"` // rows left out by the check's skip rules
	Tuples  Tuples `json:"-"`       // sorted by first row
}

// Row is one row as the second pass hands it out: what locates it and what its finding needs, nothing personal.
type Row struct {
	Number   int64 // from 1 at the first record after the header
	Sequence string
	Report   string
	Entry    string
	Amount   string // as written in the file
	Currency string
	// Findings has one entry per check that the row is part of a finding of.
	Findings []RowFinding
	// Controls names the control checks that object to the row: sequence, batch_mixed, width, amount_format.
	Controls []string
}

// RowFinding says which finding a row belongs to.
type RowFinding struct {
	Check   int // index into the checks
	Finding int // what the lookup returned
	Values  []string
}
