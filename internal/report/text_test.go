package report

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tieout/internal/money"
	"tieout/internal/wording"
)

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "1007-03": "1007-03", " A ": "␣A␣", "  ": "␣␣", "a\tb\n": "a␉b␊", "\x1b[31m": "␛[31m", "\x7f": "␡", "a\u00a0b": "a⟨U+00A0⟩b",
		"\u202egpj": "⟨U+202E⟩gpj", "\u200b": "⟨U+200B⟩", "x\xffy": "x⟨FF⟩y", "\u009b": "⟨U+009B⟩", "😀": "😀", "אב": "אב", "1\ufe0f": "1⟨U+FE0F⟩",
	} {
		require.Equal(t, want, visible(in), "%q", in)
	}
}

func TestShorten(t *testing.T) {
	long := strings.Repeat("ä", 10_000)
	require.Equal(t, strings.Repeat("ä", 80)+"… (10,000 characters)", show(long))
	require.Equal(t, strings.Repeat("ä", 80), show(strings.Repeat("ä", 80)))
}

// Whatever comes in, nothing that a terminal or a reader would stumble over comes out, and a short text stays short.
func TestVisibleIsHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		out := show(in)
		require.True(t, utf8.ValidString(out))
		require.False(t, strings.ContainsFunc(out, hidden), "%q", out)
		require.LessOrEqual(t, utf8.RuneCountInString(out), shownRunes*10+30)
		if out == in {
			require.Equal(t, out, visible(out))
		}
	})
}

func TestGuard(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "6100": "6100", "D10 / 1007-03": "D10 / 1007-03", "a=b": "a=b", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x",
		"\t=1": "'\t'=1", "\rx": "'\rx", " =1": "' =1", "\"=1": "'\"=1", "'=1": "''=1", "\u00a0=1": "'\u00a0=1", "\ufeff=1": "'\ufeff=1",
		"＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠x": "'＠x", "x;=1": "x;'=1", "x\n\"=1": "x\n'\"=1", "a;b": "a;b", "\x00=1": "'\x00=1",
	} {
		require.Equal(t, want, guard(in), "%q", in)
	}
}

// No cell, nor what another program may split it into, starts a formula; and the apostrophes are all that was added.
func TestGuardedStartsNoFormula(t *testing.T) {
	alphabet := rapid.SampledFrom([]rune("=+-@＝－\t\r\n;,\"' ab\u00a0\u202e\x00"))
	rapid.Check(t, func(t *rapid.T) {
		in := string(rapid.SliceOf(alphabet).Draw(t, "text"))
		out := guard(in)
		requireGuarded(t, out)
		require.Equal(t, strings.ReplaceAll(in, "'", ""), strings.ReplaceAll(out, "'", ""))
	})
}

func requireGuarded(t require.TestingT, cell string) {
	for _, part := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(cellSplits, r) }) {
		if part[0] != '\'' {
			require.False(t, startsFormula(part), "%q in %q", part, cell)
		}
	}
}

func FuzzTexts(f *testing.F) {
	f.Add(hostileText)
	f.Add("=1;=2")
	f.Fuzz(func(t *testing.T, s string) {
		require.False(t, strings.ContainsFunc(show(s), hidden))
		require.False(t, strings.ContainsFunc(harmless(s), hidden))
		requireGuarded(t, guard(s))
	})
}

func TestMoney(t *testing.T) {
	for in, want := range map[string]string{"0": "0.00", "1234.5": "1,234.50", "-1234567.1": "-1,234,567.10", "0.12345678": "0.12345678",
		"999.995": "999.995", "-0.001": "-0.001", "100": "100.00", "-100": "-100.00", "999999999999999999": "999,999,999,999,999,999.00"} {
		require.Equal(t, want, Money(amount(t, in)))
	}
	require.Equal(t, "12,345", wording.Count(12345))
	require.Equal(t, "-1,000", wording.Count(-1000))
	require.Equal(t, "", size(999))
	require.Equal(t, "1.0 MB", size(999_960))
	require.Equal(t, "13.4 MB", size(13_411_902))
	require.Equal(t, "1.00 A, 2.00 B, 3.00 C, 1 more currency", gross(money.Sums{"B": {Gross: amount(t, "2")}, "A": {Gross: amount(t, "1")},
		"D": {Gross: amount(t, "1")}, "C": {Gross: amount(t, "3")}}))
}
