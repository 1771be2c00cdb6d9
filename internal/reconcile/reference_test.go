package reconcile

import (
	"slices"
	"strings"
)

// plainList is a list as a naive reader would hold it: paths in maps. Its judgement is written from the rules, not from
// the code, for the code to be compared with.
type plainList struct {
	names    map[string][]string // of the live items by path
	children map[string][]string // live codes by the path of their parent
	deleted  map[string]bool
	earlier  map[string]bool // live in an earlier snapshot
}

// plainPath joins a path to a key.
func plainPath(path []string) string { return strings.Join(path, "\x01") }

// below is a path with one more code.
func below(path []string, code string) []string { return append(slices.Clone(path), code) }

// plainJudgement is what a tuple comes to; no class means that it ties out.
type plainJudgement struct {
	class string
	level int
	meant string // the path of the suggestion
}

func (l *plainList) judge(placeholders []string, reportBlank bool, values []string) plainJudgement {
	last := len(values) - 1
	for last >= 0 && values[last] == "" {
		last--
	}
	if last < 0 {
		if reportBlank {
			return plainJudgement{class: ClassBlank, level: 1}
		}
		return plainJudgement{}
	}
	for i := range last + 1 {
		if values[i] == "" {
			return plainJudgement{class: ClassSkippedLevel, level: i + 1}
		}
		if l.names[plainPath(values[:i+1])] == nil {
			class, meant := l.explain(placeholders, values[:i+1])
			return plainJudgement{class, i + 1, meant}
		}
	}
	return plainJudgement{}
}

// explain tries the rules in their order on a path whose last code is missing.
func (l *plainList) explain(placeholders, path []string) (class, meant string) {
	parent, value := path[:len(path)-1], path[len(path)-1]
	siblings := l.children[plainPath(parent)]
	if slices.Contains(placeholders, value) {
		return ClassPlaceholder, ""
	}
	if l.deleted[plainPath(path)] || l.earlier[plainPath(path)] {
		return ClassRetired, ""
	}
	fold := plainFold(value)
	if code, found := nearestOf(siblings, value, 1<<30, func(c string) bool { return fold != "" && plainFold(c) == fold }); found {
		return ClassFormatOnly, plainPath(below(parent, code))
	}
	var named []string
	for _, code := range siblings {
		for _, name := range l.names[plainPath(below(parent, code))] {
			if plainName(name) != "" && plainName(name) == plainName(value) {
				named = append(named, code)
			}
		}
	}
	if len(named) > 0 {
		return ClassNameNotCode, plainPath(below(parent, slices.Min(named)))
	}
	if other := l.elsewhere(path); other != "" && len(path) > 1 {
		return ClassWrongParent, other
	}
	if code, found := nearestOf(siblings, value, 2, func(string) bool { return true }); found {
		return ClassUnknown, plainPath(below(parent, code))
	}
	return ClassUnknown, ""
}

// elsewhere looks at every live path of the level: most shared levels first, then the smallest path.
func (l *plainList) elsewhere(path []string) string {
	var best []string
	shared := -1
	for key := range l.names {
		other := strings.Split(key, "\x01")
		if len(other) != len(path) || other[len(path)-1] != path[len(path)-1] {
			continue
		}
		n := 0
		for n < len(path) && other[n] == path[n] {
			n++
		}
		if n > shared || n == shared && slices.Compare(other, best) < 0 {
			best, shared = other, n
		}
	}
	return plainPath(best)
}

// nearestOf is the code with the fewest edits up to a bound, the smallest of equals.
func nearestOf(codes []string, value string, bound int, may func(string) bool) (best string, found bool) {
	for _, code := range codes {
		if d := plainDistance(value, code); may(code) && (d < bound || d == bound && (!found || code < best)) {
			best, bound, found = code, d, true
		}
	}
	return best, found
}

// plainFold folds what plainAlphabet holds, character by character.
func plainFold(code string) string {
	folded := strings.Map(func(r rune) rune {
		switch r {
		case '\u2013', '\u00ad':
			return '-'
		case '\u00a0', '\t':
			return ' '
		case '\u200b':
			return -1
		case '\uff21':
			return 'a'
		}
		return r
	}, strings.ToLower(strings.ReplaceAll(code, "\uff21", "a")))
	folded = strings.TrimSpace(folded)
	if stripped := strings.TrimLeft(folded, "0"); stripped != "" || folded == "" {
		return stripped
	}
	return "0"
}

func plainName(name string) string { return strings.TrimSpace(strings.ToLower(name)) }

// plainDistance is the number of edits between two texts, by the textbook's table.
func plainDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(y)]
}
