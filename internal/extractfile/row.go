package extractfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"tieout/internal/money"
)

// Names of the control checks that can object to a single row, as their findings are named.
const (
	ControlSequence     = "sequence"
	ControlBatchMixed   = "batch_mixed"
	ControlWidth        = "width"
	ControlAmountFormat = "amount_format"
)

type objection uint8

const (
	objectWidth objection = 1 << iota
	objectSequence
	objectBatch
	objectAmount
)

// reader takes rows apart, one after the other. Each worker has its own.
type reader struct {
	*plan
	fields    *fieldFinder
	typed     bool // rows begin with DETAIL
	markWord  uint64
	batchID   []byte
	found     int // how many of the targets the row reaches
	value     money.Amount
	objection objection
	key       []byte
}

func newReader(p *plan) *reader {
	r := &reader{plan: p, fields: newFieldFinder(p.layout.delimiter, p.targets), typed: p.layout.name != FormatDelimited}
	var mark [8]byte
	copy(mark[:], rowMark)
	mark[len(rowMark)] = p.layout.delimiter
	r.markWord = binary.LittleEndian.Uint64(mark[:])
	if p.batch >= 0 {
		r.batchID = []byte(p.header.Batch)
	}
	return r
}

// read takes one row apart; only a record that is not a row is an error.
func (r *reader) read(buf []byte, rec record, row int64) error {
	if r.typed {
		if word := binary.LittleEndian.Uint64(buf[rec.start:]); word<<8 != r.markWord<<8 {
			if err := r.recordType(buf, rec); err != nil {
				return err
			}
		}
	}
	r.found = r.fields.find(buf, rec)
	r.objection, r.value = 0, money.Amount{}
	if r.found < len(r.targets) {
		r.objection |= objectWidth
	}
	if r.has(r.amount) {
		var err error
		if r.value, err = money.Parse(r.fields.values[r.amount]); err != nil {
			r.objection |= objectAmount
		}
	}
	if r.has(r.sequence) {
		if n, ok := digits(r.fields.values[r.sequence]); !ok || n != row {
			r.objection |= objectSequence
		}
	}
	if len(r.batchID) > 0 && r.has(r.batch) {
		if batch := r.fields.values[r.batch]; len(batch) > 0 && !bytes.Equal(batch, r.batchID) {
			r.objection |= objectBatch
		}
	}
	return nil
}

// has reports whether the slot is wanted and the row reaches it.
func (r *reader) has(slot int) bool { return slot >= 0 && slot < r.found }

// at returns the value in a slot; columns that are not wanted or not there are empty.
func (r *reader) at(slot int) []byte {
	if slot < 0 {
		return nil
	}
	return r.fields.values[slot]
}

// recordType looks closer at a record that does not plainly begin with DETAIL.
func (r *reader) recordType(buf []byte, rec record) error {
	start, end := int(rec.start), int(rec.end)
	var mark []byte
	if buf[start] == '"' {
		mark, _ = r.fields.unquote(buf, start, end)
	} else {
		mark = buf[start:r.fields.fieldEnd(buf, start, end)]
	}
	switch {
	case bytes.EqualFold(mark, []byte(rowMark)):
		return nil
	case bytes.EqualFold(mark, []byte(headerMark)):
		return formatError(0, "a second EXTRACT header stands among the rows: two extracts were joined into one file. Fetch the file again")
	}
	return formatError(0, "the record is no DETAIL row: the file is damaged here, or a line break inside a field is not quoted. Fetch the file again; if it stays so, ask SAP Concur support about the job")
}

// skips reports whether a skip rule of the check leaves the row out.
func (r *reader) skips(c *checkPlan) bool {
	for i := range c.skip {
		rule := &c.skip[i]
		value := r.at(rule.slot)
		if rule.filled && len(value) > 0 || rule.equals != nil && bytes.Equal(value, rule.equals) {
			return true
		}
	}
	return false
}

// tuple returns the key of the row's tuple; it is valid until the next call.
func (r *reader) tuple(c *checkPlan) []byte {
	r.key = r.key[:0]
	for _, slot := range c.slots {
		r.key = AppendKey(r.key, r.at(slot))
	}
	return r.key
}

// NoCurrency stands for a currency that is not a code of up to 3 letters and digits. What a shifted row holds there,
// perhaps a name, must not become the key of a sum.
const NoCurrency = "?"

func currencyCode(value []byte) []byte {
	if len(value) > 3 {
		return []byte(NoCurrency)
	}
	for _, c := range value {
		if !isLetter(c) && (c < '0' || c > '9') {
			return []byte(NoCurrency)
		}
	}
	return value
}

// legible fails on a code that is not text in the file's encoding.
func (r *reader) legible(value []byte) error {
	encoding := r.layout.encoding
	if encoding == encodingUTF8 && utf8.Valid(value) || encoding != encodingUTF8 && !bytes.Contains(value, []byte("\uFFFD")) {
		return nil
	}
	other := encodingWindows1252
	if encoding != encodingUTF8 {
		other = encodingUTF8
	}
	return formatError(0, "a mapped column holds bytes that are no text in the encoding %s. Set the encoding that the file is written in (probably %s) in tieout.yaml", encoding, other)
}

// objections adds the row to the faults.
func (r *reader) objections(s *Summary, buf []byte, rec record, row int64) {
	if r.objection&objectWidth != 0 {
		s.Width.add(row, func() (string, string) {
			return fmt.Sprintf("%d columns or more", r.width()), fmt.Sprintf("%d columns", len(allFields(buf, rec, r.layout.delimiter)))
		})
	}
	if r.objection&objectSequence != 0 {
		s.Sequence.add(row, func() (string, string) { return strconv.FormatInt(row, 10), number(r.at(r.sequence)) })
	}
	if r.objection&objectBatch != 0 {
		s.BatchMixed.add(row, func() (string, string) { return r.header.Batch, number(r.at(r.batch)) })
	}
	if r.objection&objectAmount != 0 {
		s.AmountFormat.add(row, func() (string, string) { return "a decimal such as -12.50", shape(r.at(r.amount)) })
	}
}

// controls names the control checks that object to the row.
func (r *reader) controls() []string {
	if r.objection == 0 {
		return nil
	}
	var names []string
	for i, name := range []string{ControlWidth, ControlSequence, ControlBatchMixed, ControlAmountFormat} {
		if r.objection&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

func text(value []byte) string { return strings.ToValidUTF8(string(value), "\uFFFD") }
