package workflows

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/internal/contract"
)

func TestWording(t *testing.T) {
	require.Equal(t, "1 finding", counted(1, "finding", "findings"))
	require.Equal(t, "0 findings", counted(0, "finding", "findings"))
	require.Equal(t, "999 records", counted(999, "record", "records"))
	require.Equal(t, "1,000 records", counted(int64(1000), "record", "records"))
	require.Equal(t, "1,234,567", grouped(1234567))
	require.Equal(t, "1 byte", size(1))
	require.Equal(t, "999 bytes", size(999))
	require.Equal(t, "1.0 kB", size(1000))
	require.Equal(t, "1.0 MB", size(999_990))
	require.Equal(t, "15.3 MB", size(15_311_903))
	require.Equal(t, "20.0 GB", size(20_000_000_000))
	require.Equal(t, "2500.0 TB", size(2_500_000_000_000_000))
	require.Equal(t, "48h", span(48*time.Hour))
	require.Equal(t, "1h30m", span(90*time.Minute))
	require.Equal(t, "10m", span(10*time.Minute))
	require.Equal(t, "1m30s", span(90*time.Second))
	require.Equal(t, "30s", span(30*time.Second))
	require.Equal(t, "one line, so", line("one\nline, %s ", "so"))
	require.Equal(t, strings.Repeat("é", 98)+"…", line("%s", strings.Repeat("é", 150)))
	require.Len(t, line("%s", strings.Repeat("x", 200)), 200)
	require.Equal(t, "2026-11-21 19:44 UTC", moment(time.Date(2026, 11, 21, 20, 44, 59, 0, time.FixedZone("CET", 3600))))
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
