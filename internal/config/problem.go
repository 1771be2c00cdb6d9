package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Problem is one thing that is wrong in a file.
type Problem struct {
	File   string
	Line   int // from 1; 0 for the file as a whole
	Column int // from 1, in characters
	// Path is the setting, such as pipelines.nightly-sae.checks[0].columns[1], or "" for the file as a whole.
	Path    string
	Message string
	Remedy  string
}

// String returns one line, as in "tieout.yaml:31:7: storage.bucket: is missing; name the S3 bucket".
func (p Problem) String() string {
	where := p.File
	if p.Line > 0 {
		where += fmt.Sprintf(":%d:%d", p.Line, p.Column)
	}
	if p.Path != "" {
		where += ": " + p.Path
	}
	return where + ": " + p.Message + "; " + p.Remedy
}

// Error holds everything that is wrong in a file, sorted by line.
type Error struct {
	Problems []Problem
}

// Error returns one line per problem.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// position is a line and a column of the file, both from 1.
type position struct{ line, column int }

// setting is where a setting stands in the file and how a message may quote it.
type setting struct {
	key, value position
	// source is the value as the file spells it, with its ${…}, so that nothing that was filled in is shown.
	source string
}

// reporter collects problems and knows where each setting stands.
type reporter struct {
	file     string
	settings map[string]setting // by path
	bad      map[string]bool    // paths that have a problem already; one for each is enough
	problems []Problem
	warnings []Problem
}

// at reports a problem at a position of the file.
func (r *reporter) at(p position, path, message, remedy string) {
	r.problems = append(r.problems, Problem{r.file, p.line, p.column, path, message, remedy})
	if path != "" {
		r.bad[path] = true
	}
}

// wrong reports a problem with the value at path.
func (r *reporter) wrong(path, message, remedy string) {
	if !r.bad[path] {
		r.at(r.near(path).value, path, message, remedy)
	}
}

// wrongName reports a problem with the name that the file gives to the mapping at path.
func (r *reporter) wrongName(path, message, remedy string) {
	r.at(r.near(path).key, path, message, remedy)
}

// missing reports that the key at path is not in the file, at the mapping that should have it.
func (r *reporter) missing(path, remedy string) {
	if !r.bad[path] && !r.bad[parent(path)] {
		r.at(r.near(parent(path)).key, path, "is missing", remedy)
	}
}

// wrongWord reports a value at path that is none of the words.
func (r *reporter) wrongWord(path, value string, words []string) {
	r.wrong(path, fmt.Sprintf("%s is not one of %s", r.show(path), strings.Join(words, ", ")), meantOr(value, words, "write one of them"))
}

// warn reports a value that is allowed and yet worth a look.
func (r *reporter) warn(path, message, remedy string) {
	p := r.near(path).value
	r.warnings = append(r.warnings, Problem{r.file, p.line, p.column, path, message, remedy})
}

// near returns the setting at path, or the closest one around it.
func (r *reporter) near(path string) setting {
	for ; path != ""; path = parent(path) {
		if s, ok := r.settings[path]; ok {
			return s
		}
	}
	return setting{key: position{1, 1}, value: position{1, 1}}
}

// given reports whether the file has the setting at path.
func (r *reporter) given(path string) bool { _, ok := r.settings[path]; return ok }

// show returns the value at path as a message may quote it.
func (r *reporter) show(path string) string { return fmt.Sprintf("%q", clip(r.settings[path].source)) }

// sorted returns the problems in the order of the file, each once although an alias may repeat it.
func sorted(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(problems)
}

// parent returns the path of the mapping or list that holds path.
func parent(path string) string { return path[:max(0, strings.LastIndexAny(path, ".["))] }

// join returns path.key. It cuts or quotes a key that would spoil a message.
func join(path, key string) string {
	key = clip(key)
	if quoted := strconv.Quote(key); len(quoted) > len(key)+2 || key == "" {
		key = quoted
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// element returns the path of an element of a list.
func element(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// clip cuts a text that is too long for a message.
func clip(text string) string {
	const most = 80
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// list writes "a, b or c".
func list(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// nearest returns the word that was probably meant, or "" when none is close.
func nearest(word string, words []string) string {
	best, least := "", max(2, len(word)/3)+1
	if len(word) > 64 {
		return ""
	}
	for _, w := range words {
		if d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(w)); d < least && d < len(w) {
			best, least = w, d
		}
	}
	return best
}

// meantOr returns the question whether the nearest of the words was meant, or the remedy when none is close.
func meantOr(word string, words []string, remedy string) string {
	if best := nearest(word, words); best != "" {
		return "did you mean " + best + "?"
	}
	return remedy
}

// didYouMean returns the question of meantOr in brackets, or "" when no word is close.
func didYouMean(word string, words []string) string {
	if question := meantOr(word, words, ""); question != "" {
		return " (" + question + ")"
	}
	return ""
}
