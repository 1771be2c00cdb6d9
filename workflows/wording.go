package workflows

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// counted says how many there are of something: "1 finding", "10,000 records".
func counted[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(int64(n)) + " " + many
}

// grouped writes a count with its thousands set apart.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// size writes a number of bytes as people compare them: "15.3 MB".
func size(bytes int64) string {
	if bytes < 1000 {
		return counted(bytes, "byte", "bytes")
	}
	value, units := float64(bytes)/1000, []string{"kB", "MB", "GB", "TB"}
	for value >= 999.95 && len(units) > 1 {
		value, units = value/1000, units[1:]
	}
	return fmt.Sprintf("%.1f %s", value, units[0])
}

// longestSummary is how many bytes Temporal means a summary to have; its server refuses one of more than 400.
const longestSummary = 200

// line makes what people read beside an event of the history: one line and short enough, whatever a configuration or a
// person wrote.
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

// moment writes a time for people, to the minute and with its zone.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// span writes a length of time without the zeros of Go: "48h", "1h30m".
func span(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
