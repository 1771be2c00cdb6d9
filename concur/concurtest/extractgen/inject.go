package extractgen

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"tieout/concur/concurtest/internal/hash"
)

// maxAttempts bounds the search for codes that are of the class asked for and of no other.
const maxAttempts = 5000

// injector chooses what is injected where.
type injector struct {
	extract *Extract
	rows    *renderer
	// used are the rows that are taken, per check; control faults take a row for all.
	used map[int]map[int64]bool
}

const everyCheck int = -1

func (e *Extract) inject(trees map[string]*Tree) error {
	in := &injector{extract: e, rows: e.renderer(), used: map[int]map[int64]bool{everyCheck: {}}}
	if err := in.controlFaults(); err != nil {
		return err
	}
	judges := map[string]*candidates{}
	for number, wanted := range e.spec.Inject {
		check := slices.IndexFunc(e.spec.Checks, func(c Check) bool { return c.Name == wanted.Check })
		if check < 0 {
			return fmt.Errorf("injecting %s: there is no check %q", wanted.Class, wanted.Check)
		}
		c := judges[wanted.Check]
		if c == nil {
			spec := e.spec.Checks[check]
			c = newCandidates(newJudge(trees[spec.List], spec.Placeholders), len(spec.Columns))
			judges[wanted.Check] = c
			in.used[check] = map[int64]bool{}
		}
		if wanted.Tuples != nil {
			wanted.Findings = len(wanted.Tuples)
		}
		for f := range wanted.Findings {
			h := hash.Numbers(e.spec.Seed, 77, uint64(number), uint64(f))
			tuple, found, err := c.choose(wanted, h, f)
			if err != nil {
				return err
			}
			rows, err := in.takeRows(check, max(wanted.Rows, 1), h)
			if err != nil {
				return fmt.Errorf("injecting %s into check %q: %w", wanted.Class, wanted.Check, err)
			}
			in.place(check, tuple, rows)
			found.Check = wanted.Check
			in.measure(&found, rows)
			e.injected = append(e.injected, found)
		}
	}
	slices.SortStableFunc(e.special, func(a, b special) int { return cmp.Compare(a.row, b.row) })
	return nil
}

func (in *injector) place(check int, tuple []string, rows []int64) {
	e := in.extract
	for _, row := range rows {
		e.special = append(e.special, special{row: row, check: check, tuple: len(e.tuples)})
	}
	e.tuples = append(e.tuples, e.encode(tuple, len(tuple)))
}

func (in *injector) controlFaults() error {
	e := in.extract
	control, layout := e.spec.Control, e.form.layout
	for i, fault := range []struct {
		class Class
		rows  int
		has   bool
	}{
		{ControlSequence, control.Sequence, layout.Sequence > 0},
		{ControlBatchMixed, control.BatchMixed, layout.Batch > 0},
		{ControlWidth, control.Width, layout.Width > 1},
		{ControlAmountFormat, control.AmountFormat, layout.Amount > 0},
	} {
		if fault.rows == 0 {
			continue
		}
		if !fault.has {
			return fmt.Errorf("injecting %s: the file has no column for it", fault.class)
		}
		rows, err := in.takeRows(everyCheck, fault.rows, hash.Numbers(e.spec.Seed, 99, uint64(i)))
		if err != nil {
			return fmt.Errorf("injecting %s: %w", fault.class, err)
		}
		for _, row := range rows {
			e.special = append(e.special, special{row: row, check: everyCheck, fault: fault.class})
		}
		e.injected = append(e.injected, Injected{Check: CheckControl, Class: fault.class, ClassV1: fault.class, Rows: int64(len(rows)), FirstRow: rows[0] + 1})
	}
	return nil
}

// takeRows chooses rows that nothing else has and that no check skips. Every other one follows the one before it, so
// that it often is of the same report.
func (in *injector) takeRows(check int, count int, h uint64) ([]int64, error) {
	total := in.extract.spec.Rows
	var rows []int64
	for k := range count {
		at := int64(-1)
		if k%2 == 1 && in.free(check, rows[k-1]+1) {
			at = rows[k-1] + 1
		}
		for attempt := 0; at < 0; attempt++ {
			if attempt == maxAttempts || total == 0 {
				return nil, fmt.Errorf("no row is left for it among %d", total)
			}
			if row := int64(hash.Numbers(h, uint64(k), uint64(attempt)) % uint64(total)); in.free(check, row) {
				at = row
			}
		}
		in.used[check][at] = true
		rows = append(rows, at)
	}
	slices.Sort(rows)
	return rows, nil
}

func (in *injector) free(check int, row int64) bool {
	if row >= in.extract.spec.Rows || in.used[check][row] || in.used[everyCheck][row] {
		return false
	}
	in.rows.describe(row)
	return in.rows.kind == kindNormal
}

// measure counts rows, reports and money of a finding.
func (in *injector) measure(found *Injected, rows []int64) {
	type sum struct{ net, gross *big.Int }
	sums, reports := map[string]sum{}, map[int64]bool{}
	for _, row := range rows {
		in.rows.describe(row)
		reports[in.rows.report] = true
		currency := in.extract.spec.Currencies[in.rows.currency]
		s, ok := sums[currency]
		if !ok {
			s = sum{new(big.Int), new(big.Int)}
			sums[currency] = s
		}
		amount := big.NewInt(in.rows.amount)
		s.net.Add(s.net, amount)
		s.gross.Add(s.gross, amount.Abs(amount))
	}
	found.Rows, found.Reports, found.FirstRow = int64(len(rows)), int64(len(reports)), rows[0]+1
	found.Amounts = map[string]Sum{}
	for currency, s := range sums {
		found.Amounts[currency] = Sum{Net: decimal(s.net, 4), Gross: decimal(s.gross, 4)}
	}
}

// decimal writes units of 10^-8 with at least the given number of decimals, and no more than needed.
func decimal(units *big.Int, least int) string {
	text := new(big.Rat).SetFrac(units, big.NewInt(1e8)).FloatString(8)
	for end := len(text); end > len(text)-8+least; end-- {
		if text[end-1] != '0' {
			return text[:end]
		}
	}
	return text[:len(text)-8+least]
}

// parseUnits reads a decimal with at most 8 places as units of 10^-8.
func parseUnits(text string) (*big.Int, error) {
	r, ok := new(big.Rat).SetString(text)
	if !ok || strings.ContainsAny(text, "eE/") {
		return nil, fmt.Errorf("%q is not a decimal", text)
	}
	r.Mul(r, new(big.Rat).SetInt64(1e8))
	if !r.IsInt() {
		return nil, fmt.Errorf("%q has more than 8 decimals", text)
	}
	return r.Num(), nil
}
