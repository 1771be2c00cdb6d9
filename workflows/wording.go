package workflows

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// longestSummary is the length in bytes that Temporal recommends for a summary. Its server refuses more than 400 bytes.
const longestSummary = 200

// line returns a summary for an event of the history: one line of at most longestSummary bytes, whatever a person or a
// configuration wrote.
func line(format string, values ...any) string {
	text := strings.Join(strings.Fields(fmt.Sprintf(format, values...)), " ")
	if len(text) <= longestSummary {
		return text
	}
	end := longestSummary - len("…")
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
