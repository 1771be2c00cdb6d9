package notice

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

func slackText(t *testing.T, n contract.NotifyParams) string {
	t.Helper()
	body, err := slackMessage(n)
	require.NoError(t, err)
	var message map[string]string
	require.NoError(t, json.Unmarshal(body, &message))
	require.Len(t, message, 1)
	return message["text"]
}

func TestSlackText(t *testing.T) {
	require.Equal(t, "*Findings*: nightly-sae of 2026-11-20\n2 findings on 3 of 10 records.\n"+
		"EUR -1.0000 net, 1.0000 gross\nUSD 12.5000 net, 20.0000 gross\n<https://reports.example/r.html|Report>", slackText(t, sample()))
}

func TestSlackTextOfJobsOfEarlierNights(t *testing.T) {
	n := sample()
	n.Kind, n.Outcome, n.Report, n.Message = contract.NoticeRecovery, "", "", "2 jobs of earlier nights have not been taken up yet."
	require.Equal(t, "*Jobs of earlier nights*: nightly-sae of 2026-11-20\n"+n.Message, slackText(t, n))
}

func TestSlackTextIsHarmlessAndShort(t *testing.T) {
	n := sample()
	n.Kind, n.Outcome, n.Code = contract.NoticeFailed, "", "Code<x>"
	n.Message = "<!channel> & <https://evil.example|click>\n*bold* " + strings.Repeat("é", 5000)
	n.Report = "https://reports.example/a b|c>d?x=1&y=<2"
	text := slackText(t, n)
	require.True(t, strings.HasPrefix(text, "*Failed (Code&lt;x&gt;)*: nightly-sae of 2026-11-20\n&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt; *bold* é"), text)
	require.True(t, strings.HasSuffix(text, "é…\n<https://reports.example/a%20b%7Cc%3Ed?x=1&amp;y=%3C2|Report>"), text)
	require.Less(t, len([]rune(text)), 800)
}

func TestSlackTextShowsAPlaceThatIsNoLink(t *testing.T) {
	n := sample()
	n.Report = "s3://bucket/report.html"
	require.Contains(t, slackText(t, n), "\nReport: s3://bucket/report.html")
}

func TestSlackIsSentAsJSON(t *testing.T) {
	hook := newWebhook(t, http.StatusOK, nil)
	require.NoError(t, sender(t).Send(t.Context(), pipeline.Notice{Webhook: hook.URL, Format: pipeline.NoticeSlack}, sample()))
	require.Equal(t, "application/json", hook.header.Get("Content-Type"))
	require.Contains(t, string(hook.body), `{"text":"*Findings*`)
	require.Empty(t, hook.header.Get(HeaderSignature))
}
