package pipeline

// Format names a published file format or describes a delimited one. In YAML it is a word ("sae", "prae") or a mapping.
type Format struct {
	// Name is "sae", "prae" or, for a mapping, "delimited".
	Name string `json:"name" yaml:"-"`
	// Delimiter is one ASCII character.
	Delimiter string `json:"delimiter,omitempty" yaml:"delimiter"`
	Header    Header `json:"header,omitempty" yaml:"header"`
	Amount    Column `json:"amount,omitempty" yaml:"amount"`
	Currency  Column `json:"currency,omitempty" yaml:"currency"`
	// Encoding is utf-8 (a byte order mark is allowed), utf-16, utf-16le, utf-16be or windows-1252.
	Encoding string `json:"encoding,omitempty" yaml:"encoding"`
	Report   Column `json:"report,omitempty" yaml:"report"`
	Entry    Column `json:"entry,omitempty" yaml:"entry"`
	Sequence Column `json:"sequence,omitempty" yaml:"sequence"`
	Batch    Column `json:"batch,omitempty" yaml:"batch"`
}

// Header says what the first record of a delimited file is.
type Header string

const (
	HeaderNone    Header = "none"    // a row like the others
	HeaderNames   Header = "names"   // the names of the columns
	HeaderControl Header = "control" // record count and journal total, as in SAE
)

// Column is a column's number from 1, or its name in the format ("journal_account_code").
type Column string
