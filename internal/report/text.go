package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"tieout/internal/wording"
)

// shownRunes is how much of a text HTML and terminal show; JSON, CSV and (up to Excel's own limit) XLSX hold the whole.
const (
	shownRunes = 80
	briefRunes = 16
)

// harmless makes what cannot be seen visible: control characters as their pictures (␊), bidirectional marks, zero-width
// and other invisible characters, odd spaces and broken UTF-8 by number (⟨U+202E⟩). What comes out cannot steer a
// terminal, turn the reading direction or hide that two codes differ.
func harmless(s string) string {
	if !strings.ContainsFunc(s, hidden) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, "⟨%02X⟩", s[i])
		case r < 0x20:
			b.WriteRune(0x2400 + r)
		case r == 0x7f:
			b.WriteRune('␡')
		case hidden(r):
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		default:
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

// hidden reports whether a character is not seen as what it is.
func hidden(r rune) bool {
	if r < 0x7f {
		return r < 0x20
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Zs, unicode.Noncharacter_Code_Point,
		unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// visible returns the harmless text, with blanks at both ends shown as ␣: they are what makes a code differ.
func visible(s string) string {
	s = harmless(s)
	inner := strings.Trim(s, " ")
	if len(inner) == len(s) {
		return s
	}
	if inner == "" {
		return strings.Repeat("␣", len(s))
	}
	left := strings.Index(s, inner)
	return strings.Repeat("␣", left) + inner + strings.Repeat("␣", len(s)-left-len(inner))
}

// show returns the visible text, shortened.
func show(s string) string { return shorten(s, shownRunes) }

// brief returns the visible text, cut to what a currency, a date or a status needs.
func brief(s string) string { return shorten(s, briefRunes) }

// shorten returns the visible text, cut after most characters with the true length named.
func shorten(s string, most int) string {
	if len(s) <= most {
		return visible(s)
	}
	n := utf8.RuneCountInString(s)
	if n <= most {
		return visible(s)
	}
	end := 0
	for range most {
		_, w := utf8.DecodeRuneInString(s[end:])
		end += w
	}
	return visible(s[:end]) + "… (" + wording.Count(int64(n)) + " characters)"
}

// showAll shows each of texts.
func showAll[T ~string](texts []T) []string {
	shown := make([]string, len(texts))
	for i, text := range texts {
		shown[i] = show(string(text))
	}
	return shown
}

// emptyCode stands for a code that is empty.
const emptyCode = "(empty)"

// codes shows the codes of a path, level 1 first.
func codes(path []string) []string {
	shown := showAll(path)
	for i := range shown {
		if shown[i] == "" {
			shown[i] = emptyCode
		}
	}
	return shown
}
