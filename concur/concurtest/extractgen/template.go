package extractgen

import (
	"bytes"
	"fmt"
	"slices"

	"tieout/concur/concurtest/internal/hash"
)

// A row is put together from pieces that were made once: the texts of the columns that do not vary are joined in
// templates, the columns that vary are slots between them.

// templates is the number of variants of each part of a row.
const templates = 64

type slotKind uint8

const (
	slotCut slotKind = iota // nothing: the hash that chooses the template changes here
	slotBatch
	slotSequence
	slotReport
	slotReportKey
	slotEntry
	slotCurrency
	slotAmount
	slotPlainAmount
	slotDebitCredit
	slotAccount
	slotPersonal
	slotAdvance
	slotTax
	slotCheck
)

type slot struct {
	kind   slotKind
	check  int // of a slotCheck
	level  int // from 0
	column int
}

// piece is the text in front of a slot in each template.
type piece struct {
	texts   [templates][]byte
	byEntry bool // chosen by the entry's hash instead of the report's
}

// form is a layout ready for writing rows.
type form struct {
	layout    Layout
	delimiter byte
	newline   string
	slots     []slot
	pieces    []piece // one in front of each slot, and the last one
	// sizes are the bytes of all pieces of one template that are chosen by the report [0] and by the entry [1].
	sizes [2][templates]int
}

// Columns up to reportColumns are the report's, those up to entryColumns the entry's, and the rest the employee's again.
const (
	reportColumns = 60
	entryColumns  = 250
)

func newForm(l Layout, spec Spec) (*form, error) {
	f := &form{layout: l, delimiter: '|', newline: "\r\n"}
	if spec.LF {
		f.newline = "\n"
	}
	if len(l.Delimiter) > 1 {
		return nil, fmt.Errorf("delimiter %q is not one byte", l.Delimiter)
	}
	if l.Delimiter != "" {
		f.delimiter = l.Delimiter[0]
	}
	slots, err := layoutSlots(l, spec.Checks)
	if err != nil {
		return nil, err
	}
	byEntry := false
	var now piece
	end := func(s slot) {
		f.slots = append(f.slots, s)
		f.pieces = append(f.pieces, now)
		now = piece{byEntry: byEntry}
	}
	for column := 1; column <= l.Width; column++ {
		if column > 1 {
			now.add(func(int) []byte { return []byte{f.delimiter} })
		}
		if column == reportColumns+1 || column == entryColumns+1 {
			byEntry = column == reportColumns+1
			end(slot{kind: slotCut, column: column})
		}
		if s, ok := slots[column]; ok {
			end(s)
			continue
		}
		now.add(func(template int) []byte { return f.quote(fillerText(spec.Seed, l, column, template)) })
	}
	now.add(func(int) []byte { return []byte(f.newline) })
	f.pieces = append(f.pieces, now)
	for _, p := range f.pieces {
		for template, text := range p.texts {
			if p.byEntry {
				f.sizes[1][template] += len(text)
			} else {
				f.sizes[0][template] += len(text)
			}
		}
	}
	return f, nil
}

func (p *piece) add(text func(template int) []byte) {
	for template := range templates {
		p.texts[template] = append(p.texts[template], text(template)...)
	}
}

// praeGross is the column of an invoice row's gross amount, which equals its net amount where there is no tax.
const praeGross = 63

// layoutSlots returns the columns that vary. The columns of a check go before what the layout has there.
func layoutSlots(l Layout, checks []Check) (map[int]slot, error) {
	slots := map[int]slot{}
	for _, s := range []slot{
		{kind: slotBatch, column: l.Batch}, {kind: slotSequence, column: l.Sequence}, {kind: slotReport, column: l.Report},
		{kind: slotEntry, column: l.Entry}, {kind: slotCurrency, column: l.Currency}, {kind: slotAmount, column: l.Amount},
		{kind: slotDebitCredit, column: l.DebitCredit}, {kind: slotAccount, column: l.Account}, {kind: slotPersonal, column: l.Personal},
		{kind: slotAdvance, column: l.CashAdvance}, {kind: slotTax, column: l.TaxCode},
	} {
		if s.column > 0 {
			slots[s.column] = s
		}
	}
	if l.Header == HeaderSAE && l.Width >= 125 {
		slots[20] = slot{kind: slotReportKey, column: 20}
		slots[65] = slot{kind: slotCurrency, column: 65}
		for column := 123; column <= 125; column++ {
			slots[column] = slot{kind: slotPlainAmount, column: column}
		}
	}
	if l.Header == HeaderPRAE && l.Width >= praeGross {
		slots[praeGross] = slot{kind: slotPlainAmount, column: praeGross}
	}
	taken := map[int]string{}
	for i, check := range checks {
		for level, column := range check.Columns {
			if column < 1 || column > l.Width {
				return nil, fmt.Errorf("check %q: column %d is beyond the %d columns of the file", check.Name, column, l.Width)
			}
			other, twice := taken[column]
			present, fixed := slots[column]
			if twice || fixed && present.kind != slotAccount {
				return nil, fmt.Errorf("check %q: column %d is taken already%s", check.Name, column, by(other))
			}
			taken[column] = check.Name
			slots[column] = slot{kind: slotCheck, check: i, level: level, column: column}
		}
	}
	return slots, nil
}

func by(check string) string {
	if check == "" {
		return ""
	}
	return fmt.Sprintf(" by check %q", check)
}

// quote writes a field as RFC 4180 has it.
func (f *form) quote(text string) []byte {
	field := []byte(text)
	if !bytes.ContainsAny(field, "\"\r\n"+string(f.delimiter)) {
		return field
	}
	return slices.Concat([]byte{'"'}, bytes.ReplaceAll(field, []byte{'"'}, []byte{'"', '"'}), []byte{'"'})
}

// fillerText returns the text of a column that does not vary from row to row.
func fillerText(seed uint64, l Layout, column, template int) string {
	h := hash.Numbers(seed, uint64(column), uint64(template), 7)
	switch {
	case column == l.Constant:
		return "DETAIL"
	case slices.Contains(l.PersonalData, column):
		return fmt.Sprintf("%s-%05d", canary(column), hash.Numbers(seed, uint64(template))%100000)
	case l.Header == HeaderSAE:
		if text, ok := saeText(column, h); ok {
			return text
		}
	}
	// A few templates are dense, most are sparse, as rows of an extract are.
	if h>>40%100 >= uint64(8+template%24) {
		return ""
	}
	words := [...]string{"Y", "N", "0", "1", "N/A", "0.00000000", "Travel", "Corporate", "Standard", "EMEA-North", "2026-11-20", "Berlin / Mitte", "Non-billable", "Consulting services", "CBCP", "Zürich"}
	return words[h%uint64(len(words))]
}

// saeText returns the text of a column that readers of an SAE know.
func saeText(column int, h uint64) (string, bool) {
	pick := func(texts ...string) (string, bool) { return texts[h%uint64(len(texts))], true }
	switch column {
	case 3, 24, 26, 64:
		return fmt.Sprintf("2026-%02d-%02d", 1+h%10, 1+h>>8%28), true
	case 9:
		return pick("US Employees", "DE Mitarbeiter", "UK Staff")
	case 10, 77:
		return pick("North", "South", "East", "West")
	case 21:
		return pick("DEFAULT", "SAP", "ORACLE")
	case 23:
		return pick("US", "DE", "GB", "JP", "CH")
	case 27:
		return pick("November expenses", `Client visit "Atlas"`, "Berlin | Zürich", "Training Q4", "Conference, day 1-3")
	case 33:
		return pick("Standard Travel Policy", "Executive Policy")
	case 62:
		return pick("REG", "CHD", "PAR")
	case 63:
		return pick("Airfare", "Hotel", "Meals", "Taxi", "Mileage", "Office Supplies")
	case 69:
		return pick("Team dinner", "Room 12\r\nbreakfast included", `said "urgent" | approved`, "", "5\" cable; spare", "Flight BER-ZRH")
	case 70:
		return pick("Lufthansa", "Hotel \"Zur Post\"", "Smith | Sons", "Deutsche Bahn", "")
	case 126:
		return pick("CASH", "CBCP", "COPD", "IBCP")
	case 321:
		return pick("Standard", "Cash Advance", "")
	}
	return "", false
}
