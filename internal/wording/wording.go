// Package wording writes numbers, sizes and times as people read them, in one way for the Web UI, reports, notices and the
// command line. It imports nothing of this repository.
package wording

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Count returns a number with its thousands separated: "1,234,567".
func Count[N int | int64](n N) string { return Grouped(strconv.FormatInt(int64(n), 10)) }

// Grouped returns decimal digits, which a minus sign may precede, with the thousands separated.
func Grouped(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// Counted returns a number with its noun: "1 finding", "10,000 records".
func Counted[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}

// Size returns a number of bytes in powers of 1000: "999 bytes", "15.3 MB".
func Size(bytes int64) string {
	if bytes < 1000 {
		return Counted(bytes, "byte", "bytes")
	}
	value, units := float64(bytes)/1000, []string{"kB", "MB", "GB", "TB", "PB", "EB"}
	for value >= 999.95 && len(units) > 1 {
		value, units = value/1000, units[1:]
	}
	return fmt.Sprintf("%.1f %s", value, units[0])
}

// Moment returns a time in UTC to the minute: "2026-11-21 19:44 UTC".
func Moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// Span returns a duration without the zero units that time.Duration writes: "2m", "48h", "1h30m".
func Span(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
