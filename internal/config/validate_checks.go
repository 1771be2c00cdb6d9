package config

import (
	"fmt"
	"strconv"
	"strings"

	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
)

// format checks the format and returns its layout, nil when the format itself is wrong.
func (v *validator) format(at string, p pipeline.Pipeline) *extractfile.Layout {
	f := p.Format
	if !v.given(at) {
		v.missing(at, `write sae, prae, or describe a delimited file: {delimiter: "|", header: names, amount: …}`)
		return nil
	}
	before := len(v.problems)
	if described := v.places[at].source == ""; !described {
		v.oneOf(at, f.Name, extractfile.FormatSAE, extractfile.FormatPRAE)
	} else if !v.bad[at] && v.required(at, f.Name, "write sae, prae, or a mapping") {
		v.oneOf(join(at, "header"), f.Header, pipeline.HeaderNone, pipeline.HeaderNames, pipeline.HeaderControl)
		v.oneOf(join(at, "encoding"), f.Encoding, "utf-8", "utf-16", "utf-16le", "utf-16be", "windows-1252")
		if len(f.Delimiter) != 1 || f.Delimiter[0] >= 0x80 || strings.ContainsAny(f.Delimiter, "\"\r\n\x00") {
			v.wrong(join(at, "delimiter"), v.show(join(at, "delimiter"))+" is not a delimiter", `write one character in quotes, such as "|" or "\t"`)
		}
		if f.Header == pipeline.HeaderControl && p.ControlTotals != pipeline.ControlOff && f.Amount == "" {
			v.missing(join(at, "amount"), "name the column that the header's total adds up, or write control_totals: off")
		}
	}
	if len(v.problems) > before || v.bad[at] {
		return nil
	}
	// The format's own columns are looked at one by one, each at its place.
	bare := pipeline.Format{Name: f.Name, Delimiter: f.Delimiter, Header: f.Header, Encoding: f.Encoding}
	layout, err := extractfile.NewLayout(bare)
	if err != nil {
		v.wrong(at, "cannot be used", "write sae, prae, or describe a delimited file")
		return nil
	}
	for _, c := range []struct {
		key    string
		column pipeline.Column
	}{{"amount", f.Amount}, {"currency", f.Currency}, {"report", f.Report}, {"entry", f.Entry}, {"sequence", f.Sequence}, {"batch", f.Batch}} {
		if v.given(join(at, c.key)) {
			v.column(join(at, c.key), c.column, layout)
		}
	}
	return layout
}

// column checks one column and returns its number, 0 where that is known only from the file or not at all.
func (v *validator) column(at string, c pipeline.Column, layout *extractfile.Layout) int {
	if !v.required(at, string(c), "give a column's number from 1, or its name in the format") || layout == nil {
		return 0
	}
	number, err := layout.Column(c)
	if err == nil {
		return number
	}
	var names []string
	for _, named := range layout.Columns() {
		names = append(names, named.Name)
	}
	message, remedy := err.Error(), "correct the column"
	source := v.places[at].source
	if source != string(c) {
		// The value came from outside the file, and such values are not shown.
		message = fmt.Sprintf("%s is not a column of the format %s", v.show(at), layout.Name())
	}
	if meant := nearest(source, names); meant != "" {
		remedy = "did you mean " + meant + "?"
	}
	v.wrong(at, message, remedy)
	return 0
}

func (v *validator) checks(at string, checks []pipeline.Check, layout *extractfile.Layout) {
	first := map[string]int{}
	for i, c := range checks {
		at := element(at, i)
		if v.required(join(at, "name"), c.Name, "name the check; its findings carry the name") {
			if other, twice := first[c.Name]; twice {
				v.wrong(join(at, "name"), fmt.Sprintf("%s is the name of checks[%d] too", v.show(join(at, "name")), other), "give each check its own name")
			} else {
				first[c.Name] = i
			}
			if strings.EqualFold(c.Name, reconcile.CheckControl) {
				v.wrong(join(at, "name"), "is the name under which control totals are reported", "give it another name")
			}
		}
		v.required(join(at, "list"), c.List, "name the list as Concur does; `tieout lists` shows them")
		v.checkColumns(join(at, "columns"), c.Columns, layout)
		v.oneOf(join(at, "blank"), c.Blank, pipeline.BlankAllow, pipeline.BlankReport)
		for n, placeholder := range c.Placeholders {
			v.required(element(join(at, "placeholders"), n), placeholder, "give the text as it stands in the file; blank: report is for empty columns")
		}
		for n, skip := range c.Skip {
			v.skip(element(join(at, "skip"), n), skip, layout)
		}
	}
}

func (v *validator) checkColumns(at string, columns []pipeline.Column, layout *extractfile.Layout) {
	switch {
	case !v.given(at):
		v.missing(at, "give one column per level of the list, from level 1")
	case len(columns) == 0:
		v.wrong(at, "is empty", "give one column per level of the list, from level 1")
	case len(columns) > maxLevels:
		v.wrong(at, fmt.Sprintf("has %d columns, and a list has %d levels at most", len(columns), maxLevels), "give one column per level, from level 1")
	}
	levels := map[string]bool{}
	for i, c := range columns {
		key := string(c)
		if number := v.column(element(at, i), c, layout); number > 0 {
			key = strconv.Itoa(number)
		}
		if key != "" && levels[key] {
			v.wrong(element(at, i), v.show(element(at, i))+" stands for two levels", "give each level its own column")
		}
		levels[key] = true
	}
}

func (v *validator) skip(at string, s pipeline.SkipRule, layout *extractfile.Layout) {
	v.column(join(at, "column"), s.Column, layout)
	equals := s.Equals != nil || v.given(join(at, "equals"))
	switch {
	case equals && s.Filled:
		v.wrong(join(at, "filled"), "stands beside equals", "keep one of them")
	case !equals && !s.Filled && v.given(join(at, "filled")):
		v.wrong(join(at, "filled"), "is false and so skips nothing", `write filled: true, or equals: "…"`)
	case !equals && !s.Filled:
		v.missing(join(at, "equals"), `write equals: "…", or filled: true`)
	}
}
