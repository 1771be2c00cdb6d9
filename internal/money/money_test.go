package money

import (
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseAndString(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0.0000", "-0": "0.0000", "1": "1.0000", "-12.5": "-12.5000", "+3.14": "3.1400", ".25": "0.2500",
		"7.": "7.0000", "0.12345678": "0.12345678", "-0.00000001": "-0.00000001", "1.123450000": "1.12345",
		"000000000000000000000001.5": "1.5000", "999999999999999999.99999999": "999999999999999999.99999999",
	} {
		got, err := Parse(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got.String(), in)
	}
	for _, in := range []string{"", "-", ".", "1,5", "1e3", " 1", "1 ", "0x1", "1.123456789", "1000000000000000000", "--1", "1.2.3", "NaN", "１"} {
		_, err := Parse(in)
		require.Error(t, err, in)
	}
}

// TestSumsAreExact compares every sum with that of big.Rat, to the last place.
func TestSumsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOf(rapid.StringMatching(`-?[0-9]{1,18}(\.[0-9]{1,8})?`)).Draw(t, "amounts")
		var sum Sum
		net, gross := new(big.Rat), new(big.Rat)
		for _, text := range texts {
			a, err := Parse(text)
			require.NoError(t, err)
			sum = sum.Plus(a)
			r, _ := new(big.Rat).SetString(text)
			net.Add(net, r)
			gross.Add(gross, new(big.Rat).Abs(r))
			back, err := Parse(a.String())
			require.NoError(t, err)
			require.Equal(t, a, back)
		}
		for _, pair := range []struct {
			got  Amount
			want *big.Rat
		}{{sum.Net, net}, {sum.Gross, gross}} {
			want := pair.want.FloatString(8)
			got := pair.got.String()
			if !strings.HasPrefix(want, got) || strings.Trim(want[len(got):], "0") != "" {
				t.Fatalf("got %s, want %s", got, want)
			}
		}
	})
}

// TestSumsAreReadAsTheyWereWritten takes sums of as many rows as a file can have, which no amount of a row may reach.
func TestSumsAreReadAsTheyWereWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sum, err := Parse(rapid.StringMatching(`-?[0-9]{1,18}(\.[0-9]{1,8})?`).Draw(t, "amount"))
		require.NoError(t, err)
		for range rapid.IntRange(0, 33).Draw(t, "doublings") {
			sum = sum.Add(sum)
		}
		text, err := sum.MarshalText()
		require.NoError(t, err)
		var back Amount
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, sum, back)
	})
}

// TestParseOfShortAmountsAgrees holds the short cut of Parse against its long way.
func TestParseOfShortAmountsAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(
			rapid.StringMatching(`[-+]?[0-9]{0,12}(\.[0-9]{0,10})?`),
			rapid.StringMatching(`[-+.0-9a ]{0,20}`),
		).Draw(t, "text")
		short, err := Parse(text)
		// Leading zeros make the text too long for the short cut and mean nothing.
		sign, digits := "", text
		if digits != "" && (digits[0] == '-' || digits[0] == '+') {
			sign, digits = digits[:1], digits[1:]
		}
		if digits == "" {
			require.Error(t, err)
			return
		}
		long, longErr := Parse(sign + strings.Repeat("0", 20) + digits)
		if digits == "." { // alone it has no digit
			require.Error(t, err)
			return
		}
		require.Equal(t, longErr == nil, err == nil, text)
		require.Equal(t, long, short)
	})
}

func BenchmarkParse(b *testing.B) {
	texts := [][]byte{[]byte("-1234.5600"), []byte("12.00000000"), []byte("0.99"), []byte("1048576.25")}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := Parse(texts[i%len(texts)]); err != nil {
			b.Fatal(err)
		}
	}
}
