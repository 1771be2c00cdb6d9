// Package money adds amounts exactly. An Amount is a signed 128-bit count of hundred-millionths, so the sum of ten
// thousand million amounts with up to 8 decimals, the most that Concur writes, is never rounded.
package money

import (
	"fmt"
	"math"
	"math/bits"
	"strings"
)

const (
	// decimals is how many places an Amount keeps, which is the most that an extract may have.
	decimals = 8
	// shownDecimals is the fewest places that String writes.
	shownDecimals = 4
	// maxIntegerDigits keeps a sum of 10^10 amounts inside 127 bits.
	maxIntegerDigits = 18
	// maxSumDigits is how many integer digits such a sum can have.
	maxSumDigits = 29
)

// Amount is an exact amount of one currency, in units of 10^-8. The zero value is 0.
type Amount struct {
	hi int64
	lo uint64
}

// Parse reads a decimal such as "-12.5", "+3" or ".25". It refuses exponents, separators, blanks, more than 8 places and
// more than 18 integer digits, because an amount that is not plainly written must become a finding and never a guess.
func Parse[T ~string | ~[]byte](s T) (Amount, error) {
	if a, ok := parseShort(s); ok {
		return a, nil
	}
	return parseLong(s, maxIntegerDigits)
}

// parseLong reads an amount of any length with at most mostDigits digits before the point.
func parseLong[T ~string | ~[]byte](s T, mostDigits int) (Amount, error) {
	i, negative := 0, false
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		negative, i = s[0] == '-', 1
	}
	var hi, lo uint64
	digits, integerDigits, places, point := 0, 0, 0, false
	for ; i < len(s); i++ {
		c := s[i]
		if c == '.' && !point {
			point = true
			continue
		}
		if c < '0' || c > '9' {
			return Amount{}, fmt.Errorf("%q is not a decimal amount", string(s))
		}
		digits++
		switch {
		case point && places == decimals:
			if c != '0' {
				return Amount{}, fmt.Errorf("%q has more than %d decimals", string(s), decimals)
			}
			continue
		case point:
			places++
		case integerDigits > 0 || c != '0':
			integerDigits++
		}
		if integerDigits > mostDigits {
			return Amount{}, fmt.Errorf("%q has more than %d digits before the point", string(s), mostDigits)
		}
		hi, lo = timesTenPlus(hi, lo, uint64(c-'0'))
	}
	if digits == 0 {
		return Amount{}, fmt.Errorf("%q is not a decimal amount", string(s))
	}
	for ; places < decimals; places++ {
		hi, lo = timesTenPlus(hi, lo, 0)
	}
	a := Amount{int64(hi), lo}
	if negative {
		a = a.neg()
	}
	return a, nil
}

// parseShort reads an amount whose units fit into 63 bits, and reports false for every other text, wrong or long. Nearly
// all amounts of an extract are short, and with one of them in each row a scan spends its time on money here.
func parseShort[T ~string | ~[]byte](s T) (Amount, bool) {
	const longest = 19 // digits beyond it could overflow
	i := 0
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		i = 1
	}
	if len(s) == i || len(s) > longest {
		return Amount{}, false
	}
	negative := s[0] == '-'
	first, point := i, len(s)
	var value uint64
	for ; i < len(s); i++ {
		digit := s[i] - '0'
		if digit > 9 {
			if s[i] != '.' || point < len(s) {
				return Amount{}, false
			}
			point = i
			continue
		}
		value = value*10 + uint64(digit)
	}
	places := 0
	if point < len(s) {
		places = len(s) - point - 1
		if point == first && places == 0 {
			return Amount{}, false
		}
	}
	if places > decimals {
		return Amount{}, false
	}
	hi, units := bits.Mul64(value, powersOfTen[decimals-places])
	if hi != 0 || units > math.MaxInt64 {
		return Amount{}, false
	}
	if negative {
		return Amount{lo: units}.neg(), true
	}
	return Amount{lo: units}, true
}

var powersOfTen = [decimals + 1]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

// timesTenPlus returns the 128-bit number hi, lo times ten plus a digit.
func timesTenPlus(hi, lo, digit uint64) (uint64, uint64) {
	carry, low := bits.Mul64(lo, 10)
	low, c := bits.Add64(low, digit, 0)
	return hi*10 + carry + c, low
}

// Add returns a + b.
func (a Amount) Add(b Amount) Amount {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	return Amount{a.hi + b.hi + int64(carry), lo}
}

// Sub returns a - b.
func (a Amount) Sub(b Amount) Amount { return a.Add(b.neg()) }

func (a Amount) neg() Amount {
	lo, borrow := bits.Sub64(0, a.lo, 0)
	return Amount{-a.hi - int64(borrow), lo}
}

func (a Amount) abs() Amount {
	if a.hi < 0 {
		return a.neg()
	}
	return a
}

// Sign returns -1, 0 or 1 as a is negative, zero or positive.
func (a Amount) Sign() int {
	switch {
	case a.hi < 0:
		return -1
	case a.hi == 0 && a.lo == 0:
		return 0
	}
	return 1
}

// Cmp returns -1, 0 or 1 as a is less than, equal to or greater than b.
func (a Amount) Cmp(b Amount) int {
	switch {
	case a == b:
		return 0
	case a.hi < b.hi || a.hi == b.hi && a.lo < b.lo:
		return -1
	}
	return 1
}

// String returns the amount with 4 decimals, or with up to 8 where it needs them: "12.0000", "-0.12345678".
func (a Amount) String() string {
	unsigned := a.abs()
	var text [41]byte // a sign, 39 digits and a point
	i := len(text)
	hi, lo := uint64(unsigned.hi), unsigned.lo
	for n := 0; hi != 0 || lo != 0 || n <= decimals; n++ {
		if n == decimals {
			i--
			text[i] = '.'
		}
		var r uint64
		hi, r = hi/10, hi%10
		lo, r = bits.Div64(r, lo, 10)
		i--
		text[i] = byte('0' + r)
	}
	if a.Sign() < 0 {
		i--
		text[i] = '-'
	}
	always := len(text) - decimals + shownDecimals
	return string(text[i:always]) + strings.TrimRight(string(text[always:]), "0")
}

// MarshalText returns String.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText returns. That may be a sum, which has more digits than Parse takes.
func (a *Amount) UnmarshalText(text []byte) error {
	parsed, ok := parseShort(text)
	if !ok {
		var err error
		if parsed, err = parseLong(text, maxSumDigits); err != nil {
			return err
		}
	}
	*a = parsed
	return nil
}

// Sum holds the two sums of the amounts of several rows, all in one currency.
type Sum struct {
	// Net is the signed sum.
	Net Amount `json:"net"`
	// Gross is the sum of the amounts without their signs.
	Gross Amount `json:"gross"`
}

// Plus returns the sum with the amount of one more row.
func (s Sum) Plus(amount Amount) Sum { return Sum{s.Net.Add(amount), s.Gross.Add(amount.abs())} }

// Merge returns the sum of both.
func (s Sum) Merge(other Sum) Sum { return Sum{s.Net.Add(other.Net), s.Gross.Add(other.Gross)} }

// Sums holds a Sum per currency code, because money is never added across currencies.
type Sums map[string]Sum

// Merge adds other into s.
func (s Sums) Merge(other Sums) {
	for currency, sum := range other {
		s[currency] = s[currency].Merge(sum)
	}
}
