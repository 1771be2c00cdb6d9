package docs_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/report"
)

// TestReportPage holds docs/report.md against the words and the columns of the reports.
func TestReportPage(t *testing.T) {
	text, err := os.ReadFile("report.md")
	require.NoError(t, err)
	page := string(text)
	for _, control := range []bool{false, true} {
		table := "|---|---|---|\n"
		for _, class := range report.Classes() {
			if class.Control == control {
				table += fmt.Sprintf("| **%s** `%s` | %s | %s |\n", class.Title, class.Name, class.Means, class.Do)
			}
		}
		require.Contains(t, page, table+"\n")
	}
	require.Equal(t, report.FindingsColumns, columnsBelow(t, page, "findings.csv"))
	require.Equal(t, report.RowsColumns, columnsBelow(t, page, "rows.csv"))
}

// columnsBelow are the names in the first column of the table below a heading.
func columnsBelow(t *testing.T, page, heading string) []string {
	t.Helper()
	_, below, found := strings.Cut(page, "\n### "+heading+"\n")
	require.True(t, found, heading)
	below, _, _ = strings.Cut(below, "\n#")
	var names []string
	for _, line := range regexp.MustCompile("(?m)^\\| (`.*?) \\|").FindAllStringSubmatch(below, -1) {
		for _, name := range regexp.MustCompile("`(.*?)`").FindAllStringSubmatch(line[1], -1) {
			names = append(names, name[1])
		}
	}
	return names
}
