// Package printer writes what the command line shows to people and to scripts: lines, tables, JSON documents, and the
// progress of a run. Every text from outside goes through Visible, because it may be hostile.
package printer

import (
	"encoding/json"
	"fmt"
	"io"
)

// Colours of a terminal, for Paint and Table.AddColored.
const (
	Red    = "\x1b[31m"
	Green  = "\x1b[32m"
	Yellow = "\x1b[33m"
	Cyan   = "\x1b[36m"
	Bold   = "\x1b[1m"
	Dim    = "\x1b[2m"

	plain     = "\x1b[0m"
	clearLine = "\r\x1b[K"
)

// Printer writes results to Out and remarks to Err. The zero value of the other fields suits pipes and files.
type Printer struct {
	Out, Err io.Writer
	// Terminal is true where Out is a terminal: tables then have columns and a head.
	Terminal bool
	// Live is true where Err is a terminal: the progress of a run is then redrawn in one line.
	Live bool
	// Color is true where a terminal shows colours.
	Color bool
	// Width is the number of columns of the terminal.
	Width int
	// JSON is true where a command writes one JSON document instead of text.
	JSON bool
}

// Println writes a line to Out.
func (p *Printer) Println(text ...any) { fmt.Fprintln(p.Out, text...) }

// Printf writes formatted text to Out.
func (p *Printer) Printf(format string, args ...any) { fmt.Fprintf(p.Out, format, args...) }

// Say writes a line to Err, beside the result.
func (p *Printer) Say(format string, args ...any) { fmt.Fprintf(p.Err, format+"\n", args...) }

// Paint returns the text in a colour, or as it is where there are no colours.
func (p *Printer) Paint(color, text string) string {
	if !p.Color || text == "" || color == "" {
		return text
	}
	return color + text + plain
}

// Document writes the one JSON document of a command.
func (p *Printer) Document(v any) error {
	encoder := json.NewEncoder(p.Out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	return encoder.Encode(v)
}

// Show writes a document with --json, and a table without.
func (p *Printer) Show(document any, t *Table) error {
	if p.JSON {
		return p.Document(document)
	}
	p.Table(t)
	return nil
}
