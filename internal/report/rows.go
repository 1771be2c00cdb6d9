package report

import (
	"fmt"

	"tieout/internal/extractfile"
	"tieout/internal/reconcile"
)

// rowLine is one finding of a row, as rows.csv and the sheet Rows list it.
type rowLine struct {
	id, check, class string
	level            int
	path             []string
}

// rowLines returns a line per finding that the row is part of: codes first, then what the control checks object to.
func rowLines(file string, row *extractfile.Row, findings []reconcile.Finding) ([]rowLine, error) {
	var lines []rowLine
	for _, in := range row.Findings {
		if in.Finding < 0 || in.Finding >= len(findings) {
			return nil, fmt.Errorf("row %d of file %q is in finding %d of %d", row.Number, file, in.Finding, len(findings))
		}
		f := &findings[in.Finding]
		path := in.Values // the row's own codes, deeper levels included
		if len(path) == 0 {
			path = f.Path
		}
		lines = append(lines, rowLine{f.ID, f.Check, f.Class, f.Level, path})
	}
	for _, class := range row.Controls {
		lines = append(lines, rowLine{controlID(file, class, findings), reconcile.CheckControl, class, 0, nil})
	}
	return lines, nil
}

// controlID finds the control check's finding for a file. Control findings come first, so the search ends soon.
func controlID(file, class string, findings []reconcile.Finding) string {
	for i := range findings {
		f := &findings[i]
		if f.Check != reconcile.CheckControl {
			break
		}
		if f.Class == class && (f.File == "" || f.File == file) {
			return f.ID
		}
	}
	return ""
}
