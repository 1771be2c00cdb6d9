package report

import (
	"maps"
	"slices"
	"strings"
	"time"

	"tieout/internal/money"
	"tieout/internal/wording"
)

// Money writes an amount for people: thousands separated, at least 2 decimals, never rounded: "-1,234.50", "0.12345678".
func Money(a money.Amount) string {
	whole, fraction, _ := strings.Cut(a.String(), ".")
	fraction = strings.TrimRight(fraction, "0")
	for len(fraction) < 2 {
		fraction += "0"
	}
	return wording.Grouped(whole) + "." + fraction
}

// size returns a size for people, or nothing where the number of bytes itself is short.
func size(n int64) string {
	if n < 1000 {
		return ""
	}
	return wording.Size(n)
}

// currencies returns the currency codes of sums in their order.
func currencies(sums money.Sums) []string { return slices.Sorted(maps.Keys(sums)) }

// currencyName returns the text that names a currency; rows may come without one.
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
			parts = append(parts, wording.Counted(len(codes)-most, "more currency", "more currencies"))
			break
		}
		parts = append(parts, Money(sums[code].Gross)+" "+currencyName(code))
	}
	return strings.Join(parts, ", ")
}

// days returns the number of days from one date to a later one; -1 where either is not a date.
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
