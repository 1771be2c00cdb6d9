package report

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"tieout/internal/money"
)

// CopyRows adds the rows of a rows.csv, as WriteRow does from the file itself: a workbook that is made again needs
// neither the file nor another judgement.
func (x *XLSX) CopyRows(r io.Reader) error {
	in := csv.NewReader(r)
	in.ReuseRecord = true
	head, err := in.Read()
	if err != nil {
		return fmt.Errorf("reading rows.csv: %w", err)
	}
	if !slices.Equal(head, RowsColumns) {
		return fmt.Errorf("reading rows.csv: its columns are %q, and this version of tieout knows %q", head, RowsColumns)
	}
	for {
		line, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading rows.csv: %w", err)
		}
		x.allRows++
		if x.rows.next == x.maxRows { // the last line is kept for the note
			continue
		}
		cells := make([]any, len(line))
		for i, field := range line {
			if cells[i], err = rowCell(RowsColumns[i], field); err != nil {
				return fmt.Errorf("reading rows.csv: %w", err)
			}
		}
		if err := x.rows.write(cells...); err != nil {
			return fmt.Errorf("writing the rows of report.xlsx: %w", err)
		}
	}
}

// rowCell returns a field of rows.csv as the sheet Rows has it.
func rowCell(column, field string) (any, error) {
	switch column {
	case "row", "level", "nth":
		if field == "" {
			return nil, nil
		}
		n, err := strconv.ParseInt(field, 10, 64)
		return n, err
	case "sequence", "amount":
		if _, err := money.Parse(field); err == nil {
			return decimalText(field), nil
		}
	}
	return text(unguard(field)), nil
}
