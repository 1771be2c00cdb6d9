package extractfile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tieout/internal/pipeline"
)

// Formats by name.
const (
	FormatSAE       = "sae"
	FormatPRAE      = "prae"
	FormatDelimited = "delimited"
)

const (
	saeWidth  = 400
	praeWidth = 256
	// delimitedWidth only keeps a mistyped column number from being believed.
	delimitedWidth = 10000
)

// Encodings a format can name.
const (
	encodingUTF8        = "utf-8"
	encodingUTF16       = "utf-16"
	encodingUTF16LE     = "utf-16le"
	encodingUTF16BE     = "utf-16be"
	encodingWindows1252 = "windows-1252"
)

// Layout is a resolved pipeline.Format: how a file's records are laid out and where its columns are.
type Layout struct {
	name      string
	delimiter byte
	header    pipeline.Header
	encoding  string
	width     int // number of the last column that the format can have
	roles     roles
	columns   []NamedColumn
	numbers   map[string]int // by name; nil for delimited files
}

// roles are the columns that every row is read for, besides those of the checks. An empty one is not in the format.
type roles struct {
	amount, currency, report, entry, sequence, batch pipeline.Column
}

// NamedColumn is a column that a format gives a name to.
type NamedColumn struct {
	Number int    `json:"number"` // from 1
	Name   string `json:"name"`   // as tieout.yaml names it
	Text   string `json:"text"`   // as SAP Concur documents it
}

// columns are one or more neighbouring columns: with count > 1 they are numbered on from first.
type columns struct {
	number, count, first int
	name, text           string
}

// NewLayout resolves a format. The error joins one clear error per wrong setting. For sae and prae the settings that
// the format leaves empty have the published values; those it gives win.
func NewLayout(f pipeline.Format) (*Layout, error) {
	l := &Layout{name: f.Name, encoding: strings.ToLower(f.Encoding)}
	l.roles = roles{f.Amount, f.Currency, f.Report, f.Entry, f.Sequence, f.Batch}
	switch f.Name {
	case FormatSAE:
		l.published(saeWidth, saeColumns)
		l.roles.orElse(roles{"journal_amount", "reimbursement_currency", "report_id", "entry_id", "sequence", "batch_id"})
	case FormatPRAE:
		l.published(praeWidth, praeColumns)
		l.roles.orElse(roles{amount: "journal_amount", currency: "requested_alpha_currency_code", report: "request_id",
			entry: "line_item_sequence_order"})
	case FormatDelimited:
		l.width = delimitedWidth
	default:
		return nil, fmt.Errorf("format %q is not known: write sae, prae or a mapping such as {delimiter: \"|\", header: names}", f.Name)
	}
	errs := []error{l.setDelimiter(f.Delimiter), l.setHeader(f.Header), l.setEncoding()}
	for _, r := range l.roles.named() {
		if r.column == "" {
			continue
		}
		if _, err := l.Column(r.column); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", r.name, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return l, nil
}

// published gives the layout a published column table and what else sae and prae have in common.
func (l *Layout) published(width int, table []columns) {
	l.width, l.header, l.delimiter = width, pipeline.HeaderControl, '|'
	l.numbers = map[string]int{}
	for _, c := range table {
		for i := range c.count {
			named := NamedColumn{Number: c.number + i, Name: c.name, Text: c.text}
			if c.count > 1 {
				named.Name = fmt.Sprintf("%s_%d", c.name, c.first+i)
				named.Text = fmt.Sprintf("%s %d", c.text, c.first+i)
			}
			l.columns = append(l.columns, named)
			l.numbers[named.Name] = named.Number
		}
	}
}

func (l *Layout) setDelimiter(delimiter string) error {
	if delimiter == "" && l.delimiter != 0 {
		return nil
	}
	if len(delimiter) != 1 || delimiter[0] >= 0x80 || strings.ContainsAny(delimiter, "\"\r\n\x00") {
		return fmt.Errorf("delimiter %q: write one character such as \"|\", \",\", \";\" or \"\\t\"", delimiter)
	}
	l.delimiter = delimiter[0]
	return nil
}

func (l *Layout) setHeader(header pipeline.Header) error {
	switch {
	case l.name != FormatDelimited:
		if header != "" && header != pipeline.HeaderControl {
			return fmt.Errorf("header %q: a file of format %s begins with a control header; leave header out", header, l.name)
		}
		return nil
	case header == pipeline.HeaderNone, header == pipeline.HeaderNames, header == pipeline.HeaderControl:
		l.header = header
		return nil
	}
	return fmt.Errorf("header %q: write none, names (the first record names the columns) or control (the first record is as in sae)", header)
}

func (l *Layout) setEncoding() error {
	switch l.encoding {
	case "":
		l.encoding = encodingUTF8
	case encodingUTF8, encodingUTF16, encodingUTF16LE, encodingUTF16BE, encodingWindows1252:
	default:
		return fmt.Errorf("encoding %q: write utf-8, utf-16, utf-16le, utf-16be or windows-1252", l.encoding)
	}
	return nil
}

// Name returns sae, prae or delimited.
func (l *Layout) Name() string { return l.name }

// Dynamic reports whether column names are read from each file's first record, so that a name can only be resolved
// once a file is seen.
func (l *Layout) Dynamic() bool { return l.header == pipeline.HeaderNames }

// Columns returns the named columns in the order of their numbers; delimited files have none of their own.
func (l *Layout) Columns() []NamedColumn { return l.columns }

// Column returns the number, from 1, of a column given by number or name. Where the layout is Dynamic a name gives 0
// and no error: whether the file has it is known when the file is read.
func (l *Layout) Column(c pipeline.Column) (int, error) { return l.column(c, l.numbers) }

func (l *Layout) column(c pipeline.Column, numbers map[string]int) (int, error) {
	text := strings.TrimSpace(string(c))
	if text == "" {
		return 0, errors.New("a column is missing: give its number from 1 or its name")
	}
	if number, err := strconv.Atoi(text); err == nil {
		if number < 1 || number > l.width {
			return 0, fmt.Errorf("column %d does not exist: format %s has columns 1 to %d", number, l.name, l.width)
		}
		return number, nil
	}
	if number, ok := numbers[text]; ok {
		return number, nil
	}
	switch {
	case l.Dynamic() && numbers == nil:
		return 0, nil
	case l.name == FormatDelimited:
		return 0, fmt.Errorf("column %q is a name, but files with header %s have no column names: give its number from 1", text, l.header)
	}
	return 0, fmt.Errorf("column %q is not known to format %s: `tieout format %s` prints the names; a number from 1 to %d will do as well",
		text, l.name, l.name, l.width)
}

type namedRole struct {
	name   string
	column pipeline.Column
}

func (r roles) named() []namedRole {
	return []namedRole{{"amount", r.amount}, {"currency", r.currency}, {"report", r.report}, {"entry", r.entry},
		{"sequence", r.sequence}, {"batch", r.batch}}
}

// orElse fills the roles that are empty.
func (r *roles) orElse(other roles) {
	fill := func(to *pipeline.Column, from pipeline.Column) {
		if *to == "" {
			*to = from
		}
	}
	fill(&r.amount, other.amount)
	fill(&r.currency, other.currency)
	fill(&r.report, other.report)
	fill(&r.entry, other.entry)
	fill(&r.sequence, other.sequence)
	fill(&r.batch, other.batch)
}
