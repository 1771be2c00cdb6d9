package docs_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// bar finds the bars of the chart: what was timed, and its time as a multiple of tieout's.
var bar = regexp.MustCompile(`<text class="n"[^>]*>([^<]+)</text>\n.*\n<text class="v"[^>]*>([^<]+)</text>`)

// TestTheChartShowsMeasuredFigures holds the chart of docs/performance.md against the lab log beside the benchmarks.
func TestTheChartShowsMeasuredFigures(t *testing.T) {
	measured := map[string]string{}
	for _, table := range tables(read(t, "../internal/extractfile/testdata/README.md")) {
		for _, row := range table[1:] {
			measured[strings.Trim(strings.ReplaceAll(row[0], "`", ""), "*")] = strings.Trim(row[3], "*")
		}
	}
	bars := bar.FindAllStringSubmatch(read(t, "images/scan.svg"), -1)
	require.Len(t, bars, len(measured))
	for _, bar := range bars {
		require.Equal(t, measured[bar[1]], bar[2], bar[1])
	}
}
