package printer

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTable(t *testing.T) {
	runs := func() *Table {
		table := NewTable("run", "findings", "outcome").AlignRight(1)
		table.Add("n/2026-11-20", "3", "findings")
		table.AddColored(Red, "日本/1", "12", "")
		return table
	}
	for name, c := range map[string]struct {
		printer Printer
		table   *Table
		written string
	}{
		"piped":          {Printer{}, runs(), "n/2026-11-20\t3\tfindings\n日本/1\t12\t\n"},
		"piped, colours": {Printer{Color: true}, runs(), "n/2026-11-20\t3\tfindings\n日本/1\t12\t\n"},
		"terminal": {Printer{Terminal: true}, runs(), "run           findings  outcome\n" +
			"n/2026-11-20         3  findings\n" +
			"日本/1              12\n"},
		"colours": {Printer{Terminal: true, Color: true}, runs(), Dim + "run           findings  outcome" + plain + "\n" +
			"n/2026-11-20         3  findings\n" +
			Red + "日本/1              12" + plain + "\n"},
		"no rows, piped":    {Printer{}, NewTable("a", "b"), ""},
		"no rows, terminal": {Printer{Terminal: true}, NewTable("a", "b"), "a  b\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var written strings.Builder
			c.printer.Out = &written
			c.printer.Table(c.table)
			require.Equal(t, c.written, written.String())
		})
	}
}

func TestTableCellsAreMadeVisible(t *testing.T) {
	var written strings.Builder
	table := NewTable("a", "b")
	table.Add("x\x1b[2J", "two\nlines\u202e")
	(&Printer{Out: &written}).Table(table)
	require.Equal(t, "x\uFFFD[2J\ttwo\uFFFDlines\uFFFD\n", written.String())
}

func TestShowWritesADocumentOrATable(t *testing.T) {
	table := NewTable("name")
	table.Add("a & b")
	for json, text := range map[bool]string{false: "a & b\n", true: "{\n \"name\": \"a & b\"\n}\n"} {
		var written strings.Builder
		require.NoError(t, (&Printer{Out: &written, JSON: json}).Show(map[string]string{"name": "a & b"}, table))
		require.Equal(t, text, written.String())
	}
}

func TestPaint(t *testing.T) {
	require.Equal(t, Red+"x"+plain, (&Printer{Color: true}).Paint(Red, "x"))
	require.Equal(t, "x", (&Printer{}).Paint(Red, "x"))
	require.Empty(t, (&Printer{Color: true}).Paint(Red, ""))
}
