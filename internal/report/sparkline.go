package report

import (
	"fmt"
	"slices"
	"strings"

	"tieout/internal/wording"
)

// sparkline is one bar per run, oldest first, as an inline SVG's path data.
type sparkline struct {
	Earlier, Last string // path data: all bars but the last, and the last
	Label         string // what it shows, in words
}

const (
	barStep   = 4 // width of a bar with its gap
	barWidth  = 3
	barHeight = 18
)

// newSparkline draws counts to scale from a zero baseline; a run without findings is a thin line. One run shows no trend and returns nil.
func newSparkline(counts []int) *sparkline {
	counts = counts[max(0, len(counts)-TrendRuns):]
	if len(counts) < 2 {
		return nil
	}
	most := slices.Max(counts)
	var earlier strings.Builder
	last, x := "", (TrendRuns-len(counts))*barStep
	for i, n := range counts {
		height := 0.75
		if n > 0 {
			height = max(2, float64(n)/float64(most)*barHeight)
		}
		last = fmt.Sprintf("M%d %dv-%.4gh%dv%.4gz", x+i*barStep, barHeight, height, barWidth, height)
		if i < len(counts)-1 {
			earlier.WriteString(last)
		}
	}
	label := fmt.Sprintf("Findings in the last %s: this run %s, most %s", wording.Counted(len(counts), "run", "runs"),
		wording.Count(int64(counts[len(counts)-1])), wording.Count(int64(most)))
	return &sparkline{earlier.String(), last, label}
}

// trendOf returns the history of one check and class; nil where the trend does not tell them apart.
func trendOf(trend []TrendPoint, check, class string) *sparkline {
	counts, known := make([]int, len(trend)), false
	for i, p := range trend {
		known = known || p.ByCheck != nil
		counts[i] = p.ByCheck[check][class]
	}
	if !known {
		return nil
	}
	return newSparkline(counts)
}

// trendOfRuns returns the history of all findings.
func trendOfRuns(trend []TrendPoint) *sparkline {
	counts := make([]int, len(trend))
	for i, p := range trend {
		counts[i] = p.Findings
	}
	return newSparkline(counts)
}
