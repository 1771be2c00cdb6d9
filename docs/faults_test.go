package docs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFaultsNamesEveryException holds the first tables of docs/faults.md, which are written by hand, against the matrix in
// its appendix, which the runs write: each cell that is not `recovered` is explained, with the end that it has.
func TestFaultsNamesEveryException(t *testing.T) {
	page := read(t, "faults.md")
	explained, matrix, found := strings.Cut(page, "\n## Appendix: the matrix\n")
	require.True(t, found)
	ends := map[[2]string]string{} // by fault and operation
	once, lasting, recovered := 0, 0, 0
	for _, table := range tables(matrix) {
		for _, row := range table[1:] {
			for i := 1; i < len(row) && table[0][0] == ""; i++ {
				if row[i] == "" {
					continue
				}
				ends[[2]string{row[0], table[0][i]}] = row[i]
				switch {
				case strings.HasPrefix(row[0], "always"):
					lasting++
				case row[i] == "recovered":
					recovered++
					once++
				default:
					once++
				}
			}
		}
	}
	intro := strings.Join(strings.Fields(explained), " ")
	for _, figures := range []string{fmt.Sprintf("Of %d faults", len(ends)),
		fmt.Sprintf("%d happened once and %d lasted. After %d of the %d", once, lasting, recovered, once)} {
		require.True(t, strings.Contains(intro, figures), "the page begins with: %s", figures)
	}
	said := map[[2]string]string{}
	for _, table := range tables(explained) {
		for _, row := range table[1:] {
			for _, fault := range strings.Split(row[0], "<br>") {
				for _, operation := range operationsOf(row[1], fault, ends) {
					cell := [2]string{fault, operation}
					require.NotContains(t, said, cell, "%s at %s is explained twice", fault, operation)
					said[cell] = row[2]
				}
			}
		}
	}
	for cell, end := range ends {
		if end != "recovered" {
			require.Equal(t, end, said[cell], "%s at %s", cell[0], cell[1])
		} else {
			require.NotContains(t, said, cell, "%s at %s is no exception", cell[0], cell[1])
		}
	}
}

// operationsOf reads "all", "all but a, b" or "a, b" as the operations at which the fault was tried.
func operationsOf(text, fault string, ends map[[2]string]string) []string {
	except, all := strings.CutPrefix(text, "all but ")
	if !all && text != "all" {
		return strings.Split(text, ", ")
	}
	var exceptions, found []string
	if all {
		exceptions = strings.Split(except, ", ")
	}
	for cell := range ends {
		if cell[0] == fault && !slices.Contains(exceptions, cell[1]) {
			found = append(found, cell[1])
		}
	}
	return found
}

// tables reads the tables of a page: for each its head and its rows, cell by cell.
func tables(text string) [][][]string {
	var found [][][]string
	inside := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			inside = false
			continue
		}
		if strings.HasPrefix(line, "|---") {
			continue
		}
		var cells []string
		for _, cell := range strings.Split(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		if !inside {
			found, inside = append(found, nil), true
		}
		found[len(found)-1] = append(found[len(found)-1], cells)
	}
	return found
}
