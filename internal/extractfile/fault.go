package extractfile

import (
	"slices"
	"strconv"
)

const (
	faultSamples = 10
	shapeBytes   = 24
)

// add counts one more row; rows come in ascending order. describe is asked about the first one.
func (f *Fault) add(row int64, describe func() (declared, computed string)) {
	if f.Rows++; f.Rows == 1 {
		f.FirstRow = row
		f.Declared, f.Computed = describe()
	}
	if len(f.Samples) < faultSamples {
		f.Samples = append(f.Samples, row)
	}
}

// merge adds what another worker counted.
func (f *Fault) merge(other Fault) {
	if other.Rows == 0 {
		return
	}
	if f.Rows == 0 || other.FirstRow < f.FirstRow {
		f.FirstRow, f.Declared, f.Computed = other.FirstRow, other.Declared, other.Computed
	}
	f.Rows += other.Rows
	f.Samples = append(f.Samples, other.Samples...)
	slices.Sort(f.Samples)
	f.Samples = f.Samples[:min(len(f.Samples), faultSamples)]
}

// shape describes a value without telling it: digits become 9, letters a. A shifted row could hold anything here.
func shape(value []byte) string {
	if len(value) == 0 {
		return "empty"
	}
	out := make([]byte, 0, shapeBytes+3)
	for i, c := range value {
		if i == shapeBytes {
			return string(append(out, "..."...))
		}
		switch {
		case c >= '0' && c <= '9':
			c = '9'
		case isLetter(c), c >= 0x80:
			c = 'a'
		case c < ' ' || c == 0x7f:
			c = '?'
		}
		out = append(out, c)
	}
	return string(out)
}

// number shows a value that is a plain number of up to 10 digits, and the shape of any other.
func number(value []byte) string {
	if n, ok := digits(value); ok && len(value) <= 10 {
		return strconv.FormatInt(n, 10)
	}
	return shape(value)
}

func digits(value []byte) (int64, bool) {
	if len(value) == 0 || len(value) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range value {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}
