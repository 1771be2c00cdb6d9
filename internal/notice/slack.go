package notice

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tieout/internal/contract"
)

// maxMessage is the longest message, in characters: people read it on a phone.
const maxMessage = 600

// slackMessage returns {"text": …}, which Slack, Mattermost, Rocket.Chat and Google Chat take.
func slackMessage(n contract.NotifyParams) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "*%s*: %s of %s\n%s", title(n), plain(n.Scope.Settings.Name), plain(n.Scope.BusinessDate), plain(shortened(n.Message)))
	if f := findings(n); f != nil {
		for _, currency := range slices.Sorted(maps.Keys(f.Amounts)) {
			fmt.Fprintf(&b, "\n%s %s net, %s gross", plain(currency), f.Amounts[currency].Net, f.Amounts[currency].Gross)
		}
	}
	if n.Report != "" {
		b.WriteString("\n" + link(n.Report))
	}
	return json.Marshal(struct {
		Text string `json:"text"`
	}{b.String()})
}

func title(n contract.NotifyParams) string {
	switch n.Kind {
	case contract.NoticeFindings:
		return "Findings"
	case contract.NoticeFailed:
		return "Failed (" + plain(n.Code) + ")"
	case contract.NoticeReview:
		return "Somebody has to decide"
	case contract.NoticeLate:
		return "Late"
	case contract.NoticeRecovery:
		return "Jobs of earlier nights"
	}
	return plain(string(n.Kind))
}

// plain returns a text in one line and without Slack's markup, so that data cannot call a channel or hold a link.
func plain(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

func shortened(message string) string {
	if letters := []rune(message); len(letters) > maxMessage {
		return string(letters[:maxMessage]) + "…"
	}
	return message
}

// link returns the report as a link that people can click, or as its s3:// URI.
func link(report string) string {
	if !strings.HasPrefix(report, "https://") && !strings.HasPrefix(report, "http://") {
		return "Report: " + plain(report)
	}
	safe := strings.NewReplacer("<", "%3C", ">", "%3E", "|", "%7C", "&", "&amp;", " ", "%20").Replace(report)
	return "<" + safe + "|Report>"
}
