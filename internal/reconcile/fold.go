package reconcile

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Characters that look like a dash and are not of the class Pd.
const (
	softHyphen    = '\u00AD'
	hyphenBullet  = '\u2043'
	minusSign     = '\u2212'
	modifierMinus = '\u02D7'
)

// foldName brings a name, or a code that may be one, into the form in which name_not_code compares: trimmed and case
// folded. "" equals nothing.
func foldName(name string) string { return strings.TrimSpace(foldCase(name)) }

// foldCode brings a code into the form in which format_only compares: NFKC, case folded, every dash a "-", every
// space a " ", invisible format characters gone, trimmed, without leading zeros. "" equals nothing.
func foldCode(code string) string {
	folded := code
	if isASCII(code) {
		folded = strings.ToLower(code)
	} else {
		// Folding can take a text out of its normal form, hence twice.
		folded = norm.NFKC.String(foldCase(norm.NFKC.String(code)))
	}
	folded = strings.Map(foldRune, folded)
	folded = strings.TrimSpace(folded)
	if stripped := strings.TrimLeft(folded, "0"); stripped != "" || folded == "" {
		return stripped
	}
	return "0"
}

func foldCase(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return cases.Fold().String(s)
}

func foldRune(r rune) rune {
	switch {
	case r == softHyphen, r == hyphenBullet, r == minusSign, r == modifierMinus, unicode.Is(unicode.Pd, r):
		return '-'
	case unicode.IsSpace(r), unicode.Is(unicode.Zs, r):
		return ' '
	case unicode.Is(unicode.Cf, r):
		return -1
	}
	return r
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
