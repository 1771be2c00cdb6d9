package workflows

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/contract"
)

func TestLine(t *testing.T) {
	require.Equal(t, "one line, so", line("one\nline, %s ", "so"))
	require.Equal(t, strings.Repeat("é", 98)+"…", line("%s", strings.Repeat("é", 150)))
	require.Len(t, line("%s", strings.Repeat("x", 200)), 200)
}

func TestDetailsReadLikeANote(t *testing.T) {
	p := contract.Progress{
		Pipeline: "nightly-sae", BusinessDate: "2026-11-20", Since: "2026-11-21T04:12:09Z", JobID: "job$1", Job: contract.OriginStarted,
		Message: "19 findings wait for your review", Next: "decide", Files: 1, Bytes: 15_311_903, Records: 10_000, Findings: 19,
		Reports: &contract.Reports{Link: "s3://acme/report.html"}, Recovered: []contract.Recovered{{ID: "job$0"}},
	}
	require.Equal(t, "**19 findings wait for your review** (since 2026-11-21 04:12 UTC)\n\n"+
		"Next: decide\n\n"+
		"- Pipeline: nightly-sae\n"+
		"- Business date: 2026-11-20\n"+
		"- Job: `job$1`, started by this run\n"+
		"- Landed: 1 file, 15.3 MB\n"+
		"- Records: 10,000\n"+
		"- Findings: 19\n"+
		"- Report: `s3://acme/report.html`\n"+
		"- Recovered job: `job$0`\n", markdown(p))
	p.Reports.Link = "https://reports.example/x"
	require.Contains(t, markdown(p), "- Report: [open the report](https://reports.example/x)\n")
}
