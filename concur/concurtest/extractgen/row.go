package extractgen

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	"tieout/concur/concurtest/internal/hash"
)

// Reports and entries come in blocks of 24 rows, cut in one of 8 ways into 4 reports, these into entries of 1 to 3
// journal rows. So the report of any row is known without looking at the rows before it.
const (
	blockRows    = 24
	blockReports = 4
)

var reportSizes = [8][blockReports]int{
	{4, 8, 6, 6}, {1, 3, 12, 8}, {2, 2, 10, 10}, {5, 7, 3, 9}, {6, 6, 6, 6}, {1, 1, 1, 21}, {3, 9, 4, 8}, {10, 2, 11, 1},
}

// blocks holds, for each way of cutting and each row, the report and the entry of the block and the row of the entry.
var blocks = func() (table [len(reportSizes)][blockRows]struct{ report, entry, line uint8 }) {
	for way, sizes := range reportSizes {
		row, entry := 0, 0
		for report, size := range sizes {
			for left := size; left > 0; entry++ {
				lines := min(left, 1+(way+entry)%3)
				for line := range lines {
					table[way][row].report, table[way][row].entry, table[way][row].line = uint8(report), uint8(entry), uint8(line)
					row++
				}
				left -= lines
			}
		}
	}
	return table
}()

type rowKind uint8

const (
	kindNormal rowKind = iota
	kindPersonal
	kindAdvance
	kindTax
)

// accountOf holds the texts of the account column, in no list, of the rows that a check skips.
var accountOf = [...]string{kindPersonal: "PERSONAL", kindAdvance: "CASH-ADV-CLR", kindTax: "V1"}

// faultyAmounts are malformed, each in a way of its own.
var faultyAmounts = [...]string{"12,34", "1.2e3", "1 000.00", "n/a", "12.3.4", "--5.00", "1.123456789"}

// row is what is known of one row before it is written.
type row struct {
	number                int64 // from 0
	report, entry         int64
	reportHash, entryHash uint64
	rowHash               uint64
	kind                  rowKind
	currency              int
	amount                int64 // in 10^-8
	decimals              int
	reportForm, entryForm int
	special               []special
}

// renderer makes rows of one extract. It is not safe for concurrent use.
type renderer struct {
	row
	extract *Extract
	scratch []byte
	cursor  int // into extract.special
	batch   []byte
	yen     []bool
}

func (e *Extract) renderer() *renderer {
	r := &renderer{extract: e, batch: strconv.AppendInt(nil, e.spec.Batch, 10)}
	for _, currency := range e.spec.Currencies {
		r.yen = append(r.yen, currency == "JPY" || currency == "KRW")
	}
	return r
}

// describe computes row i.
func (r *renderer) describe(i int64) {
	seed := r.extract.spec.Seed
	block, at := i/blockRows, i%blockRows
	cut := &blocks[hash.Mix(seed^uint64(block))&7][at]
	r.number = i
	r.report = block*blockReports + int64(cut.report)
	r.entry = block*blockRows + int64(cut.entry)
	r.reportHash = hash.Mix(seed + 0x1234567 ^ uint64(r.report)<<1)
	r.entryHash = hash.Mix(seed + 0x89abcdef ^ uint64(r.entry)<<1 ^ 1)
	r.rowHash = hash.Mix(r.entryHash + uint64(cut.line))
	r.reportForm, r.entryForm = int(r.reportHash>>8)&(templates-1), int(r.entryHash>>8)&(templates-1)
	r.currency = int(r.reportHash>>16) % len(r.yen)
	r.kind = r.kindOf()
	r.setAmount(cut.line)
	r.special = r.extract.specialOf(i, &r.cursor)
}

func (r *renderer) kindOf() rowKind {
	skip, layout := &r.extract.spec.Skip, &r.extract.form.layout
	share := int(r.entryHash >> 20 % 1000)
	switch {
	case share < skip.Personal && layout.Personal > 0:
		return kindPersonal
	case share >= 300 && share < 300+skip.CashAdvance && layout.CashAdvance > 0:
		return kindAdvance
	case share >= 600 && share < 600+skip.Tax && layout.TaxCode > 0:
		return kindTax
	}
	return kindNormal
}

// setAmount draws an amount below a million: most have 2 decimals, some 4 or 8, those in yen none.
func (r *renderer) setAmount(line uint8) {
	h := r.rowHash >> 8
	switch style := r.rowHash & 15; {
	case r.yen[r.currency]:
		r.amount, r.decimals = int64(1+h%200_000)*1e8, 0
	case style == 0:
		r.amount, r.decimals = int64(1+h%100_000_000_000), 8
	case style == 1:
		r.amount, r.decimals = int64(h%10_000_000)*1e4, 4
	case style == 2:
		r.amount, r.decimals = int64(h%100_000_000)*1e6, 2
	case style == 3 && h&15 == 0:
		r.amount, r.decimals = 0, 2
	default:
		r.amount, r.decimals = int64(1+h%200_000)*1e6, 2
	}
	if line == 1 || r.entryHash>>40%10 == 0 {
		r.amount = -r.amount
	}
}

// specialOf returns what is special about a row; the cursor makes a walk in order cheap.
func (e *Extract) specialOf(row int64, cursor *int) []special {
	all := e.special
	if len(all) == 0 {
		return nil
	}
	at := *cursor
	if at > 0 && all[at-1].row >= row || at < len(all) && all[at].row < row {
		at, _ = slices.BinarySearchFunc(all, row, func(s special, row int64) int { return cmp.Compare(s.row, row) })
	}
	end := at
	for end < len(all) && all[end].row == row {
		end++
	}
	*cursor = end
	return all[at:end]
}

func (r *renderer) faulty(fault Class) bool {
	return slices.ContainsFunc(r.special, func(s special) bool { return s.fault == fault })
}

// length returns the number of bytes of the described row where nothing is special about it.
func (r *renderer) length() int {
	f := r.extract.form
	size := f.sizes[0][r.reportForm] + f.sizes[1][r.entryForm]
	amount := 0
	for i := range f.slots {
		switch s := &f.slots[i]; s.kind {
		case slotReport:
			size += reportDigits
		case slotCurrency:
			size += len(r.extract.spec.Currencies[r.currency])
		case slotDebitCredit:
			size += len("DR")
		case slotAmount, slotPlainAmount:
			if amount == 0 {
				r.scratch = appendAmount(r.scratch[:0], r.amount, r.decimals)
				amount = len(r.scratch)
			}
			size += amount
		case slotCheck:
			size += len(r.code(s))
		default:
			r.scratch = r.appendSlot(r.scratch[:0], s)
			size += len(r.scratch)
		}
	}
	return size
}

// append writes the described row.
func (r *renderer) append(dst []byte) []byte {
	f, from := r.extract.form, len(dst)
	for i := range f.pieces {
		p := &f.pieces[i]
		if p.byEntry {
			dst = append(dst, p.texts[r.entryForm]...)
		} else {
			dst = append(dst, p.texts[r.reportForm]...)
		}
		if i < len(f.slots) {
			dst = r.appendSlot(dst, &f.slots[i])
		}
	}
	if len(r.special) > 0 && r.faulty(ControlWidth) {
		dst = append(dst[:from+cutAfter(dst[from:], f.delimiter, f.widthCut())], f.newline...)
	}
	return dst
}

func (f *form) widthCut() int { return min(cutColumns, f.layout.Width/2) }

// cutAfter returns the offset of the end of the n-th field.
func cutAfter(line []byte, delimiter byte, n int) int {
	quoted := false
	for i, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
		case c == delimiter && !quoted:
			if n--; n == 0 {
				return i
			}
		}
	}
	return len(bytes.TrimRight(line, "\r\n"))
}

func (r *renderer) appendSlot(dst []byte, s *slot) []byte {
	switch s.kind {
	case slotCheck:
		return append(dst, r.code(s)...)
	case slotBatch:
		if len(r.special) > 0 && r.faulty(ControlBatchMixed) {
			return strconv.AppendInt(dst, r.extract.spec.Batch+7, 10)
		}
		return append(dst, r.batch...)
	case slotSequence:
		if len(r.special) > 0 && r.faulty(ControlSequence) {
			return strconv.AppendInt(dst, r.number+1+r.extract.spec.Rows, 10)
		}
		return strconv.AppendInt(dst, r.number+1, 10)
	case slotReport:
		return appendReport(dst, r.extract.spec.Seed, r.report)
	case slotReportKey:
		return strconv.AppendInt(dst, 410_000+r.report, 10)
	case slotEntry:
		return strconv.AppendInt(dst, 900_000_000+r.entry, 10)
	case slotCurrency:
		return append(dst, r.extract.spec.Currencies[r.currency]...)
	case slotAmount:
		if len(r.special) > 0 && r.faulty(ControlAmountFormat) {
			return append(dst, faultyAmounts[r.rowHash%uint64(len(faultyAmounts))]...)
		}
		return appendAmount(dst, r.amount, r.decimals)
	case slotPlainAmount:
		return appendAmount(dst, r.amount, r.decimals)
	case slotDebitCredit:
		if r.amount < 0 {
			return append(dst, "CR"...)
		}
		return append(dst, "DR"...)
	case slotAccount:
		if r.kind != kindNormal {
			return append(dst, accountOf[r.kind]...)
		}
		return strconv.AppendUint(dst, 600_000+r.entryHash>>32%40*100, 10)
	case slotPersonal:
		if r.kind == kindPersonal {
			return append(dst, 'Y')
		}
		return append(dst, 'N')
	case slotAdvance:
		if r.kind == kindAdvance {
			return append(dst, '1')
		}
	case slotTax:
		if r.kind == kindTax {
			return append(dst, accountOf[kindTax]...)
		}
	}
	return dst
}

// code returns the field of a check's column.
func (r *renderer) code(s *slot) string {
	for i := range r.special {
		if sp := &r.special[i]; sp.fault == "" && sp.check == s.check {
			return r.extract.tuples[sp.tuple][s.level]
		}
	}
	if r.kind != kindNormal && s.column == r.extract.form.layout.Account {
		return accountOf[r.kind]
	}
	c := &r.extract.checks[s.check]
	h := r.entryHash
	if c.byReport {
		h = r.reportHash
		// One report in 64 is booked on an item that is no leaf.
		if s.level > 0 && h>>58 == 0 {
			return ""
		}
	}
	h = hash.Mix(h + uint64(s.check))
	return c.tuples[h%uint64(len(c.tuples))][s.level]
}

const reportDigits = 16

// appendReport writes a report id: hexadecimal digits, distinct for distinct reports.
func appendReport(dst []byte, seed uint64, report int64) []byte {
	const digits = "0123456789ABCDEF"
	h := hash.Mix(seed<<20 ^ uint64(report))
	for shift := 4 * (reportDigits - 1); shift >= 0; shift -= 4 {
		dst = append(dst, digits[h>>shift&15])
	}
	return dst
}

// appendAmount writes an amount of 10^-8 with the given number of decimals.
func appendAmount(dst []byte, amount int64, decimals int) []byte {
	if amount < 0 {
		dst, amount = append(dst, '-'), -amount
	}
	dst = strconv.AppendInt(dst, amount/1e8, 10)
	if decimals == 0 {
		return dst
	}
	dst = append(dst, '.')
	rest, power := amount%1e8, int64(1e7)
	for range decimals {
		dst = append(dst, byte('0'+rest/power%10))
		power /= 10
	}
	return dst
}
