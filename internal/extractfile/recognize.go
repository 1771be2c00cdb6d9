package extractfile

import (
	"errors"
	"strings"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// HeadBytes is how much of a file Recognize needs at most: far more than a first record takes.
const HeadBytes = 64 << 10

// Recognize looks at the first bytes of what was served, all of them where whole says so, and returns a *FormatError
// for content that is not a file of the layout: nothing at all, a message, a page, lines of text, another header. What is
// encrypted is a file, though one that cannot be read. Without a control header only the columns that the layout and
// the checks name tell rows from text.
func (l *Layout) Recognize(head []byte, whole bool, checks []pipeline.Check) error {
	if len(head) == 0 {
		return formatError(0, "it has no bytes, and even an extract without rows has a header")
	}
	if err := identify(head[:min(len(head), headBytes)], l); err != nil {
		if format, ok := errors.AsType[*FormatError](err); ok && format.Code == contract.CodeFileEncrypted {
			return nil
		}
		return err
	}
	records := l.firstRecords(head, whole)
	switch {
	case len(records) == 0 && whole:
		return emptyError(l)
	case len(records) == 0:
		return formatError(1, "the first record has no end within %d KiB, so this is not a file of format %s", HeadBytes>>10, l.name)
	case l.header == pipeline.HeaderControl:
		_, err := l.parseHeader(records[0], 1)
		return err
	case l.header == pipeline.HeaderNames:
		records = records[:1]
	}
	return l.recognizeColumns(records, checks)
}

// firstRecords returns the fields of the records in the head. What cannot be decoded is judged by what could be.
func (l *Layout) firstRecords(head []byte, whole bool) [][]string {
	c := NewCounter(l)
	var records [][]string
	c.each = func(buf []byte, rec record) { records = append(records, recordFields(buf, rec, l.delimiter)) }
	_, _ = c.Write(head)
	if whole {
		c.finish()
	}
	return records
}

// recognizeColumns looks in the records for a column that the settings ask for: by name in a record of names, else by
// number in any record.
func (l *Layout) recognizeColumns(records [][]string, checks []pipeline.Check) error {
	highest, named := 0, map[string]bool{}
	want := func(c pipeline.Column) {
		name := strings.TrimSpace(string(c))
		if number, err := l.Column(c); err == nil && number == 0 {
			named[name] = true
		} else if err == nil {
			highest = max(highest, number)
		}
	}
	for _, r := range l.roles.named() {
		want(r.column)
	}
	for _, check := range checks {
		for _, c := range check.Columns {
			want(c)
		}
	}
	for _, fields := range records {
		for _, field := range fields {
			if named[strings.TrimSpace(field)] {
				return nil
			}
		}
		if len(named) == 0 && len(fields) >= highest {
			return nil
		}
	}
	if len(named) > 0 {
		return formatError(1, "the first record names none of the columns that tieout.yaml asks for, so this is not such an extract")
	}
	return formatError(1, "no record reaches column %d, which tieout.yaml asks for: these are lines of text, and no rows of the extract", highest)
}
