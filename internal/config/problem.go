package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Problem is one thing that is wrong in a file.
type Problem struct {
	File   string
	Line   int // from 1; 0 where the whole file is meant
	Column int // from 1, in characters
	// Path is the setting, such as pipelines.nightly-sae.checks[0].columns[1]; "" for the file as a whole.
	Path    string
	Message string
	Remedy  string
}

// String is one line: tieout.yaml:31:7: pipelines.nightly-sae.checks[0].list: what is wrong; what to do.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": ")
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Message)
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	return b.String()
}

// Error holds everything that is wrong in a file, sorted by line.
type Error struct {
	Problems []Problem
}

// Error is one line per problem.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// place is where a setting stands in the file and how its value may be shown.
type place struct {
	line, column       int // of the value
	keyLine, keyColumn int
	// source is the value as the file spells it: with its ${…}, so that nothing that was filled in is shown.
	source string
}

// findings collects problems and knows where each setting stands.
type findings struct {
	file     string
	places   map[string]place
	bad      map[string]bool // settings that have a problem already: one is enough
	problems []Problem
	warnings []Problem
}

// at reports a problem at a position of the file.
func (f *findings) at(line, column int, path, message, remedy string) {
	f.problems = append(f.problems, Problem{f.file, line, column, path, message, remedy})
	if path != "" {
		f.bad[path] = true
	}
}

// wrong reports a problem with the value at path.
func (f *findings) wrong(path, message, remedy string) {
	if f.bad[path] {
		return
	}
	p := f.near(path)
	f.at(p.line, p.column, path, message, remedy)
}

// missing reports that a key is not there, at the key of the mapping that should have it.
func (f *findings) missing(path, remedy string) {
	if f.bad[path] || f.bad[parent(path)] {
		return
	}
	p := f.near(parent(path))
	f.at(p.keyLine, p.keyColumn, path, "is missing", remedy)
}

// warn reports what is not wrong and yet worth a look.
func (f *findings) warn(path, message, remedy string) {
	p := f.near(path)
	f.warnings = append(f.warnings, Problem{f.file, p.line, p.column, path, message, remedy})
}

// near is the place of path, or of the closest setting around it.
func (f *findings) near(path string) place {
	for path != "" {
		if p, ok := f.places[path]; ok {
			return p
		}
		path = parent(path)
	}
	return place{line: 1, column: 1, keyLine: 1, keyColumn: 1}
}

// given tells whether the file sets path.
func (f *findings) given(path string) bool { _, ok := f.places[path]; return ok }

// show is the value at path as a message may quote it.
func (f *findings) show(path string) string { return fmt.Sprintf("%q", clip(f.places[path].source)) }

func (f *findings) err() error {
	if len(f.problems) == 0 {
		return nil
	}
	return &Error{f.sorted(f.problems)}
}

// sorted orders by line and drops what an alias made stand twice.
func (f *findings) sorted(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(problems)
}

func parent(path string) string {
	i := strings.LastIndexAny(path, ".[")
	if i < 0 {
		return ""
	}
	return path[:i]
}

// join is path.key, with a key that would spoil a message cut short or quoted.
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

func element(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

func clip(text string) string {
	const most = 80
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// list writes "a, b or c".
func list(words []string) string {
	switch len(words) {
	case 0:
		return "none"
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// nearest is the word that was probably meant, "" when none is close.
func nearest(word string, words []string) string {
	best, at := "", max(2, len(word)/3)+1
	if len(word) > 64 {
		return ""
	}
	for _, w := range words {
		if d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(w)); d < at && d < len(w) {
			best, at = w, d
		}
	}
	return best
}

// didYouMean is " (did you mean x?)", or "" when nothing is close.
func didYouMean(word string, words []string) string {
	if best := nearest(word, words); best != "" {
		return fmt.Sprintf(" (did you mean %s?)", best)
	}
	return ""
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
