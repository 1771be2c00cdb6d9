package extractgen

import (
	"cmp"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
)

// stride is the number of rows between two entries of an extract's index.
const stride = 1024

// Extract is a generated file. It holds an index and the list of what was injected, never the file: rows are made when they
// are read, so that a file of any size has a known length and can be read from any offset. It is safe for concurrent use.
type Extract struct {
	spec   Spec
	form   *form
	header []byte
	size   int64
	// index holds the offset of each stride-th row.
	index []int64
	total *big.Int // in 10^-8: what the header declares
	// checks hold the valid tuples of each check, encoded for the file.
	checks   []checkTuples
	special  []special // sorted by row
	tuples   [][]string
	injected []Injected
}

type checkTuples struct {
	byReport bool
	tuples   [][]string
}

// special is something about one row that differs from what its hash says.
type special struct {
	row int64
	// check is the check whose codes are replaced by tuple, or -1 for a control fault.
	check int
	tuple int
	fault Class
}

// New plans a file whose checks name lists among those given. It fails where the spec contradicts itself or its lists, or
// where there is no room for what is to be injected. It goes over the rows once (about 2 million a second) for their
// lengths and amounts.
func New(spec Spec, lists ...List) (*Extract, error) {
	trees := map[string]*Tree{}
	for _, check := range spec.Checks {
		for _, list := range lists {
			if list.Name == check.List && trees[list.Name] == nil {
				t, err := NewTree(list)
				if err != nil {
					return nil, err
				}
				trees[list.Name] = t
			}
		}
	}
	return FromTrees(spec, trees)
}

// FromTrees plans a file as New does, with lists that are laid out already, by name.
func FromTrees(spec Spec, trees map[string]*Tree) (*Extract, error) {
	if len(spec.Currencies) == 0 {
		spec.Currencies = []string{"USD", "EUR", "GBP", "JPY", "CHF"}
	}
	spec.Date = cmp.Or(spec.Date, "2026-11-20")
	if spec.Rows < 0 {
		return nil, fmt.Errorf("an extract cannot have %d rows", spec.Rows)
	}
	layout, err := layoutOf(spec.Format)
	if err != nil {
		return nil, err
	}
	if spec.Layout != nil {
		layout = *spec.Layout
	}
	form, err := newForm(layout, spec)
	if err != nil {
		return nil, err
	}
	e := &Extract{spec: spec, form: form, total: new(big.Int)}
	for _, check := range spec.Checks {
		t := trees[check.List]
		if t == nil {
			return nil, fmt.Errorf("check %q: there is no list %q", check.Name, check.List)
		}
		tuples, err := e.validTuples(check, t)
		if err != nil {
			return nil, err
		}
		e.checks = append(e.checks, tuples)
	}
	if err := e.inject(trees); err != nil {
		return nil, err
	}
	if err := e.plan(); err != nil {
		return nil, err
	}
	return e, nil
}

// validTuples returns the live paths that the check's columns may hold.
func (e *Extract) validTuples(check Check, t *Tree) (checkTuples, error) {
	levels := len(check.Columns)
	if levels < 1 || levels > t.Levels {
		return checkTuples{}, fmt.Errorf("check %q: %d columns for the %d levels of list %q", check.Name, levels, t.Levels, check.List)
	}
	ends := t.ends(levels)
	if len(ends) == 0 {
		return checkTuples{}, fmt.Errorf("check %q: list %q has no live item", check.Name, check.List)
	}
	step := 1
	if check.Spread > 0 && check.Spread < len(ends) {
		step = len(ends) / check.Spread
		ends = ends[:step*check.Spread]
	}
	all := checkTuples{byReport: !slices.ContainsFunc(check.Columns, func(c int) bool { return c > reportColumns })}
	for i := 0; i < len(ends); i += step {
		all.tuples = append(all.tuples, e.encode(t.Path(ends[i]), levels))
	}
	return all, nil
}

// encode returns the fields of a tuple, one per level.
func (e *Extract) encode(path []string, levels int) []string {
	fields := make([]string, levels)
	for i, code := range path {
		fields[i] = string(e.form.quote(code))
	}
	return fields
}

// plan goes over all rows for the index, the size and the total, and then writes the header.
func (e *Extract) plan() error {
	r := e.renderer()
	var sum int64
	for i := range e.spec.Rows {
		if i%stride == 0 {
			e.index = append(e.index, e.size)
			e.total.Add(e.total, big.NewInt(sum))
			sum = 0
		}
		r.describe(i)
		if len(r.special) == 0 {
			e.size += int64(r.length())
			sum += r.amount
			continue
		}
		e.size += int64(len(r.append(nil)))
		if !r.faulty(ControlWidth) && !r.faulty(ControlAmountFormat) {
			sum += r.amount
		}
	}
	e.total.Add(e.total, big.NewInt(sum))
	if err := e.writeHeader(); err != nil {
		return err
	}
	for i := range e.index {
		e.index[i] += int64(len(e.header))
	}
	e.size += int64(len(e.header))
	return nil
}

func (e *Extract) writeHeader() error {
	computed, records := new(big.Int).Set(e.total), e.spec.Rows+e.spec.Control.Records
	if off := e.spec.Control.Total; off != "" {
		units, err := parseUnits(off)
		if err != nil {
			return fmt.Errorf("control fault total: %w", err)
		}
		e.total.Add(e.total, units)
	}
	var fields []string
	switch e.form.layout.Header {
	case HeaderSAE:
		fields = []string{"EXTRACT", e.spec.Date, fmt.Sprint(records), decimal(e.total, 2), fmt.Sprint(e.spec.Batch)}
	case HeaderPRAE:
		fields = []string{"EXTRACT", fmt.Sprint(e.spec.Batch), strings.ReplaceAll(e.spec.Date, "-", "/"), fmt.Sprint(records), decimal(e.total, 2)}
	case HeaderNames:
		for column := 1; column <= e.form.layout.Width; column++ {
			fields = append(fields, e.form.layout.columnName(column))
		}
	}
	if e.spec.BOM {
		e.header = append(e.header, "\ufeff"...)
	}
	if fields != nil {
		e.header = append(e.header, strings.Join(fields, string(e.form.delimiter))+e.form.newline...)
	}
	if records != e.spec.Rows {
		e.injected = append(e.injected, Injected{Check: CheckControl, Class: ControlRecordCount, ClassV1: ControlRecordCount, Declared: fmt.Sprint(records), Computed: fmt.Sprint(e.spec.Rows)})
	}
	if e.total.Cmp(computed) != 0 {
		e.injected = append(e.injected, Injected{Check: CheckControl, Class: ControlJournalTotal, ClassV1: ControlJournalTotal, Declared: decimal(e.total, 4), Computed: decimal(computed, 4)})
	}
	return nil
}

// Size returns the length of the file in bytes.
func (e *Extract) Size() int64 { return e.size }

// Rows returns the number of rows after the header.
func (e *Extract) Rows() int64 { return e.spec.Rows }

// Total returns the journal total that the header declares, with 4 to 8 decimals.
func (e *Extract) Total() string { return decimal(e.total, 4) }

// Injected returns what a tie-out of the file must find, in the order in which it was asked for.
func (e *Extract) Injected() []Injected { return slices.Clone(e.injected) }

// WriteTo writes the whole file. It implements io.WriterTo.
func (e *Extract) WriteTo(w io.Writer) (int64, error) { return e.NewReader().WriteTo(w) }
