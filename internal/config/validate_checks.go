package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tieout/internal/extractfile"
	"tieout/internal/money"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
)

const (
	// maxLevels is how many levels a list at Concur can have.
	maxLevels = 10
	// staleWaiver is how long ago a waiver must have ended for a warning. Until then it explains the reports of last month.
	staleWaiver = 31 * 24 * time.Hour
)

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

// format checks the format and returns its layout, or nil when the format itself is wrong.
func (v *validator) format(at string, p pipeline.Pipeline) *extractfile.Layout {
	f, delimiter, amount := p.Format, join(at, "delimiter"), join(at, "amount")
	if f.Name == extractfile.FormatDelimited {
		if len(f.Delimiter) != 1 || f.Delimiter[0] >= 0x80 || strings.ContainsAny(f.Delimiter, "\"\r\n\x00") {
			v.wrong(delimiter, v.show(delimiter)+" is not a delimiter", `write one character in quotes, such as "|" or "\t"`)
		}
		if f.Header == pipeline.HeaderControl && p.ControlTotals != pipeline.ControlOff && f.Amount == "" {
			v.missing(amount, "name the column that the header's total adds up, or write control_totals: off")
		}
	}
	if v.bad[at] || v.bad[delimiter] || v.bad[amount] || v.bad[join(at, "header")] || v.bad[join(at, "encoding")] {
		return nil
	}
	// The layout is made without the format's own columns, so that each of them is reported at its own line.
	layout, err := extractfile.NewLayout(pipeline.Format{Name: f.Name, Delimiter: f.Delimiter, Header: f.Header, Encoding: f.Encoding})
	if err != nil {
		return nil // its name was reported as missing
	}
	for key, column := range map[string]pipeline.Column{"amount": f.Amount, "currency": f.Currency, "report": f.Report, "entry": f.Entry, "sequence": f.Sequence, "batch": f.Batch} {
		v.column(join(at, key), column, layout)
	}
	return layout
}

// column checks a column that is given and returns its number, or 0 where only the file has it or nothing does.
func (v *validator) column(at string, c pipeline.Column, layout *extractfile.Layout) int {
	if c == "" && v.given(at) {
		v.wrong(at, "is empty", "give a column's number from 1, or its name in the format")
	}
	if c == "" || layout == nil {
		return 0
	}
	number, err := layout.Column(c)
	if err == nil {
		return number
	}
	message, source := err.Error(), v.settings[at].source
	if source != string(c) {
		// What was filled in from outside the file is not shown.
		message = fmt.Sprintf("%s is not a column of the format %s", v.show(at), layout.Name())
	}
	var names []string
	for _, named := range layout.Columns() {
		names = append(names, named.Name)
	}
	v.wrong(at, message, meantOr(source, names, "correct the column"))
	return 0
}

func (v *validator) checks(at string, checks []pipeline.Check, layout *extractfile.Layout) {
	first := map[string]int{}
	for i, c := range checks {
		at, name := element(at, i), join(element(at, i), "name")
		if other, twice := first[c.Name]; twice {
			v.wrong(name, fmt.Sprintf("%s is the name of checks[%d] too", v.show(name), other), "give each check its own name")
		} else if c.Name != "" {
			first[c.Name] = i
		}
		if strings.EqualFold(c.Name, reconcile.CheckControl) {
			v.wrong(name, "is the name under which control totals are reported", "give it another name")
		}
		v.checkColumns(join(at, "columns"), c.Columns, layout)
		for n, placeholder := range c.Placeholders {
			if strings.TrimSpace(placeholder) == "" {
				v.wrong(element(join(at, "placeholders"), n), "is empty", "give the text as it stands in the file; blank: report is for empty columns")
			}
		}
		for n, skip := range c.Skip {
			v.skip(element(join(at, "skip"), n), skip, layout)
		}
	}
}

func (v *validator) checkColumns(at string, columns []pipeline.Column, layout *extractfile.Layout) {
	if len(columns) > maxLevels {
		v.wrong(at, fmt.Sprintf("has %d columns, and a list has %d levels at most", len(columns), maxLevels), "give one column per level, from level 1")
	}
	levels := map[string]bool{}
	for i, c := range columns {
		at, column := element(at, i), string(c)
		if number := v.column(at, c, layout); number > 0 {
			column = strconv.Itoa(number)
		}
		if column != "" && levels[column] {
			v.wrong(at, v.show(at)+" stands for two levels", "give each level its own column")
		}
		levels[column] = true
	}
}

func (v *validator) skip(at string, s pipeline.SkipRule, layout *extractfile.Layout) {
	v.column(join(at, "column"), s.Column, layout)
	equals, filled := v.given(join(at, "equals")), join(at, "filled")
	switch {
	case equals && s.Filled:
		v.wrong(filled, "stands beside equals", "keep one of them")
	case !equals && !s.Filled && v.given(filled):
		v.wrong(filled, "is false and so skips nothing", `write filled: true, or equals: "…"`)
	case !equals && !s.Filled:
		v.missing(join(at, "equals"), `write equals: "…", or filled: true`)
	}
}

func (v *validator) waivers(at string, p pipeline.Pipeline) {
	var checks []string
	for _, check := range p.Checks {
		if check.Name != "" && check.Name != reconcile.CheckControl {
			checks = append(checks, check.Name)
		}
	}
	slices.Sort(checks)
	checks = append(slices.Compact(checks), reconcile.CheckControl)
	for i, w := range p.Waivers {
		at := element(at, i)
		v.waived(at, w, checks)
		if day, err := time.Parse(time.DateOnly, w.Until); err == nil && v.now.Sub(day) > staleWaiver {
			v.warn(join(at, "until"), "the waiver ended on "+w.Until, "remove it, or renew it")
		}
		for _, currency := range slices.Sorted(maps.Keys(w.MaxAmount)) {
			at := join(join(at, "max_amount"), currency)
			if !currencyCode.MatchString(currency) {
				v.wrongName(at, "is not a currency", "write its three capital letters, such as USD")
			}
			if amount, err := money.Parse(w.MaxAmount[currency]); err != nil || amount.Sign() < 0 {
				v.wrong(at, v.show(at)+" is not an amount", `write digits and a point, such as "5000" or "99.50"`)
			}
		}
	}
}

// waived checks what a waiver covers: a code of one check, or one of the control checks.
func (v *validator) waived(at string, w pipeline.Waiver, checks []string) {
	check, value := join(at, "check"), join(at, "value")
	switch {
	case w.Check == reconcile.CheckControl && w.Value != "" && !slices.Contains(reconcile.Controls(), w.Value):
		v.wrongWord(value, w.Value, reconcile.Controls())
	case w.Check != "" && !slices.Contains(checks, w.Check):
		v.wrong(check, fmt.Sprintf("%s is not a check of this pipeline%s", v.show(check), didYouMean(v.settings[check].source, checks)), "name "+list(checks))
	}
}
