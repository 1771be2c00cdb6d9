package extractfile

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tieout/internal/money"
)

// headerMark and rowMark are the first field of a control header and of a row.
const (
	headerMark = "EXTRACT"
	rowMark    = "DETAIL"
)

// parseHeader reads a control header. Its order is EXTRACT, date, count, total, batch in sae (the batch may be
// missing) and EXTRACT, batch, date, count, total in prae.
func (l *Layout) parseHeader(fields []string, line int64) (Header, error) {
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	if !strings.EqualFold(fields[0], headerMark) {
		if strings.EqualFold(fields[0], rowMark) {
			return Header{}, formatError(line, "the file begins with a DETAIL row: its EXTRACT header is missing, so the beginning of the file may be lost. Fetch the file again")
		}
		return Header{}, formatError(line, "the first record is no EXTRACT header, so this is not a file of format %s. "+
			"Check the pipeline's definition, format and delimiter", l.name)
	}
	h, wrong := headerOf(fields, l.name == FormatPRAE)
	if wrong == "" {
		return h, nil
	}
	if _, wrong := headerOf(fields, l.name != FormatPRAE); wrong == "" {
		is, other := FormatSAE, FormatPRAE
		if l.name == FormatPRAE {
			is, other = other, is
		}
		return Header{}, settingError(line, "the header has the order of a %s file, but the format says %s. Set format: %s in tieout.yaml, or check which definition the job ran",
			other, is, other)
	}
	order := "EXTRACT, date, record count, journal total, batch id"
	if l.name == FormatPRAE {
		order = "EXTRACT, batch id, date, record count, journal total"
	}
	return Header{}, formatError(line, "the EXTRACT header cannot be read: %s. The order is %s. The file may be damaged: fetch it again", wrong, order)
}

// headerOf reads the fields of a control header; wrong names the first that cannot be read, and what stands there.
func headerOf(fields []string, prae bool) (h Header, wrong string) {
	date, count, total, batch := 1, 2, 3, 4
	if prae {
		batch, date, count, total = 1, 2, 3, 4
	}
	if len(fields) <= total {
		return Header{}, fmt.Sprintf("it has %d fields, and the journal total would be field %d", len(fields), total+1)
	}
	day, err := time.Parse(time.DateOnly, strings.ReplaceAll(fields[date], "/", "-"))
	if err != nil {
		return Header{}, wrongField(fields, date, "the date", "a date such as 2026-11-20")
	}
	records, err := strconv.ParseUint(fields[count], 10, 62)
	if err != nil {
		return Header{}, wrongField(fields, count, "the record count", "a whole number")
	}
	sum, err := money.Parse(fields[total])
	if err != nil {
		return Header{}, wrongField(fields, total, "the journal total", "a plain amount such as 1230.3600")
	}
	h = Header{Present: true, Date: day.Format(time.DateOnly), Records: int64(records), Total: sum}
	if len(fields) > batch {
		h.Batch = fields[batch]
	}
	return h, ""
}

// wrongField says which field cannot be read, what stands there and what is expected.
func wrongField(fields []string, i int, what, expected string) string {
	const shown = 40
	text := []rune(fields[i])
	if len(text) > shown {
		text = append(text[:shown], '…')
	}
	return fmt.Sprintf("field %d, %s, is %q where %s is expected", i+1, what, string(text), expected)
}

// parseNames reads a record of column names. Spaces around a name do not count; a name that stands twice has no number.
func parseNames(fields []string) (names map[string]int, twice map[string]bool) {
	names, twice = map[string]int{}, map[string]bool{}
	for i, field := range fields {
		name := strings.TrimSpace(field)
		if _, ok := names[name]; ok {
			twice[name] = true
		}
		names[name] = i + 1
	}
	return names, twice
}
