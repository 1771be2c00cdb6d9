package extractfile

import (
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
	h, ok := headerOf(fields, l.name == FormatPRAE)
	if ok {
		return h, nil
	}
	if _, ok := headerOf(fields, l.name != FormatPRAE); ok {
		is, other := FormatSAE, FormatPRAE
		if l.name == FormatPRAE {
			is, other = other, is
		}
		return Header{}, formatError(line, "the header has the order of a %s file, but the format says %s. Set format: %s in tieout.yaml, or check which definition the job ran",
			other, is, other)
	}
	order := "EXTRACT, date, record count, journal total, batch id"
	if l.name == FormatPRAE {
		order = "EXTRACT, batch id, date, record count, journal total"
	}
	return Header{}, formatError(line, "the EXTRACT header cannot be read: expected %s. The file may be damaged: fetch it again", order)
}

func headerOf(fields []string, prae bool) (Header, bool) {
	var date, count, total, batch string
	switch {
	case prae && len(fields) >= 5:
		batch, date, count, total = fields[1], fields[2], fields[3], fields[4]
	case !prae && len(fields) >= 4:
		date, count, total = fields[1], fields[2], fields[3]
		if len(fields) > 4 {
			batch = fields[4]
		}
	default:
		return Header{}, false
	}
	day, err := time.Parse(time.DateOnly, strings.ReplaceAll(date, "/", "-"))
	if err != nil {
		return Header{}, false
	}
	records, err := strconv.ParseUint(count, 10, 62)
	if err != nil {
		return Header{}, false
	}
	sum, err := money.Parse(total)
	if err != nil {
		return Header{}, false
	}
	return Header{Present: true, Date: day.Format(time.DateOnly), Records: int64(records), Total: sum, Batch: batch}, true
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
