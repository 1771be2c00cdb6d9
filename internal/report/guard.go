package report

import "strings"

// formulaStarts are the characters that make a spreadsheet read a cell as a formula, with their full-width and small
// forms, which some spreadsheets fold.
const formulaStarts = "=+-@＝＋－＠﹦﹢﹣﹫−"

// cellSplits are what a spreadsheet may take for the end of a cell or line even inside a quoted cell.
const cellSplits = ";\t\r\n"

// guard makes a text cell of a CSV file safe to open in a spreadsheet: an apostrophe goes before whatever would start a
// formula, at the start of the cell and behind a separator inside it, seen through blanks, quotes and invisible
// characters. A cell that starts with a tab or a line break is guarded too. Other texts stay as they are, byte for byte.
func guard(text string) string {
	if !strings.ContainsAny(text, formulaStarts+cellSplits) {
		return text
	}
	guarded := mapParts(text, func(part string) string {
		if startsFormula(part) {
			return "'" + part
		}
		return part
	})
	if strings.ContainsAny(text[:1], cellSplits) {
		return "'" + guarded
	}
	return guarded
}

// mapParts changes what lies between the separators of a text.
func mapParts(text string, change func(part string) string) string {
	var b strings.Builder
	for rest := text; ; {
		end := strings.IndexAny(rest, cellSplits)
		if end < 0 {
			b.WriteString(change(rest))
			return b.String()
		}
		b.WriteString(change(rest[:end]))
		b.WriteByte(rest[end])
		rest = rest[end+1:]
	}
}

// unguard takes away what guard has put before formulas. A text that began with an apostrophe and a separator of its own
// accord loses the apostrophe.
func unguard(text string) string {
	if !strings.ContainsAny(text, formulaStarts+cellSplits) {
		return text
	}
	if len(text) > 1 && text[0] == '\'' && strings.ContainsAny(text[1:2], cellSplits) {
		text = text[1:]
	}
	return mapParts(text, func(part string) string {
		if startsFormula(part) {
			return strings.TrimPrefix(part, "'")
		}
		return part
	})
}

func startsFormula(text string) bool {
	text = strings.TrimLeftFunc(text, func(r rune) bool { return strings.ContainsRune(" \"'`", r) || hidden(r) })
	for _, r := range text {
		return strings.ContainsRune(formulaStarts, r)
	}
	return false
}
