package report

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tieout/internal/money"
)

// Money writes an amount for people: thousands separated, at least 2 decimals, never rounded: "-1,234.50", "0.12345678".
func Money(a money.Amount) string {
	whole, fraction, _ := strings.Cut(a.String(), ".")
	fraction = strings.TrimRight(fraction, "0")
	for len(fraction) < 2 {
		fraction += "0"
	}
	return thousands(whole) + "." + fraction
}

// Count writes a number with its thousands separated.
func Count(n int64) string { return thousands(strconv.FormatInt(n, 10)) }

func thousands(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// counted writes "1 row" or "2 rows".
func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}

// size writes bytes for people, in powers of 1000: "1.2 GB"; nothing where the count itself is short.
func size(n int64) string {
	if n < 1000 {
		return ""
	}
	value, unit := float64(n), 0
	for value >= 999.95 {
		value, unit = value/1000, unit+1
	}
	return strconv.FormatFloat(value, 'f', 1, 64) + " " + []string{"", "kB", "MB", "GB", "TB", "PB", "EB"}[unit]
}

// currencies returns the currency codes of sums in their order.
func currencies(sums money.Sums) []string { return slices.Sorted(maps.Keys(sums)) }

// currencyName is what stands for a currency; rows may come without one.
func currencyName(code string) string {
	if code == "" {
		return "(no currency)"
	}
	return brief(code)
}

// gross writes the gross amounts per currency in one line, the rest counted after the third: "12.00 EUR, 3.50 USD".
func gross(sums money.Sums) string {
	const most = 3
	var parts []string
	codes := currencies(sums)
	for i, code := range codes {
		if i == most {
			parts = append(parts, counted(int64(len(codes)-most), "more currency", "more currencies"))
			break
		}
		parts = append(parts, Money(sums[code].Gross)+" "+currencyName(code))
	}
	return strings.Join(parts, ", ")
}

// days is the number of days from one date to a later one; -1 where either is no date.
func days(from, to string) int {
	a, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return -1
	}
	b, err := time.Parse(time.DateOnly, to)
	if err != nil || b.Before(a) {
		return -1
	}
	return int(b.Sub(a).Hours() / 24)
}

// moment writes an RFC 3339 time for people, in UTC; anything else as it is.
func moment(rfc3339 string) string {
	t, err := time.Parse(time.RFC3339, rfc3339)
	if err != nil {
		return brief(rfc3339)
	}
	return t.UTC().Format("2 Jan 2006 15:04:05 UTC")
}

// day writes a date for people: "Friday 20 November 2026"; anything else as it is.
func day(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return brief(date)
	}
	return t.Format("Monday 2 January 2006")
}
