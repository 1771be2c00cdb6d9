// Package money adds amounts exactly. An Amount is a signed 128-bit count of hundred-millionths, so a file of
// ten thousand million rows of any amount that Concur writes (up to 8 decimals) adds up without rounding.
package money

import (
	"fmt"
	"math"
	"math/bits"
	"strings"
)

const (
	// decimals is the number of places an Amount keeps: the most that an extract may carry.
	decimals = 8
	// shownDecimals is the least number of places that String writes.
	shownDecimals = 4
	// maxIntegerDigits keeps a sum of 10^10 amounts inside 127 bits.
	maxIntegerDigits = 18
	// maxSumDigits is what such a sum can have: what String writes must be read again.
	maxSumDigits = 29
)

// Amount is an exact amount of one currency, in units of 10^-8. The zero value is 0.
type Amount struct {
	hi int64
	lo uint64
}

// Parse reads a decimal such as "-12.5", "+3" or ".25". It refuses exponents, separators, blanks, more than 8
// places and more than 18 integer digits: an amount that is not plainly written is a finding, never a guess.
func Parse[T ~string | ~[]byte](s T) (Amount, error) {
	if a, ok := parseShort(s); ok {
		return a, nil
	}
	return parseLong(s, maxIntegerDigits)
}

// parseLong reads an amount of at most so many digits before the point.
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
		a = a.Neg()
	}
	return a, nil
}

// parseShort reads the amounts that occur, those whose units fit into 63 bits; it leaves every other text, wrong or
// long, to Parse. An extract has one amount per row, so this is where a scan of it spends its time on money.
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
		return Amount{lo: units}.Neg(), true
	}
	return Amount{lo: units}, true
}

var powersOfTen = [decimals + 1]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

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
func (a Amount) Sub(b Amount) Amount { return a.Add(b.Neg()) }

// Neg returns -a.
func (a Amount) Neg() Amount {
	lo, borrow := bits.Sub64(0, a.lo, 0)
	return Amount{-a.hi - int64(borrow), lo}
}

// Abs returns the amount without its sign.
func (a Amount) Abs() Amount {
	if a.hi < 0 {
		return a.Neg()
	}
	return a
}

// Sign returns -1, 0 or 1.
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

// String writes the amount with at least 4 decimals and no more than it needs: "12.0000", "-0.12345678".
func (a Amount) String() string {
	abs := a.Abs()
	var text [40]byte
	i := len(text)
	hi, lo := uint64(abs.hi), abs.lo
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
	s := string(text[i:])
	point := strings.IndexByte(s, '.')
	for len(s)-point-1 > shownDecimals && s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	if a.Sign() < 0 {
		s = "-" + s
	}
	return s
}

// MarshalText writes String.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText writes, sums of many amounts among them.
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

// Sum is what the amounts of several rows of one currency come to.
type Sum struct {
	// Net is the signed sum.
	Net Amount `json:"net"`
	// Gross is the sum of the amounts without their signs.
	Gross Amount `json:"gross"`
}

// Plus returns the sum with one row more.
func (s Sum) Plus(amount Amount) Sum { return Sum{s.Net.Add(amount), s.Gross.Add(amount.Abs())} }

// Merge returns the sum of both.
func (s Sum) Merge(other Sum) Sum { return Sum{s.Net.Add(other.Net), s.Gross.Add(other.Gross)} }

// Sums holds a Sum per currency code: money is never added across currencies.
type Sums map[string]Sum

// Merge adds other into s.
func (s Sums) Merge(other Sums) {
	for currency, sum := range other {
		s[currency] = s[currency].Merge(sum)
	}
}
